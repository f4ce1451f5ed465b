/**
 * Format NVM, Sanitize and Device Self-test: commands that take their time.
 *
 * Nothing here has a timer: what is under way is settled whenever somebody looks.
 *
 * @see NVM Express Base Specification 2.0, Sanitize, Device Self-test; NVM Command Set 1.0, Format NVM
 * @module
 */
import { AdminOpcode, NvmeStatus } from "../../wire/nvme_numbers.ts";
import { type AdminCommands, At } from "./admin_command.ts";
import { BROADCAST_NSID } from "./namespaces.ts";
import { le32, put } from "./octets.ts";
import { Change, type Subsystem } from "./subsystem.ts";

/** Sanitize status, SSTAT bits 2:0. */
const enum SanitizeState {
  NEVER = 0,
  COMPLETED = 1,
  RUNNING = 2,
  FAILED = 3,
}

/** Self-test results kept; each is 28 octets of the log. */
const RESULTS = 20;
const RESULT_SIZE = 28;

/** What is under way, and what has been. */
export class Maintenance {
  private sanitizeState: number = SanitizeState.NEVER;
  private sanitizeBeganMs = 0;
  private sanitizePasses = 0;
  private sanitizeDword10 = 0;
  private selfTest = 0;
  private selfTestBeganMs = 0;
  private selfTestNsid = 0;
  /** Newest first, as the log has them. */
  private readonly results = new Uint8Array(RESULTS * RESULT_SIZE);
  private resultCount = 0;
  private formatNsid = 0;
  private formatUntilMs = 0;
  /** Whether the next sanitize operation fails. */
  failSanitize = false;

  constructor(private readonly subsystem: Subsystem) {}

  /** Ends what has run its time. */
  settle(nowMs: number): void {
    if (this.sanitizeState === SanitizeState.RUNNING && this.sanitizeLeft(nowMs) <= 0) {
      this.sanitizeState = this.failSanitize ? SanitizeState.FAILED : SanitizeState.COMPLETED;
      if (this.failSanitize) this.subsystem.changed(Change.SANITIZE_FAILED, -1, nowMs);
      this.failSanitize = false;
      const { namespaces } = this.subsystem;
      for (let nsid = 0; (nsid = namespaces.next(nsid, -1)) > 0;) namespaces.setUsed(nsid, 0);
      this.subsystem.changed(Change.STATUS, -1, nowMs);
    }
    if (this.selfTest !== 0 && this.selfTestLeft(nowMs) <= 0) this.endSelfTest(0, nowMs);
  }

  /** Whether a sanitize operation is under way. */
  get isSanitizing(): boolean {
    return this.sanitizeState === SanitizeState.RUNNING;
  }

  /** Whether the last one failed, so that the media must not be touched. */
  get hasSanitizeFailed(): boolean {
    return this.sanitizeState === SanitizeState.FAILED;
  }

  private sanitizeLeft(nowMs: number): number {
    const { sanitize } = this.subsystem.description.durationsMs;
    return this.sanitizeBeganMs + sanitize - nowMs;
  }

  private selfTestLeft(nowMs: number): number {
    const { shortSelfTest, extendedSelfTest } = this.subsystem.description.durationsMs;
    return this.selfTestBeganMs + (this.selfTest === 1 ? shortSelfTest : extendedSelfTest) - nowMs;
  }

  private endSelfTest(code: number, nowMs: number): void {
    const { results } = this;
    for (let i = results.length - 1; i >= RESULT_SIZE; i--) results[i] = results[i - RESULT_SIZE];
    for (let i = 0; i < RESULT_SIZE; i++) results[i] = 0;
    results[0] = this.selfTest << 4 | code;
    results[2] = 1; // The namespace is valid.
    put(results, 4, 8, this.subsystem.powerOnHours(nowMs));
    put(results, 12, 4, this.selfTestNsid);
    if (this.resultCount < RESULTS) this.resultCount++;
    this.selfTest = 0;
  }

  /** Writes log page 0x06. */
  writeSelfTestLog(page: Uint8Array, nowMs: number): void {
    this.settle(nowMs);
    page[0] = this.selfTest;
    if (this.selfTest !== 0) {
      const { shortSelfTest, extendedSelfTest } = this.subsystem.description.durationsMs;
      const whole = this.selfTest === 1 ? shortSelfTest : extendedSelfTest;
      page[1] = Math.floor(100 * (nowMs - this.selfTestBeganMs) / whole);
    }
    page.set(this.results, 4);
    for (let i = this.resultCount; i < RESULTS; i++) page[4 + RESULT_SIZE * i] = 0x0f; // Not used.
  }

