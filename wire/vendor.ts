/**
 * Vendor-defined messages (type 0x7E, PCI vendor ID 0xCCDE): echo and bench, as the mctp tools speak them.
 *
 * Offsets count from the start of the message body; octet 0 is the message type. The bench's own fields
 * are little-endian.
 *
 * @module
 */
import { MessageType } from "./control_numbers.ts";
import { bigLe, layout, rest, uint, uintLe } from "./layout.ts";
import { Vendor } from "./vendor_numbers.ts";

const CLAUSE = "DSP0236 1.3.1, Vendor Defined – PCI message format; mctp tools 2.6";
const PREFIX = [
  uint("type", 0, 1, "message type", { must: MessageType.VENDOR_PCI }),
  uint("vendorId", 1, 2, "PCI vendor ID", { must: Vendor.ID }),
] as const;
const BENCH = [...PREFIX, uint("subtype", 3, 1, "bench", { must: Vendor.BENCH })] as const;

/** An echo request and its reply, which are the same but for the tag owner. */
export const ECHO = layout("echo", CLAUSE, [
  ...PREFIX,
  uint("subtype", 3, 1, "echo", { must: Vendor.ECHO }),
  rest("payload", 4, "any octets"),
]);

/** One message of a bench run. */
export const BENCH_DATA = layout("bench data", CLAUSE, [
  ...BENCH,
  uintLe("magic", 4, 2, "bench data", { must: Vendor.BENCH_DATA_MAGIC }),
  uintLe("sequence", 6, 4, "from 0xFFFFFFFA, wrapping"),
  rest("filler", 10, "octet i of the message, counted after its type, is i modulo 256"),
]);

const COMMAND = [
  ...BENCH,
  uintLe("magic", 4, 2, "bench command", { must: Vendor.BENCH_COMMAND_MAGIC }),
  uint("version", 6, 1, "version", { must: Vendor.BENCH_VERSION }),
  uint("command", 7, 1, "0 response, 1 request bench"),
  uintLe("instanceId", 8, 4, "random, repeated in the response"),
] as const;

/** Asks for a bench run. */
export const BENCH_REQUEST = layout("bench request", CLAUSE, [
  ...COMMAND,
  uintLe("flags", 12, 4, "0"),
  uintLe("payloadSize", 16, 2, "octets of each message after its type"),
  bigLe("messageCount", 18, "how many messages"),
]);

/** Says whether a bench run begins. */
export const BENCH_RESPONSE = layout("bench response", CLAUSE, [
  ...COMMAND,
  uint("status", 12, 1, "0 ok, 1 error, 2 unknown command, 3 bad argument"),
]);
