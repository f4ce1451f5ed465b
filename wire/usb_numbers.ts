/**
 * Numbers of the USB transport.
 *
 * In a file without tables, so that a bundle which only needs the numbers does not carry the tables.
 *
 * @module
 */

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
