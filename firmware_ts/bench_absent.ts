/**
 * The bench in a build without it: a request for a run is answered with an error, so that nobody waits.
 *
 * @module
 */
import { BenchCommand, BenchStatus, Vendor } from "../wire/vendor_numbers.ts";
import { MessageDrop } from "./mctp/counters.ts";
import type { RequestHandler } from "./mctp/messages.ts";

/**
 * Makes the handler that refuses: "unknown command" to a well-formed request for a run.
 *
 * A malformed command gets the status that names its fault; what is no command of version 1 is dropped.
 */
export function createBenchAbsent(drops: Uint32Array): RequestHandler {
  return (message, length) => {
    if (
      length < Vendor.BENCH_HEADER_SIZE ||
      (message[4] | message[5] << 8) !== Vendor.BENCH_COMMAND_MAGIC ||
      message[6] !== Vendor.BENCH_VERSION
    ) {
      drops[MessageDrop.BENCH_INVALID]++;
      return 0;
    }
    const command = message[7];
    let status = BenchStatus.UNKNOWN_COMMAND;
    if (command === BenchCommand.RESPONSE) status = BenchStatus.ERROR;
    else if (command === BenchCommand.REQUEST_BENCH) {
      if (length !== Vendor.BENCH_REQUEST_SIZE) status = BenchStatus.ERROR;
      else if ((message[16] | message[17] << 8) < Vendor.BENCH_MIN_PAYLOAD) {
        status = BenchStatus.BAD_ARGUMENT;
      }
    }
    message[7] = BenchCommand.RESPONSE;
    message[12] = status;
    return -Vendor.BENCH_RESPONSE_SIZE;
  };
}