  /** Writes log page 0x81. */
  writeSanitizeLog(page: Uint8Array, nowMs: number): void {
    this.settle(nowMs);
    let progress = 0xffff;
    let passes = this.sanitizePasses;
    if (this.isSanitizing) {
      const done = 1 - this.sanitizeLeft(nowMs) / this.subsystem.description.durationsMs.sanitize;
      progress = Math.floor(65536 * done);
      passes = Math.floor(passes * done);
    }
    put(page, 0, 2, progress);
    page[2] = this.sanitizeState | (passes & 31) << 3;
    page[3] = this.sanitizeState === SanitizeState.RUNNING ? 0 : 1; // Global Data Erased.
    put(page, 4, 4, this.sanitizeDword10);
    const seconds = Math.ceil(this.subsystem.description.durationsMs.sanitize / 1000);
    for (let at = 8; at < 32; at += 4) put(page, at, 4, seconds);
  }

  /** Gives the Format Progress Indicator of a namespace: supported, and percent left. */
  formatProgress(nsid: number, nowMs: number): number {
    const leftMs = this.formatUntilMs - nowMs;
    if (leftMs <= 0 || this.formatNsid !== nsid && this.formatNsid !== BROADCAST_NSID) return 0x80;
    return 0x80 | Math.ceil(100 * leftMs / this.subsystem.description.durationsMs.format);
  }

  /** Makes the handlers. */
  commands(): AdminCommands {
    const { subsystem } = this;
    const { namespaces, description } = subsystem;
    return [
      [AdminOpcode.FORMAT, (request, _length, _controller, nowMs, result) => {
        const nsid = le32(request, At.NSID);
        const format = request[At.CDW10] & 15 | (request[At.CDW10 + 1] >> 4 & 3) << 4;
        const erase = request[At.CDW10 + 1] >> 1 & 7;
        if (nsid !== BROADCAST_NSID && !namespaces.exists(nsid)) {
          return result.fail(NvmeStatus.INVALID_NAMESPACE);
        }
        if (format > 1) return result.fail(NvmeStatus.INVALID_FORMAT);
        // No metadata and no protection information to choose; erase: none, user data, crypto.
        if (erase > 2 || (request[At.CDW10] & 0xf0) !== 0) {
          return result.fail(NvmeStatus.INVALID_FIELD);
        }
        if (nowMs < this.formatUntilMs) return result.fail(NvmeStatus.FORMAT_IN_PROGRESS);
        const shift = format === 0 ? 9 : 12;
        let one = nsid === BROADCAST_NSID ? namespaces.next(0, -1) : nsid;
        while (one > 0) {
          namespaces.set(one, Math.floor(namespaces.bytes(one) / (1 << shift)), shift);
          one = nsid === BROADCAST_NSID ? namespaces.next(one, -1) : 0;
        }
        this.formatNsid = nsid;
        this.formatUntilMs = nowMs + description.durationsMs.format;
        result.moreMs = description.durationsMs.format;
        subsystem.namespaceChanged(nsid, nowMs);
      }],
      [AdminOpcode.SANITIZE, (request, _length, _controller, nowMs, result) => {
        const dword10 = le32(request, At.CDW10);
        const action = dword10 & 7;
        if (action === 0 || action > 4) return result.fail(NvmeStatus.INVALID_FIELD);
        if (action === 1) { // Exit failure mode.
          if (this.hasSanitizeFailed) {
            // Only what was begun to allow an unrestricted end may be left without success.
            if ((this.sanitizeDword10 & 8) === 0) return result.fail(NvmeStatus.SANITIZE_FAILED);
            this.sanitizeState = SanitizeState.NEVER;
          }
          return;
        }
        this.sanitizeState = SanitizeState.RUNNING;
        this.sanitizeBeganMs = nowMs;
        this.sanitizeDword10 = dword10;
        this.sanitizePasses = action === 3 ? (dword10 >> 4 & 15) || 16 : 0;
        if (this.selfTest !== 0) this.endSelfTest(9, nowMs); // Aborted by a sanitize operation.
        subsystem.changed(Change.STATUS, -1, nowMs);
      }],
      [AdminOpcode.SELF_TEST, (request, _length, _controller, nowMs, result) => {
        const code = request[At.CDW10] & 15;
        const nsid = le32(request, At.NSID);
        if (nsid !== 0 && nsid !== BROADCAST_NSID && !namespaces.exists(nsid)) {
          return result.fail(NvmeStatus.INVALID_NAMESPACE);
        }
        if (code === 15) {
          if (this.selfTest !== 0) this.endSelfTest(1, nowMs); // Aborted by this command.
          return;
        }
        if (code !== 1 && code !== 2) return result.fail(NvmeStatus.INVALID_FIELD);
        if (this.selfTest !== 0) return result.fail(NvmeStatus.SELF_TEST_IN_PROGRESS);
        this.selfTest = code;
        this.selfTestBeganMs = nowMs;
        this.selfTestNsid = nsid;
      }],
    ];
  }
}
