/**
 * Device Self-test.
 *
 * Nothing here has a timer: what is under way is settled whenever somebody looks.
 *
 * @see NVM Express Base Specification 2.0, Device Self-test command, Device Self-test log (06h)
 * @module
 */
import { NvmeStatus } from "../../wire/nvme_numbers.ts";
import type { Port } from "../port.ts";
import { type AdminResult, At } from "./admin_command.ts";
import { BROADCAST_NSID } from "./namespaces.ts";
import { le32, put } from "./octets.ts";
import { type Subsystem, ValueOf } from "./subsystem.ts";

/** Self-test results kept; each is 28 octets of the log. */
const RESULTS = 20;
const RESULT_SIZE = 28;

/** How a self-test ended; the low half of the first octet of its result. */
export const enum SelfTestEnd {
  PASSED = 0,
  ABORTED_BY_COMMAND = 1,
  ABORTED_BY_RESET = 2,
  ABORTED_BY_REMOVAL = 3,
  ABORTED_BY_FORMAT = 4,
  /** A segment failed, and which one is told. */
  SEGMENT_FAILED = 7,
  ABORTED_BY_SANITIZE = 9,
  NOT_USED = 15,
}

/** Self-test codes. */
const enum Code {
  NONE = 0,
  SHORT = 1,
  EXTENDED = 2,
  ABORT = 15,
}

/** The one self-test that can be under way in the subsystem, and the results of those before. */
export class SelfTest {
  private code: number = Code.NONE;
  private beganMs = 0;
  private durationMs = 0;
  private nsid = 0;
  /** Newest first, as the log has them. */
  private readonly results = new Uint8Array(RESULTS * RESULT_SIZE);

  constructor(private readonly subsystem: Subsystem, private readonly port: Port) {
    for (let i = 0; i < RESULTS; i++) this.results[RESULT_SIZE * i] = SelfTestEnd.NOT_USED;
  }

  /** Ends it if it has run its time. */
  settle(nowMs: number): void {
    if (this.code === Code.NONE || nowMs < this.beganMs + this.durationMs) return;
    const segment = this.subsystem.value(ValueOf.SELF_TEST_FAILS, nowMs);
    this.end(segment > 0 ? SelfTestEnd.SEGMENT_FAILED : SelfTestEnd.PASSED, nowMs, segment);
  }

  /** Ends it, if one of `nsid` is under way; 0xffffffff is any. */
  abort(why: SelfTestEnd, nowMs: number, nsid = BROADCAST_NSID): void {
    if (this.code === Code.NONE) return;
    // An extended one goes on after a reset.
    if (why === SelfTestEnd.ABORTED_BY_RESET && this.code === Code.EXTENDED) return;
    if (nsid === BROADCAST_NSID || nsid === this.nsid || this.nsid === BROADCAST_NSID) {
      this.end(why, nowMs, 0);
    }
  }

  private end(why: SelfTestEnd, nowMs: number, segment: number): void {
    const { results } = this;
    this.port.copy(results, RESULT_SIZE, results, 0, (RESULTS - 1) * RESULT_SIZE);
    for (let i = 0; i < RESULT_SIZE; i++) results[i] = 0;
    results[0] = this.code << 4 | why;
    results[1] = segment;
    put(results, 4, 8, this.subsystem.powerOnHours(nowMs));
    if (segment > 0 && this.nsid !== 0) {
      results[2] = 1; // The NSID is valid.
      put(results, 12, 4, this.nsid);
    }
    this.code = Code.NONE;
  }

  /** Writes log page 0x06. */
  writeLog({ page }: AdminResult, nowMs: number): void {
    page[0] = this.code;
    if (this.code !== Code.NONE) page[1] = 100 * (nowMs - this.beganMs) / this.durationMs;
    page.set(this.results, 4);
  }

  /** Whether one is under way. */
  get isRunning(): boolean {
    return this.code !== Code.NONE;
  }

  /** Carries out Device Self-test. */
  start(request: Uint8Array, controller: number, nowMs: number, result: AdminResult): void {
    const { namespaces, description } = this.subsystem;
    const { shortSelfTest, extendedSelfTest } = description.durationsMs;
    const code = request[At.CDW10] & 15;
    const nsid = le32(request, At.NSID);
    if (code === Code.ABORT) return this.abort(SelfTestEnd.ABORTED_BY_COMMAND, nowMs);
    if (code !== Code.SHORT && code !== Code.EXTENDED) return result.invalidField(At.CDW10);
    if (nsid !== 0 && nsid !== BROADCAST_NSID) {
      if (nsid > namespaces.max) return result.fail(NvmeStatus.INVALID_NAMESPACE, At.NSID);
      if (!namespaces.exists(nsid) || !namespaces.isAttached(nsid, controller)) {
        return result.invalidField(At.NSID);
      }
    }
    if (this.code !== Code.NONE) return result.fail(NvmeStatus.SELF_TEST_IN_PROGRESS);
    this.code = code;
    this.beganMs = nowMs;
    this.durationMs = code === Code.SHORT ? shortSelfTest : extendedSelfTest;
    this.nsid = nsid;
  }
}
