/**
 * The bench in a build without it: a request for a run is answered with an error, so that nobody waits.
 *
 * @module
 */
import { BenchCommand, BenchStatus, Vendor } from "../wire/vendor_numbers.ts";
import { MessageDrop } from "./mctp/counters.ts";
import type { RequestHandler } from "./mctp/messages.ts";
import type { Port } from "./port.ts";

/** What came of an attempt to send. */
export const enum Sent {
  /** Nothing was sent; `room` is called when it can be. */
  NOT,
  /** It was queued, and the next may follow at once. */
  QUEUED,
  /** It goes out from where it lies; `room` is called at its end. */
  UNDER_WAY,
}

/** What the bench needs of the rest. */
export interface BenchEnvironment {
  readonly port: Port;
  /** Counts in the order of `MESSAGE_DROPS`. */
  readonly drops: Uint32Array;
  /** Octets of the largest payload that can be sent, type not counted. */
  readonly most: number;
  /** Claims `port.large`, or gives it back; false if it is in use. */
  claim(wanted: boolean): boolean;
  /** Has `room` called, but not so early that what is sent then would overtake the answer to a request. */
  soon(nowMs: number): void;
  /** Sends `port.large[0..length)`. */
  send(destination: number, tag: number, length: number): Sent;
}

/** The bench as the composition root knows it. */
export interface Bench {
  /** Whether it is there. */
  readonly built: boolean;
  /** Takes messages of subtype 0xF1. */
  readonly onMessage: RequestHandler;
  /** Is called when there is room to send again. */
  room(nowMs: number): void;
  /** Is called when the host is gone. */
  detached(nowMs: number): void;
  /** Does a console line. */
  line(rest: string, nowMs: number): void;
}

/** Makes the one that refuses. */
export default function createBenchAbsent({ port, drops }: BenchEnvironment): Bench {
  return {
    built: false,
    onMessage(message, length) {
      const status = commandStatus(message, length);
      if (status < 0) {
        drops[MessageDrop.BENCH_INVALID]++;
        return 0;
      }
      message[7] = BenchCommand.RESPONSE;
      message[12] = status === BenchStatus.OK ? BenchStatus.UNKNOWN_COMMAND : status;
      return -Vendor.BENCH_RESPONSE_SIZE;
    },
    room() {},
    detached() {},
    line() {
      port.log(1, "built without the feature mctp-bench");
    },
  };
}

/**
 * Judges a command: OK for a well-formed request for a run, -1 for what is no command of version 1 and gets no
 * answer, or the status that names the fault.
 */
export function commandStatus(message: Uint8Array, length: number): BenchStatus | -1 {
  if (
    length < Vendor.BENCH_HEADER_SIZE ||
    (message[4] | message[5] << 8) !== Vendor.BENCH_COMMAND_MAGIC ||
    message[6] !== Vendor.BENCH_VERSION
  ) return -1;
  const command = message[7];
  if (command === BenchCommand.RESPONSE) return BenchStatus.ERROR;
  if (command !== BenchCommand.REQUEST_BENCH) return BenchStatus.UNKNOWN_COMMAND;
  if (length !== Vendor.BENCH_REQUEST_SIZE) return BenchStatus.ERROR;
  return (message[16] | message[17] << 8) < Vendor.BENCH_MIN_PAYLOAD
    ? BenchStatus.BAD_ARGUMENT
    : BenchStatus.OK;
}
