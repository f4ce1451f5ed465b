/**
 * The MCTP packet and its transport header.
 *
 * @module
 */
import { bits, layout, rest, uint } from "./layout.ts";

/** One MCTP packet. */
export const MCTP_PACKET = layout("MCTP packet", "DSP0236 1.3.1, MCTP packet fields", [
  bits("reserved", 0, 7, 4, "reserved"),
  bits("headerVersion", 0, 3, 0, "header version", { must: 1 }),
  uint("destination", 1, 1, "destination endpoint ID"),
  uint("source", 2, 1, "source endpoint ID"),
  bits("start", 3, 7, 7, "SOM"),
  bits("end", 3, 6, 6, "EOM"),
  bits("sequence", 3, 5, 4, "packet sequence number"),
  bits("tagOwner", 3, 3, 3, "TO"),
  bits("tag", 3, 2, 0, "message tag"),
  rest("payload", 4, "part of the message body"),
]);
