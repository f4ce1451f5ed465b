/**
 * The USB transport: MCTP packets in bulk transfers.
 *
 * @module
 */
import { bits, layout, rest, uint } from "./layout.ts";

/** One packet in a transfer; a transfer holds one after another. */
export const USB_PACKET = layout(
  "MCTP over USB packet",
  "DSP0283 1.0.1, MCTP over USB packet format",
  [
    uint("id", 0, 2, "DMTF ID", { must: 0x1ab4 }),
    bits("reserved", 2, 7, 0, "reserved"),
    uint("length", 3, 1, "octets of the packet, this header included", { min: 5 }),
    rest("data", 4, "MCTP packet"),
  ],
);

/** One packet where packets span USB packets: the length has 13 bits. */
export const SPANNING_USB_PACKET = layout(
  "MCTP over USB packet, spanning",
  "DSP0283 1.1, MCTP over USB packet format",
  [
    uint("id", 0, 2, "DMTF ID", { must: 0x1ab4 }),
    bits("reserved", 2, 7, 5, "reserved"),
    bits("length", 2, 4, 0, "octets of the packet, this header included, upper five bits"),
    uint("lengthLow", 3, 1, "lower eight bits"),
    rest("data", 4, "MCTP packet"),
  ],
);
