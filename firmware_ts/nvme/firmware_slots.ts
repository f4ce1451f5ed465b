/**
 * Firmware Image Download and Firmware Commit: slots, revisions, activation.
 *
 * The image itself is not kept: its first eight octets name its revision in printable ASCII, of the rest
 * the pieces are ticked off. A valid image begins with a revision and has no gap.
 *
 * @see NVM Express Base Specification 2.0, Firmware Image Download, Firmware Commit, Firmware Slot Information
 * @module
 */
import { AdminOpcode, NvmeStatus } from "../../wire/nvme_numbers.ts";
import { MiStatus } from "../../wire/nvme_mi_numbers.ts";
import { type AdminCommands, At } from "./admin_command.ts";
import { EventType } from "./event_log.ts";
import { le32, putText } from "./octets.ts";
import { Change, type Subsystem } from "./subsystem.ts";

/** Slots; the first cannot be written. */
const SLOTS = 3;
/** Firmware Update Granularity, octets (FWUG = 1): the size of a piece; only the last may be shorter. */
const GRANULARITY = 4096;
/** Most pieces of an image. */
const MAX_PIECES = 1024;

/** The firmware slots of the subsystem. */
export class FirmwareSlots {
  /** Revision in each slot, from slot 1 on; empty where there is none. */
  private readonly revisions: string[] = [];
  private active = 1;
  private next = 0;
  private name = "";
  /** A bit for each piece downloaded since the last commit, and where the last of them ends. */
  private readonly pieces = new Uint8Array(MAX_PIECES / 8);
  /** Octets in all of them: as many as up to the end, unless there is a gap. */
  private received = 0;
  private end = 0;
  /** The revision that runs; its slot may already hold another. */
  revision: string;

  constructor(private readonly subsystem: Subsystem) {
    this.revision = subsystem.description.identity.firmware;
    this.revisions.push(this.revision, "", "");
  }

  /** Whether a reset is due to activate an image. */
  get isPending(): boolean {
    return this.next !== 0;
  }

  /** Activates what was committed for the next reset, and forgets what was downloaded only. */
  reset(nowMs: number): void {
    this.forget();
    if (this.next === 0) return;
    this.active = this.next;
    this.next = 0;
    this.revision = this.revisions[this.active - 1];
    this.subsystem.changed(Change.FIRMWARE, -1, nowMs);
  }

  private forget(): void {
    this.pieces.fill(0);
    this.received = 0;
    this.end = 0;
    this.name = "";
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
        if (size > GRANULARITY) return result.invalidField(At.CDW10);
        const piece = offset / GRANULARITY;
        if (offset % GRANULARITY !== 0 || piece >= MAX_PIECES) {
          return result.invalidField(At.CDW11);
        }
        if ((this.pieces[piece >> 3] >> (piece & 7) & 1) !== 0) {
          // The same again begins anew; any other overlap is an error.
          if (offset > 0) return result.fail(NvmeStatus.OVERLAPPING_RANGE, At.CDW11);
          this.forget();
        }
        if (offset === 0) {
          for (let i = 0; i < 8 && i < size; i++) {
            const code = request[At.DATA + i];
            if (code > 0x20 && code < 0x7f) this.name += String.fromCharCode(code);
          }
        }
        this.pieces[piece >> 3] |= 1 << (piece & 7);
        this.received += size;
        if (offset + size > this.end) this.end = offset + size;
      }],
      [AdminOpcode.FIRMWARE_COMMIT, (request, _length, controller, nowMs, result) => {
        const slot = request[At.CDW10] & 7;
        const action = request[At.CDW10] >> 3 & 7;
        if (action > 3) return result.invalidField(At.CDW10);
        if (slot > SLOTS) return result.fail(NvmeStatus.INVALID_FIRMWARE_SLOT, At.CDW10);
        // Slot 0 lets the controller choose: one that can be written and does not run.
        const target = slot !== 0 ? slot : this.active === 2 ? 3 : 2;
        if (action < 2 || action === 3 && this.received > 0) {
          if (target === 1) return result.fail(NvmeStatus.INVALID_FIRMWARE_SLOT, At.CDW10);
          const { name } = this;
          const whole = this.received === this.end;
          this.forget();
          if (name === "" || !whole) return result.fail(NvmeStatus.INVALID_FIRMWARE_IMAGE);
          this.revisions[target - 1] = name;
        } else if (this.revisions[target - 1] === "") {
          return result.fail(NvmeStatus.INVALID_FIRMWARE_IMAGE, At.CDW10);
        }
        const before = this.revision;
        if (action !== 0) this.next = target;
        if (action === 3) this.reset(nowMs);
        // The revisions before and after, action, slot, and a status of success.
        this.subsystem.events.add(EventType.FIRMWARE_COMMIT, controller, nowMs, [
          ...characters(before),
          ...characters(this.revisions[target - 1]),
          1,
          action,
          1,
          target,
          4,
          0,
        ]);
      }],
    ];
  }
}

/** Makes the eight octets of a revision as fields of an event. */
function characters(text: string): number[] {
  const fields: number[] = [];
  for (let i = 0; i < 8; i++) fields.push(1, i < text.length ? text.charCodeAt(i) : 0x20);
  return fields;
}
