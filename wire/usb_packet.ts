/**
 * The USB transport: MCTP packets in bulk transfers.
 *
 * @module
 */
import { bits, layout, rest, uint } from "./layout.ts";

/** Numbers of DSP0283 1.0.1 that hot code uses; the bundler writes them in place. */
export const enum Usb {
  ID_HIGH = 0x1a,
  ID_LOW = 0xb4,
  HEADER_SIZE = 4,
  /** Octets of the largest packet, header included: the length is one octet. */
  MAX_PACKET = 255,
  /** Octets of one high-speed bulk packet, and so of a transfer: packets do not span. */
  TRANSFER_SIZE = 512,
}

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
