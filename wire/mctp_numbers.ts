/**
 * Numbers of MCTP packets and endpoint IDs.
 *
 * In a file without tables, so that a bundle which only needs the numbers does not carry the tables.
 *
 * @module
 */

/** Numbers of DSP0236 1.3.1 and limits of ours that hot code uses; the bundler writes them in place. */
export const enum Mctp {
  HEADER_SIZE = 4,
  HEADER_VERSION = 1,
  /** Octet 3: start of message, end of message, tag owner, tag owner and tag. */
  START = 0x80,
  END = 0x40,
  TAG_OWNER = 8,
  TAG_MASK = 0x0f,
  /** Packet payload: the baseline, and what a USB packet of 255 octets leaves. */
  BASELINE_PAYLOAD = 64,
  MAX_PAYLOAD = 247,
  /** Octets of the largest message body: the type and 4,224 more. Ours. */
  MESSAGE_SIZE = 4225,
  /** Messages in assembly at once. Ours. */
  CONTEXTS = 4,
  /** From a message's first packet to its drop. Ours: DSP0236 leaves it to the binding, DSP0283 is silent. */
  ASSEMBLY_TIMEOUT_MS = 6000,
}

/** Special endpoint IDs (DSP0236 1.3.1, table of special endpoint IDs). */
export const enum Eid {
  NULL = 0,
  /** The first that can be assigned; 1 to 7 are reserved. */
  FIRST = 8,
  LAST = 254,
  BROADCAST = 0xff,
}
