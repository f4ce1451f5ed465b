/**
 * Format NVM and Sanitize: commands that take their time.
 *
 * Nothing here has a timer: what is under way is settled whenever somebody looks.
 *
 * @see NVM Express Base Specification 2.0, Sanitize command, Sanitize operations; NVM Command Set 1.0, Format NVM
 * @module
 */
import { AdminOpcode, NvmeStatus } from "../../wire/nvme_numbers.ts";
import type { Port } from "../port.ts";
import { type AdminCommands, type AdminResult, At } from "./admin_command.ts";
import { EventType } from "./event_log.ts";
import type { FirmwareSlots } from "./firmware_slots.ts";
import { BROADCAST_NSID } from "./namespaces.ts";
import { le32 } from "./octets.ts";
import { SelfTest, SelfTestEnd } from "./self_tests.ts";
import { Change, type Subsystem, ValueOf } from "./subsystem.ts";

/** Sanitize status, SSTAT bits 2:0. */
const enum SanitizeState {
  NEVER = 0,
  COMPLETED = 1,
  RUNNING = 2,
  FAILED = 3,
  /** Completed, and nothing was deallocated, as the command wished. */
  COMPLETED_KEPT = 4,
}

/** Sanitize Action, CDW10 bits 2:0. */
const enum SanitizeAction {
  EXIT_FAILURE = 1,
  BLOCK_ERASE = 2,
  OVERWRITE = 3,
  CRYPTO_ERASE = 4,
}

/** CDW10 of Sanitize: Allow Unrestricted Sanitize Exit, No-Deallocate After Sanitize. */
const UNRESTRICTED = 0x08;
const NO_DEALLOCATE = 0x200;

/** As Identify Controller has them: SANICAP, FNA. */
const SANITIZE_CAPABILITIES = 0x40000007;
const FORMAT_ATTRIBUTES = 0x04;

/** Base 2.0, Sanitize Operations – Admin Commands Allowed. */
const SANITIZE_ALLOWS: readonly number[] = [
  AdminOpcode.GET_LOG_PAGE,
  AdminOpcode.IDENTIFY,
  AdminOpcode.SET_FEATURES,
  AdminOpcode.GET_FEATURES,
];
/** Logs that are not read meanwhile: all but those that Base 2.0 allows, and those that never change. */
const SANITIZE_REFUSES_LOGS: readonly number[] = [0x03, 0x06, 0x07, 0x08, 0x0d];
/** What waits for a format of the namespace to end. */
const FORMAT_REFUSES: readonly number[] = [
  AdminOpcode.NAMESPACE_MANAGEMENT,
  AdminOpcode.SELF_TEST,
  AdminOpcode.FORMAT,
  AdminOpcode.SANITIZE,
];

/** What is under way, and what has been. */
export class Maintenance {
  /** Device Self-test, which these end. */
  readonly selfTest: SelfTest;
  private sanitizeState: number = SanitizeState.NEVER;
  /** Whether the failure of the last one still restricts what can be done. */
  private isFailing = false;
  private sanitizeBeganMs = 0;
  private sanitizeMs = 1;
  private sanitizePasses = 0;
  private sanitizeDword10 = 0;
  /** Whether something is under way or restricts commands: only then is there something to settle or refuse. */
  isBusy = false;
  private formatNsid = 0;
  private formatUntilMs = 0;

  constructor(
    private readonly subsystem: Subsystem,
    private readonly firmware: FirmwareSlots,
    port: Port,
  ) {
    this.selfTest = new SelfTest(subsystem, port);
  }

  /** Ends what has run its time. */
  settle(nowMs: number): void {
    if (!this.isBusy) return;
    this.selfTest.settle(nowMs);
    if (this.formatUntilMs > 0 && nowMs >= this.formatUntilMs) {
      // Finished in full, at 0 percent left, without an error.
      this.subsystem.events.add(EventType.FORMAT_COMPLETION, 0, this.formatUntilMs, [
        4,
        this.formatNsid,
        8,
        0,
      ]);
      this.formatUntilMs = 0;
    }
    const endMs = this.sanitizeBeganMs + this.sanitizeMs;
    if (this.isSanitizing && nowMs >= endMs) {
      this.endSanitize(endMs);
      this.subsystem.events.add(EventType.SANITIZE_COMPLETION, 0, endMs, [
        2,
        0xffff,
        6,
        this.sanitizeStatus(this.sanitizePasses),
      ]);
    }
    this.isBusy = this.selfTest.isRunning || this.isSanitizing || this.isFailing ||
      this.formatUntilMs > 0;
  }

