/**
 * Numbers of MCTP message types and control messages.
 *
 * In a file without tables, so that a bundle which only needs the numbers does not carry the tables.
 *
 * @module
 */

/** Message types (DSP0239 1.11, message type numbers). */
export const enum MessageType {
  CONTROL = 0x00,
  PLDM = 0x01,
  NVME_MI = 0x04,
  VENDOR_PCI = 0x7e,
  VENDOR_IANA = 0x7f,
  /** The integrity check bit beside the type (DSP0236 1.3.1, IC). */
  INTEGRITY_CHECK = 0x80,
}

/** Command codes (DSP0236 1.3.1, MCTP control message command codes). */
export const enum ControlCommand {
  SET_ENDPOINT_ID = 0x01,
  GET_ENDPOINT_ID = 0x02,
  GET_ENDPOINT_UUID = 0x03,
  GET_MCTP_VERSION_SUPPORT = 0x04,
  GET_MESSAGE_TYPE_SUPPORT = 0x05,
  GET_VENDOR_DEFINED_MESSAGE_SUPPORT = 0x06,
  PREPARE_FOR_ENDPOINT_DISCOVERY = 0x0b,
  ENDPOINT_DISCOVERY = 0x0c,
}

/** Completion codes (DSP0236 1.3.1, MCTP control message completion codes). */
export const enum CompletionCode {
  SUCCESS = 0x00,
  ERROR = 0x01,
  ERROR_INVALID_DATA = 0x02,
  ERROR_INVALID_LENGTH = 0x03,
  ERROR_NOT_READY = 0x04,
  ERROR_UNSUPPORTED_CMD = 0x05,
  /** Get MCTP Version Support: message type number not supported. */
  MESSAGE_TYPE_NOT_SUPPORTED = 0x80,
}

/** Operations of Set Endpoint ID. */
export const enum SetEidOperation {
  SET = 0,
  FORCE = 1,
  RESET = 2,
  SET_DISCOVERED = 3,
}

/** Bits of octet 1 of the header. */
export const enum ControlHeader {
  SIZE = 3,
  RESPONSE_SIZE = 4,
  REQUEST = 0x80,
  DATAGRAM = 0x40,
  INSTANCE_ID = 0x1f,
}
