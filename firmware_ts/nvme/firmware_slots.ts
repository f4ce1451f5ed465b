/**
 * Firmware Image Download and Firmware Commit: slots, revisions, activation.
 *
 * The image itself is not kept: its first eight octets name its revision, the rest is only counted.
 *
 * @see NVM Express Base Specification 2.0, Firmware Image Download, Firmware Commit, Firmware Slot Information
 * @module
 */
import { AdminOpcode, NvmeStatus } from "../../wire/nvme_numbers.ts";
import { MiStatus } from "../../wire/nvme_mi_numbers.ts";
import { type AdminCommands, At } from "./admin_command.ts";
import { le32, putText } from "./octets.ts";
import { Change, type Subsystem } from "./subsystem.ts";

/** Slots; the first cannot be written. */
const SLOTS = 3;
/** Firmware Update Granularity, octets (FWUG = 1). */
const GRANULARITY = 4096;

/** The firmware slots of the subsystem. */
export class FirmwareSlots {
  /** Revision in each slot, from slot 1 on; empty where there is none. */
  private readonly revisions: string[] = [];
  private active = 1;
  private next = 0;
  private name = "";
  /** Octets downloaded since the last commit, in one run from 0 on. */
  private downloaded = 0;

  constructor(private readonly subsystem: Subsystem) {
    this.revisions.push(subsystem.description.identity.firmware, "", "");
  }

  /** Gives the revision that runs. */
  get revision(): string {
    return this.revisions[this.active - 1];
  }

  /** Activates what was committed for the next reset; gives whether there was something. */
  reset(nowMs: number): boolean {
    this.downloaded = 0;
    if (this.next === 0) return false;
    this.active = this.next;
    this.next = 0;
    this.subsystem.changed(Change.FIRMWARE, -1, nowMs);
    return true;
  }

  /** Writes log page 0x03. */
  writeLog(page: Uint8Array): void {
    page[0] = this.active | this.next << 4;
    for (let i = 0; i < SLOTS; i++) {
      if (this.revisions[i] !== "") putText(page, 8 + 8 * i, 8, this.revisions[i]);
    }
  }

  /** Makes the handlers. */
  commands(): AdminCommands {
    return [
      [AdminOpcode.FIRMWARE_DOWNLOAD, (request, length, _controller, _nowMs, result) => {
        const size = 4 * (le32(request, At.CDW10) + 1);
        const offset = 4 * le32(request, At.CDW11);
        if (size !== length - At.DATA) {
          result.status = MiStatus.INVALID_INPUT_SIZE;
          return;
        }
        if (offset % GRANULARITY !== 0) return result.fail(NvmeStatus.INVALID_FIELD);
        if (offset === 0) this.downloaded = 0;
        if (offset < this.downloaded) return result.fail(NvmeStatus.OVERLAPPING_RANGE);
        if (offset > this.downloaded) return result.fail(NvmeStatus.INVALID_FIELD);
        if (offset === 0) {
          this.name = "";
          for (let i = 0; i < 8; i++) {
            const code = request[At.DATA + i];
            if (code > 0x20 && code < 0x7f) this.name += String.fromCharCode(code);
          }
        }
        this.downloaded = offset + size;
      }],
      [AdminOpcode.FIRMWARE_COMMIT, (request, _length, _controller, nowMs, result) => {
        const slot = request[At.CDW10] & 7;
        const action = request[At.CDW10] >> 3 & 7;
        if (action > 3) return result.fail(NvmeStatus.INVALID_FIELD);
        if (slot > SLOTS) return result.fail(NvmeStatus.INVALID_FIRMWARE_SLOT);
        // Slot 0 lets the controller choose: one that can be written and does not run.
        const target = slot !== 0 ? slot : this.active === 2 ? 3 : 2;
        const replaces = action < 2 || action === 3 && this.downloaded > 0;
        if (replaces) {
          if (target === 1) return result.fail(NvmeStatus.INVALID_FIRMWARE_SLOT);
          if (this.downloaded === 0 || this.name === "") {
            return result.fail(NvmeStatus.INVALID_FIRMWARE_IMAGE);
          }
          this.revisions[target - 1] = this.name;
          this.downloaded = 0;
        } else if (this.revisions[target - 1] === "") {
          return result.fail(NvmeStatus.INVALID_FIRMWARE_IMAGE);
        }
        if (action === 0) return;
        this.next = target;
        if (action === 3) this.reset(nowMs);
      }],
    ];
  }
}