  private endSanitize(nowMs: number): void {
    const { subsystem } = this;
    const { namespaces } = subsystem;
    if (subsystem.value(ValueOf.SANITIZE_FAILS, nowMs) > 0) {
      this.sanitizeState = SanitizeState.FAILED;
      this.isFailing = true;
      subsystem.changed(Change.SANITIZE_FAILED, -1, nowMs);
      return;
    }
    if ((this.sanitizeDword10 & NO_DEALLOCATE) !== 0) {
      this.sanitizeState = SanitizeState.COMPLETED_KEPT;
      return;
    }
    this.sanitizeState = SanitizeState.COMPLETED;
    for (let nsid = 0; (nsid = namespaces.next(nsid, -1)) > 0;) namespaces.setUsed(nsid, 0);
  }

  /** Whether a sanitize operation is under way. */
  get isSanitizing(): boolean {
    return this.sanitizeState === SanitizeState.RUNNING;
  }

  /** Whether the last one failed, so that the media must not be touched. */
  get hasSanitizeFailed(): boolean {
    return this.isFailing;
  }

  /** Gives the status with which a command is refused for what is under way or has failed, or success. */
  refusal(opcode: number, request: Uint8Array, nowMs: number): NvmeStatus {
    if (this.isSanitizing || this.isFailing) {
      const refused = this.isSanitizing
        ? NvmeStatus.SANITIZE_IN_PROGRESS
        : NvmeStatus.SANITIZE_FAILED;
      if (opcode === AdminOpcode.GET_LOG_PAGE) {
        if (SANITIZE_REFUSES_LOGS.indexOf(request[At.CDW10]) >= 0) return refused;
      } else if (opcode === AdminOpcode.SANITIZE) {
        if (this.isSanitizing) return refused;
      } else if (SANITIZE_ALLOWS.indexOf(opcode) < 0) return refused;
    }
    if (nowMs < this.formatUntilMs && FORMAT_REFUSES.indexOf(opcode) >= 0) {
      const nsid = le32(request, At.NSID);
      const meets = nsid === this.formatNsid || nsid === BROADCAST_NSID ||
        nsid !== 0 && this.formatNsid === BROADCAST_NSID;
      if (opcode === AdminOpcode.SANITIZE || meets) return NvmeStatus.FORMAT_IN_PROGRESS;
    }
    return NvmeStatus.SUCCESS;
  }

  /** Gives SSTAT: status, completed passes of an overwrite, Global Data Erased. */
  private sanitizeStatus(passes: number): number {
    const state = this.sanitizeState;
    const done = state === SanitizeState.FAILED ? 0 : passes & 31;
    return state | done << 3 | (state === SanitizeState.COMPLETED ? 0x100 : 0);
  }

  /** Writes log page 0x81. */
  writeSanitizeLog({ words }: AdminResult, nowMs: number): void {
    let progress = 0xffff;
    let passes = this.sanitizePasses;
    if (this.isSanitizing) {
      const done = (nowMs - this.sanitizeBeganMs) / this.sanitizeMs;
      progress = 65536 * done;
      passes *= done;
    }
    words[0] = progress & 0xffff | this.sanitizeStatus(passes) << 16;
    words[1] = this.sanitizeDword10;
    // Estimated seconds of overwrite (16 passes), block erase, crypto erase; and without deallocation.
    const seconds = Math.ceil(this.subsystem.description.durationsMs.sanitize / 1000);
    for (let i = 2; i < 8; i++) words[i] = i === 2 || i === 5 ? 16 * seconds : seconds;
  }

  /** Gives the Format Progress Indicator of a namespace: supported, and percent left. */
  formatProgress(nsid: number, nowMs: number): number {
    const leftMs = this.formatUntilMs - nowMs;
    if (leftMs <= 0 || this.formatNsid !== nsid && this.formatNsid !== BROADCAST_NSID) return 0x80;
    return 0x80 | Math.ceil(100 * leftMs / this.subsystem.description.durationsMs.format);
  }

