/**
 * Numbers of NVMe-MI that hot code uses; the bundler writes them in place.
 *
 * In a file without tables, so that a bundle which only needs the numbers does not carry the tables.
 *
 * @module
 */

/** Sizes and places in messages (NVM Express Management Interface 1.2, Message Format). */
export const enum NvmeMi {
  /** Message header: type octet, NMIMT octet, two more. */
  HEADER_SIZE = 4,
  /** Message Integrity Check. */
  MIC_SIZE = 4,
  /** The response header with status and three octets. */
  RESPONSE_SIZE = 8,
  /** Least request of the MI command set: header and command dwords. */
  MI_REQUEST_SIZE = 16,
  /** Least Admin request: header and the command dwords up to CDW15. */
  ADMIN_REQUEST_SIZE = 68,
  /** An Admin response up to its data. */
  ADMIN_RESPONSE_SIZE = 20,
  /** Least PCIe request. */
  PCIE_REQUEST_SIZE = 20,
  /** Response bit (ROR) of octet 1. */
  RESPONSE = 0x80,
  /** Most octets of data in a message. */
  MAX_DATA = 4096,
}

/** NVMe-MI message types (NMIMT). */
export const enum Nmimt {
  PRIMITIVE = 0,
  MI = 1,
  ADMIN = 2,
  PCIE = 4,
  ASYNCHRONOUS_EVENT = 5,
}

/** Response Message Status Values. */
export const enum MiStatus {
  SUCCESS = 0x00,
  MORE_PROCESSING_REQUIRED = 0x01,
  INTERNAL_ERROR = 0x02,
  INVALID_OPCODE = 0x03,
  INVALID_PARAMETER = 0x04,
  INVALID_COMMAND_SIZE = 0x05,
  INVALID_INPUT_SIZE = 0x06,
  ACCESS_DENIED = 0x07,
  VPD_UPDATES_EXCEEDED = 0x20,
  PCIE_INACCESSIBLE = 0x21,
  MEB_SANITIZED = 0x22,
  SANITIZE_IN_PROGRESS = 0x2a,
}

/** Opcodes of the Management Interface Command Set. */
export const enum MiOpcode {
  READ_DATA_STRUCTURE = 0x00,
  SUBSYSTEM_HEALTH = 0x01,
  CONTROLLER_HEALTH = 0x02,
  CONFIGURATION_SET = 0x03,
  CONFIGURATION_GET = 0x04,
  VPD_READ = 0x05,
  VPD_WRITE = 0x06,
  RESET = 0x07,
  SHUTDOWN = 0x0c,
}

/** Control Primitive Opcodes. */
export const enum Primitive {
  PAUSE = 0,
  RESUME = 1,
  ABORT = 2,
  GET_STATE = 3,
  REPLAY = 4,
}

/** Bits of Get State's response (CPSR); bits 1:0 are the slot's state. */
export const enum SlotFlag {
  NOT_IDLE = 0x0008,
  BAD_INTEGRITY = 0x0010,
  TIMEOUT = 0x0020,
  UNSUPPORTED_UNIT = 0x0040,
  BAD_VERSION = 0x0080,
  UNKNOWN_DESTINATION = 0x0100,
  WRONG_UNIT = 0x0200,
  UNEXPECTED_PACKET = 0x0400,
  OUT_OF_SEQUENCE = 0x0800,
  BAD_TAG = 0x1000,
  BAD_PHYSICAL = 0x2000,
  SUBSYSTEM_RESET = 0x4000,
  PAUSED = 0x8000,
}

/** Asynchronous Event identifiers, and their number. */
export const enum AsyncEvent {
  CONTROLLER_READY = 0,
  CONTROLLER_FATAL = 1,
  SHUTDOWN_STATUS = 2,
  CONTROLLER_ENABLE = 3,
  NAMESPACE_ATTRIBUTE = 4,
  FIRMWARE_ACTIVATED = 5,
  TEMPERATURE = 6,
  LIFE_USED = 7,
  SPARE = 8,
  WARNINGS = 9,
  TELEMETRY = 10,
  PCIE_LINK = 11,
  SANITIZE_FAILED = 12,
  COUNT = 13,
}
