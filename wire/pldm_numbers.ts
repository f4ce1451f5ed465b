/**
 * Numbers of PLDM that hot code uses; the bundler writes them in place.
 *
 * In a file without tables, so that a bundle which only needs the numbers does not carry the tables.
 *
 * @module
 */

/** PLDM types (DSP0245 1.4, PLDM type codes). */
export const enum PldmType {
  BASE = 0,
  PLATFORM = 2,
  FILE = 7,
}

/** Places in a message body, octet 0 being the MCTP message type (DSP0240 1.2, PLDM message fields). */
export const enum Pldm {
  /** Octet 1: request, datagram, instance ID. */
  REQUEST = 0x80,
  DATAGRAM = 0x40,
  INSTANCE_ID = 0x1f,
  /** Octets up to the data of a request, and up to that of a response behind its completion code. */
  HEADER_SIZE = 4,
  RESPONSE_SIZE = 5,
}

/** Commands of PLDM base (DSP0240 1.2). */
export const enum BaseCommand {
  SET_TID = 0x01,
  GET_TID = 0x02,
  GET_PLDM_VERSION = 0x03,
  GET_PLDM_TYPES = 0x04,
  GET_PLDM_COMMANDS = 0x05,
  NEGOTIATE_TRANSFER_PARAMETERS = 0x07,
  MULTIPART_RECEIVE = 0x09,
}

/** Commands of PLDM for platform monitoring and control (DSP0248 1.2). */
export const enum PlatformCommand {
  SET_NUMERIC_SENSOR_ENABLE = 0x10,
  GET_SENSOR_READING = 0x11,
  GET_SENSOR_THRESHOLDS = 0x12,
  GET_PDR_REPOSITORY_INFO = 0x50,
  GET_PDR = 0x51,
}

/** Commands of PLDM for file transfer (DSP0242 1.0). */
export const enum FileCommand {
  OPEN = 0x01,
  CLOSE = 0x02,
  HEARTBEAT = 0x03,
  PROPERTIES = 0x10,
  READ = 0x20,
}

/** Completion codes; those from 0x80 on belong to their commands. */
export const enum PldmCode {
  SUCCESS = 0x00,
  ERROR = 0x01,
  INVALID_DATA = 0x02,
  INVALID_LENGTH = 0x03,
  NOT_READY = 0x04,
  UNSUPPORTED_COMMAND = 0x05,
  INVALID_TYPE = 0x20,
  INVALID_TRANSFER_HANDLE = 0x80,
  INVALID_TRANSFER_OPERATION = 0x81,
  INVALID_TYPE_IN_DATA = 0x83,
  /** MultipartReceive before NegotiateTransferParameters: the same number. */
  NEGOTIATION_INCOMPLETE = 0x83,
  INVALID_VERSION_IN_DATA = 0x84,
  /** Sensors. */
  INVALID_SENSOR = 0x80,
  INVALID_OPERATIONAL_STATE = 0x81,
  EVENTS_UNSUPPORTED = 0x82,
  /** GetPDR. */
  INVALID_RECORD = 0x82,
  INVALID_RECORD_CHANGE = 0x83,
  /** Files (DSP0242). */
  INVALID_DESCRIPTOR = 0x80,
  INVALID_ATTRIBUTE = 0x81,
  ZERO_LENGTH_NOT_ALLOWED = 0x82,
  EXCLUSIVE_NOT_ALLOWED = 0x84,
  INVALID_FILE = 0x86,
  TOO_MANY_DESCRIPTORS = 0x88,
}

/** Transfer operations of MultipartReceive (DSP0240 1.2). */
export const enum TransferOperation {
  FIRST = 0,
  NEXT = 1,
  ABORT = 2,
  COMPLETE = 3,
  CURRENT = 4,
}

/** Transfer flags of a part. */
export const enum TransferFlag {
  START = 1,
  MIDDLE = 2,
  END = 4,
  START_AND_END = 5,
  ACKNOWLEDGE = 8,
}
