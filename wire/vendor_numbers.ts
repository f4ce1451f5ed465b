/**
 * Numbers of our vendor-defined messages.
 *
 * In a file without tables, so that a bundle which only needs the numbers does not carry the tables.
 *
 * @module
 */

/** Numbers that hot code uses; the bundler writes them in place. */
export const enum Vendor {
  ID = 0xccde,
  ID_HIGH = 0xcc,
  ID_LOW = 0xde,
  ECHO = 0xf0,
  BENCH = 0xf1,
  /** Type, vendor ID and subtype. */
  PREFIX_SIZE = 4,
  BENCH_DATA_MAGIC = 0xbeca,
  BENCH_COMMAND_MAGIC = 0x22dd,
  BENCH_VERSION = 1,
  /** Octets of a command up to its own body, of a request and of a response. */
  BENCH_HEADER_SIZE = 12,
  BENCH_REQUEST_SIZE = 26,
  BENCH_RESPONSE_SIZE = 13,
  BENCH_SEQUENCE_START = 0xfffffffa,
  /** The smallest payload a bench message can have: prefix, magic and sequence. */
  BENCH_MIN_PAYLOAD = 9,
}

/** What a bench response says. */
export const enum BenchStatus {
  OK = 0,
  ERROR = 1,
  UNKNOWN_COMMAND = 2,
  BAD_ARGUMENT = 3,
}

/** Commands of the bench. */
export const enum BenchCommand {
  RESPONSE = 0,
  REQUEST_BENCH = 1,
}
