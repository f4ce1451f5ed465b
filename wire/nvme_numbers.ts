/**
 * Numbers of NVM Express that hot code uses; the bundler writes them in place.
 *
 * In a file without tables, so that a bundle which only needs the numbers does not carry the tables.
 *
 * @module
 */

/** Admin command opcodes (NVM Express Base Specification 2.0, Opcodes for Admin Commands). */
export const enum AdminOpcode {
  GET_LOG_PAGE = 0x02,
  IDENTIFY = 0x06,
  SET_FEATURES = 0x09,
  GET_FEATURES = 0x0a,
  NAMESPACE_MANAGEMENT = 0x0d,
  FIRMWARE_COMMIT = 0x10,
  FIRMWARE_DOWNLOAD = 0x11,
  SELF_TEST = 0x14,
  NAMESPACE_ATTACHMENT = 0x15,
  FORMAT = 0x80,
  SECURITY_SEND = 0x81,
  SECURITY_RECEIVE = 0x82,
  SANITIZE = 0x84,
}

/** Controller or Namespace Structure of Identify (Base 2.0, Identify – CNS Values). */
export const enum Cns {
  NAMESPACE = 0x00,
  CONTROLLER = 0x01,
  ACTIVE_LIST = 0x02,
  DESCRIPTORS = 0x03,
  NVM_SETS = 0x04,
  IO_NAMESPACE = 0x05,
  IO_CONTROLLER = 0x06,
  IO_ACTIVE_LIST = 0x07,
  IO_NAMESPACE_INDEPENDENT = 0x08,
  ALLOCATED_LIST = 0x10,
  ALLOCATED_NAMESPACE = 0x11,
  ATTACHED_CONTROLLERS = 0x12,
  CONTROLLERS = 0x13,
  PRIMARY_CAPABILITIES = 0x14,
  SECONDARY_LIST = 0x15,
  IO_ALLOCATED_LIST = 0x1a,
  IO_ALLOCATED_NAMESPACE = 0x1b,
  IO_COMMAND_SETS = 0x1c,
}

/** Status Code Type in bits 10:8, Status Code in bits 7:0 (Base 2.0, Status Field). */
export const enum NvmeStatus {
  SUCCESS = 0,
  INVALID_OPCODE = 0x001,
  INVALID_FIELD = 0x002,
  INTERNAL_ERROR = 0x006,
  INVALID_NAMESPACE = 0x00b,
  SEQUENCE_ERROR = 0x00c,
  SANITIZE_FAILED = 0x01c,
  SANITIZE_IN_PROGRESS = 0x01d,
  FORMAT_IN_PROGRESS = 0x084,
  INVALID_LOG_PAGE = 0x109,
  INVALID_FORMAT = 0x10a,
  INVALID_FIRMWARE_SLOT = 0x106,
  INVALID_FIRMWARE_IMAGE = 0x107,
  NOT_SAVEABLE = 0x10d,
  NOT_CHANGEABLE = 0x10e,
  NOT_NAMESPACE_SPECIFIC = 0x10f,
  FIRMWARE_NEEDS_CONTROLLER_RESET = 0x111,
  OVERLAPPING_RANGE = 0x114,
  INSUFFICIENT_CAPACITY = 0x115,
  NO_NSID = 0x116,
  ALREADY_ATTACHED = 0x118,
  PRIVATE = 0x119,
  NOT_ATTACHED = 0x11a,
  THIN_NOT_SUPPORTED = 0x11b,
  CONTROLLER_LIST_INVALID = 0x11c,
  SELF_TEST_IN_PROGRESS = 0x11d,
  ATTACH_LIMIT = 0x127,
  COMMAND_SET_NOT_SUPPORTED = 0x129,
  /** More status information in the Error Information log, bit 13 of the Status Field without the phase bit. */
  MORE = 0x2000,
  /** Do Not Retry, bit 14 of the Status Field without the phase bit. */
  DNR = 0x4000,
}
