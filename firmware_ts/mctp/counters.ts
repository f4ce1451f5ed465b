/**
 * Why something was dropped, and how often.
 *
 * @module
 */

/**
 * The reasons of the transport, from the USB transfer up to the complete message. The numbers and names
 * are those of `native/mctp/src/counters.rs`, where each is described.
 */
export const enum DropReason {
  USB_EMPTY,
  USB_WRONG_ID,
  USB_SHORT_LENGTH,
  USB_PAST_END,
  USB_STRAY_BYTES,
  PACKET_SHORT,
  PACKET_VERSION,
  PACKET_DESTINATION,
  PACKET_SOURCE,
  NO_START,
  OUT_OF_SEQUENCE,
  WRONG_SIZE,
  DUPLICATE_START,
  TOO_LARGE,
  NO_CONTEXT,
  TIMEOUT,
  LARGE_BUSY,
  NO_ROOM,
}

/** The names of {@link DropReason}, in its order. */
export const DROP_REASONS: readonly string[] = [
  "usbEmpty",
  "usbWrongId",
  "usbShortLength",
  "usbPastEnd",
  "usbStrayBytes",
  "packetShort",
  "packetVersion",
  "packetDestination",
  "packetSource",
  "noStart",
  "outOfSequence",
  "wrongSize",
  "duplicateStart",
  "tooLarge",
  "noContext",
  "timeout",
  "largeBusy",
  "noRoom",
];

/** The reasons above the transport: a complete message is not answered. The script counts them. */
export const enum MessageDrop {
  /** No handler for the message type. */
  UNKNOWN_TYPE,
  /** The integrity check bit is not what the message type demands. */
  INTEGRITY_BIT,
  /** Sent to the broadcast EID, which no handler of the type takes. */
  BROADCAST,
  /** Tag owner 0: a response that nobody here waits for. */
  UNEXPECTED_RESPONSE,
  /** A control message of fewer than three octets. */
  CONTROL_SHORT,
  /** A control message with Rq = 0 in a message with tag owner 1. */
  CONTROL_NOT_REQUEST,
  /** A control request with D = 1, which asks for no answer and may not change a thing here. */
  CONTROL_DATAGRAM,
  /** A vendor-defined message whose vendor ID or subtype is not ours, or too short to tell. */
  VENDOR_UNKNOWN,
  /** A bench message that is malformed, or of a kind that gets no answer. */
  BENCH_INVALID,
  /** A fault rule swallowed the message, or held back more answers than there is room for. */
  FAULT,
  /** An NVMe-MI message too short for header and integrity check. */
  MI_SHORT,
  /** An NVMe-MI message whose integrity check is wrong. */
  MI_INTEGRITY,
  /** An NVMe-MI response (ROR = 1) where a request was due. */
  MI_NOT_REQUEST,
  /** An NVMe-MI message of a reserved type. */
  MI_UNKNOWN,
  /** An NVMe-MI command to a slot that has not answered the one before. */
  MI_SLOT_BUSY,
  /** Endpoint Discovery while the Discovered flag is set. */
  CONTROL_DISCOVERED,
  /** A PLDM message shorter than its header. */
  PLDM_SHORT,
  /** A PLDM message with Rq = 0 in a message with tag owner 1. */
  PLDM_NOT_REQUEST,
  /** A PLDM request that asks for no answer. */
  PLDM_DATAGRAM,
  /** A message longer than its type's messages can be. */
  TOO_LONG,
}

/** The names of {@link MessageDrop}, in its order. */
export const MESSAGE_DROPS: readonly string[] = [
  "unknownType",
  "integrityBit",
  "broadcast",
  "unexpectedResponse",
  "controlShort",
  "controlNotRequest",
  "controlDatagram",
  "vendorUnknown",
  "benchInvalid",
  "fault",
  "miShort",
  "miIntegrity",
  "miNotRequest",
  "miUnknown",
  "miSlotBusy",
  "controlDiscovered",
  "pldmShort",
  "pldmNotRequest",
  "pldmDatagram",
  "tooLong",
];