  private format(
    request: Uint8Array,
    controller: number,
    nowMs: number,
    result: AdminResult,
  ): void {
    const { subsystem } = this;
    const { namespaces, description } = subsystem;
    const nsid = le32(request, At.NSID);
    const all = nsid === BROADCAST_NSID;
    const options = request[At.CDW10 + 1];
    const format = request[At.CDW10] & 15 | (options >> 4 & 3) << 4;
    if (!all) {
      if (nsid === 0 || nsid > namespaces.max) {
        return result.fail(NvmeStatus.INVALID_NAMESPACE, At.NSID);
      }
      if (!namespaces.exists(nsid) || !namespaces.isAttached(nsid, controller)) {
        return result.invalidField(At.NSID);
      }
    }
    if (format > 1) return result.fail(NvmeStatus.INVALID_FORMAT, At.CDW10);
    // No metadata and no protection information to choose; erase: none, user data, crypto.
    if ((request[At.CDW10] & 0xf0) !== 0 || (options & 1) !== 0 || (options >> 1 & 7) > 2) {
      return result.invalidField(At.CDW10);
    }
    const shift = format === 0 ? 9 : 12;
    let one = all ? namespaces.next(0, controller) : nsid;
    while (one > 0) {
      namespaces.set(one, Math.floor(namespaces.bytes(one) / (1 << shift)), shift);
      subsystem.attachedChanged(one, nowMs);
      one = all ? namespaces.next(one, controller) : 0;
    }
    this.selfTest.abort(SelfTestEnd.ABORTED_BY_FORMAT, nowMs, nsid);
    this.isBusy = true;
    this.formatNsid = nsid;
    this.formatUntilMs = nowMs + description.durationsMs.format;
    result.moreMs = description.durationsMs.format;
    subsystem.events.add(EventType.FORMAT_START, controller, nowMs, [
      4,
      nsid,
      4,
      FORMAT_ATTRIBUTES,
      4,
      le32(request, At.CDW10),
    ]);
  }

  private sanitize(
    request: Uint8Array,
    controller: number,
    nowMs: number,
    result: AdminResult,
  ): void {
    const dword10 = le32(request, At.CDW10);
    const action = dword10 & 7;
    const passes = (dword10 >> 4 & 15) || 16;
    if (action === 0 || action > SanitizeAction.CRYPTO_ERASE) {
      return result.invalidField(At.CDW10);
    }
    // A failure that was not begun unrestricted is left by success alone, and only by one like it.
    if (
      this.isFailing && (this.sanitizeDword10 & UNRESTRICTED) === 0 &&
      (action === SanitizeAction.EXIT_FAILURE || (dword10 & UNRESTRICTED) !== 0)
    ) return result.fail(NvmeStatus.SANITIZE_FAILED, At.CDW10);
    if (action === SanitizeAction.EXIT_FAILURE) {
      this.isFailing = false;
      return;
    }
    if (this.firmware.isPending) {
      return result.fail(NvmeStatus.FIRMWARE_NEEDS_CONTROLLER_RESET);
    }
    this.isFailing = false;
    this.isBusy = true;
    this.sanitizeState = SanitizeState.RUNNING;
    this.sanitizeBeganMs = nowMs;
    this.sanitizeDword10 = dword10;
    this.sanitizePasses = action === SanitizeAction.OVERWRITE ? passes : 0;
    this.sanitizeMs = this.subsystem.description.durationsMs.sanitize * (this.sanitizePasses || 1);
    this.selfTest.abort(SelfTestEnd.ABORTED_BY_SANITIZE, nowMs);
    this.subsystem.events.add(EventType.SANITIZE_START, controller, nowMs, [
      4,
      SANITIZE_CAPABILITIES,
      4,
      dword10,
      4,
      le32(request, At.CDW11),
    ]);
  }

  /** Makes the handlers. */
  commands(): AdminCommands {
    return [
      [
        AdminOpcode.FORMAT,
        (request, _length, controller, nowMs, result) =>
          this.format(request, controller, nowMs, result),
      ],
      [
        AdminOpcode.SANITIZE,
        (request, _length, controller, nowMs, result) =>
          this.sanitize(request, controller, nowMs, result),
      ],
      [
        AdminOpcode.SELF_TEST,
        (request, _length, controller, nowMs, result) => {
          this.selfTest.start(request, controller, nowMs, result);
          this.isBusy = true;
        },
      ],
    ];
  }
}
