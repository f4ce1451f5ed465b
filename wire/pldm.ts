/**
 * PLDM messages: header, and the commands of PLDM base, of platform monitoring and control, and of file transfer.
 *
 * Offsets count from the start of the MCTP message body, so that octet 0 is the message type. All numbers are
 * little-endian. A response that carries an error ends after its completion code.
 *
 * @module
 */
import { MessageType } from "./control_numbers.ts";
import { bits, bytes, layout, rest, uint, uintLe } from "./layout.ts";

const BASE = "DSP0240 1.1.0";
const PLATFORM = "DSP0248 1.2.1";
const FILE = "DSP0242 1.0.0";

const HEADER = [
  bits("integrityCheck", 0, 7, 7, "IC", { must: 0 }),
  bits("type", 0, 6, 0, "message type", { must: MessageType.PLDM }),
  bits("request", 1, 7, 7, "Rq"),
  bits("datagram", 1, 6, 6, "D"),
  bits("reserved", 1, 5, 5, "reserved"),
  bits("instanceId", 1, 4, 0, "instance ID"),
  bits("headerVersion", 2, 7, 6, "header version", { must: 0 }),
  bits("pldmType", 2, 5, 0, "PLDM type"),
  uint("command", 3, 1, "PLDM command code"),
] as const;
const COMPLETION = uint("completion", 4, 1, "completion code");

/** Any PLDM message. */
export const PLDM_MESSAGE = layout("PLDM message", `${BASE}, PLDM message fields`, [
  ...HEADER,
  rest("data", 4, "request data; a response begins with its completion code"),
]);

/** A request without data: GetTID, GetPLDMTypes, GetPDRRepositoryInfo. */
export const PLDM_EMPTY_REQUEST = layout(
  "PLDM request without data",
  `${BASE}, PLDM message fields`,
  [...HEADER],
);

/** A response that says no more than its completion code: all errors, SetTID, SetNumericSensorEnable, DfClose. */
export const PLDM_COMPLETION = layout("PLDM completion", `${BASE}, PLDM completion codes`, [
  ...HEADER,
  COMPLETION,
]);

/** Base command 0x01. */
export const SET_TID_REQUEST = layout("SetTID request", `${BASE}, SetTID command`, [
  ...HEADER,
  uint("tid", 4, 1, "terminus ID; 0x00 and 0xFF are special", { min: 1, max: 0xfe }),
]);

/** Base command 0x02. */
export const GET_TID_RESPONSE = layout("GetTID response", `${BASE}, GetTID command`, [
  ...HEADER,
  COMPLETION,
  uint("tid", 5, 1, "terminus ID, 0 while none is assigned"),
]);

/** Base command 0x03. */
export const GET_PLDM_VERSION_REQUEST = layout(
  "GetPLDMVersion request",
  `${BASE}, GetPLDMVersion command`,
  [
    ...HEADER,
    uintLe("handle", 4, 4, "data transfer handle, 0 with the first part"),
    uint("operation", 8, 1, "0 next part, 1 first part"),
    uint("queriedType", 9, 1, "PLDM type that is asked about"),
  ],
);

/** Base command 0x03, with one version. */
export const GET_PLDM_VERSION_RESPONSE = layout(
  "GetPLDMVersion response",
  `${BASE}, GetPLDMVersion command`,
  [
    ...HEADER,
    COMPLETION,
    uintLe("nextHandle", 5, 4, "handle of the next part"),
    uint("flag", 9, 1, "1 start, 2 middle, 4 end, 5 start and end"),
    uintLe("version", 10, 4, "version, as in 0xF1F1F000"),
    uintLe("checksum", 14, 4, "CRC-32 of the versions"),
  ],
);

/** Base command 0x04. */
export const GET_PLDM_TYPES_RESPONSE = layout(
  "GetPLDMTypes response",
  `${BASE}, GetPLDMTypes command`,
  [...HEADER, COMPLETION, bytes("types", 5, 8, "a bit for each type, type 0 in bit 0 of octet 0")],
);

/** Base command 0x05. */
export const GET_PLDM_COMMANDS_REQUEST = layout(
  "GetPLDMCommands request",
  `${BASE}, GetPLDMCommands command`,
  [
    ...HEADER,
    uint("queriedType", 4, 1, "PLDM type that is asked about"),
    uintLe("version", 5, 4, "version of that type"),
  ],
);

/** Base command 0x05. */
export const GET_PLDM_COMMANDS_RESPONSE = layout(
  "GetPLDMCommands response",
  `${BASE}, GetPLDMCommands command`,
  [...HEADER, COMPLETION, bytes("commands", 5, 32, "a bit for each command")],
);

/** Base command 0x07. */
export const NEGOTIATE_TRANSFER_REQUEST = layout(
  "NegotiateTransferParameters request",
  `${BASE}, NegotiateTransferParameters command`,
  [
    ...HEADER,
    uintLe("partSize", 4, 2, "largest part of the requester: a power of two", { min: 256 }),
    bytes("types", 6, 8, "types that the requester transfers in parts"),
  ],
);

/** Base command 0x07. */
export const NEGOTIATE_TRANSFER_RESPONSE = layout(
  "NegotiateTransferParameters response",
  `${BASE}, NegotiateTransferParameters command`,
  [
    ...HEADER,
    COMPLETION,
    uintLe("partSize", 5, 2, "part size from now on"),
    bytes("types", 7, 8, "types that both transfer in parts"),
  ],
);

/** Base command 0x09. */
export const MULTIPART_RECEIVE_REQUEST = layout(
  "MultipartReceive request",
  `${BASE}, MultipartReceive command`,
  [
    ...HEADER,
    uint("transferType", 4, 1, "PLDM type of what is transferred"),
    uint("operation", 5, 1, "0 first part, 1 next, 2 abort, 3 complete, 4 current", { max: 4 }),
    uintLe("context", 6, 4, "transfer context; of a file its descriptor"),
    uintLe("handle", 10, 4, "data transfer handle, as the part before gave it"),
    uintLe("offset", 14, 4, "where the section begins; with the first part"),
    uintLe("length", 18, 4, "octets of the section; with the first part"),
  ],
);

/** Base command 0x09: the octets, and CRC-32 of all so far behind them. */
export const MULTIPART_RECEIVE_RESPONSE = layout(
  "MultipartReceive response",
  `${BASE}, MultipartReceive command`,
  [
    ...HEADER,
    COMPLETION,
    uint("flag", 5, 1, "1 start, 2 middle, 4 end, 5 start and end, 8 acknowledge"),
    uintLe("nextHandle", 6, 4, "handle of the next part"),
    uintLe("length", 10, 4, "octets of this part"),
    rest("data", 14, "the part; then CRC-32 of the section up to here"),
  ],
);

/** Platform command 0x10. */
export const SET_NUMERIC_SENSOR_ENABLE_REQUEST = layout(
  "SetNumericSensorEnable request",
  `${PLATFORM}, SetNumericSensorEnable command`,
  [
    ...HEADER,
    uintLe("sensor", 4, 2, "sensor ID"),
    uint("operationalState", 6, 1, "0 enabled, 1 disabled, 2 unavailable", { max: 2 }),
    uint("events", 7, 1, "0 as it is, 1 off, 2 on, 3 operational only, 4 state only", { max: 4 }),
  ],
);

/** Platform command 0x11. */
export const GET_SENSOR_READING_REQUEST = layout(
  "GetSensorReading request",
  `${PLATFORM}, GetSensorReading command`,
  [...HEADER, uintLe("sensor", 4, 2, "sensor ID"), uint("rearm", 6, 1, "not 0: rearm events")],
);

/** Platform command 0x11, of a sensor of 16 bits. */
export const GET_SENSOR_READING_RESPONSE = layout(
  "GetSensorReading response of 16 bits",
  `${PLATFORM}, GetSensorReading command`,
  [
    ...HEADER,
    COMPLETION,
    uint("size", 5, 1, "2 unsigned, 3 signed", { min: 2, max: 3 }),
    uint("operationalState", 6, 1, "0 enabled, 1 disabled, 2 unavailable, to 7"),
    uint("events", 7, 1, "0 none are generated, 1 off, 2 on, 3 and 4 in part"),
    uint("presentState", 8, 1, "0 unknown, 1 normal, 8 upper warning, 9 upper critical"),
    uint("previousState", 9, 1, "state before the present one"),
    uint("eventState", 10, 1, "state of the last event"),
    uintLe("reading", 11, 2, "present reading"),
  ],
);

/** Platform command 0x12. */
export const GET_SENSOR_THRESHOLDS_REQUEST = layout(
  "GetSensorThresholds request",
  `${PLATFORM}, GetSensorThresholds command`,
  [...HEADER, uintLe("sensor", 4, 2, "sensor ID")],
);

/** Platform command 0x12, of a sensor of 16 bits. */
export const GET_SENSOR_THRESHOLDS_RESPONSE = layout(
  "GetSensorThresholds response of 16 bits",
  `${PLATFORM}, GetSensorThresholds command`,
  [
    ...HEADER,
    COMPLETION,
    uint("size", 5, 1, "2 unsigned, 3 signed", { min: 2, max: 3 }),
    uintLe("upperWarning", 6, 2, "upper warning threshold"),
    uintLe("upperCritical", 8, 2, "upper critical threshold"),
    uintLe("upperFatal", 10, 2, "upper fatal threshold"),
    uintLe("lowerWarning", 12, 2, "lower warning threshold"),
    uintLe("lowerCritical", 14, 2, "lower critical threshold"),
    uintLe("lowerFatal", 16, 2, "lower fatal threshold"),
  ],
);

/** Platform command 0x50. */
export const GET_PDR_REPOSITORY_INFO_RESPONSE = layout(
  "GetPDRRepositoryInfo response",
  `${PLATFORM}, GetPDRRepositoryInfo command`,
  [
    ...HEADER,
    COMPLETION,
    uint("state", 5, 1, "0 available, 1 update in progress, 2 failed"),
    bytes("updateTime", 6, 13, "timestamp104"),
    bytes("oemUpdateTime", 19, 13, "timestamp104"),
    uintLe("recordCount", 32, 4, "records"),
    uintLe("repositorySize", 36, 4, "octets of all records"),
    uintLe("largestRecord", 40, 4, "octets of the largest record"),
    uint("handleTimeout", 44, 1, "0: transfer handles do not expire"),
  ],
);

/** Platform command 0x51. */
export const GET_PDR_REQUEST = layout("GetPDR request", `${PLATFORM}, GetPDR command`, [
  ...HEADER,
  uintLe("record", 4, 4, "record handle, 0 for the first"),
  uintLe("handle", 8, 4, "data transfer handle, 0 with the first part"),
  uint("operation", 12, 1, "0 next part, 1 first part", { max: 1 }),
  uintLe("count", 13, 2, "octets wanted at most", { min: 1 }),
  uintLe("change", 15, 2, "record change number, 0 with the first part"),
]);

/** Platform command 0x51; flags are numbered otherwise than in PLDM base. */
export const GET_PDR_RESPONSE = layout("GetPDR response", `${PLATFORM}, GetPDR command`, [
  ...HEADER,
  COMPLETION,
  uintLe("nextRecord", 5, 4, "handle of the next record, 0 behind the last"),
  uintLe("nextHandle", 9, 4, "handle of the next part"),
  uint("flag", 13, 1, "0 start, 1 middle, 4 end, 5 start and end"),
  uintLe("count", 14, 2, "octets of the record that follow"),
  rest("data", 16, "the part; behind an end part CRC-8 of the record"),
]);

/** Any Platform Descriptor Record; offsets count from its own start. */
export const PDR = layout("PDR", `${PLATFORM}, common PDR format`, [
  uintLe("record", 0, 4, "record handle"),
  uint("version", 4, 1, "header version", { must: 1 }),
  uint("type", 5, 1, "1 terminus locator, 2 numeric sensor, 6 auxiliary names, 30 file descriptor"),
  uintLe("change", 6, 2, "record change number"),
  uintLe("length", 8, 2, "octets of data"),
  rest("data", 10, "record data"),
]);

/** File command 0x01. */
export const DF_OPEN_REQUEST = layout("DfOpen request", `${FILE}, DfOpen command`, [
  ...HEADER,
  uintLe("file", 4, 2, "file identifier, as its PDR tells it"),
  bits("reserved", 6, 7, 4, "reserved"),
  bits("pushed", 6, 3, 3, "0 polled, 1 pushed"),
  bits("fifo", 6, 2, 2, "0 regular, 1 serial FIFO"),
  bits("exclusive", 6, 1, 1, "exclusive ownership"),
  bits("write", 6, 0, 0, "0 read, 1 write"),
  bits("reserved", 7, 7, 0, "reserved"),
]);

/** File command 0x01. */
export const DF_OPEN_RESPONSE = layout("DfOpen response", `${FILE}, DfOpen command`, [
  ...HEADER,
  COMPLETION,
  uintLe("descriptor", 5, 2, "file descriptor"),
]);

/** File command 0x02. */
export const DF_CLOSE_REQUEST = layout("DfClose request", `${FILE}, DfClose command`, [
  ...HEADER,
  uintLe("descriptor", 4, 2, "file descriptor"),
  bits("reserved", 6, 7, 1, "reserved"),
  bits("zeroLength", 6, 0, 0, "set the file's length to 0"),
  bits("reserved", 7, 7, 0, "reserved"),
]);

/** File command 0x03. */
export const DF_HEARTBEAT_REQUEST = layout("DfHeartbeat request", `${FILE}, DfHeartbeat command`, [
  ...HEADER,
  uintLe("descriptor", 4, 2, "file descriptor"),
  uintLe("intervalMs", 6, 4, "longest time between the requester's messages"),
]);

/** File command 0x03. */
export const DF_HEARTBEAT_RESPONSE = layout(
  "DfHeartbeat response",
  `${FILE}, DfHeartbeat command`,
  [...HEADER, COMPLETION, uintLe("intervalMs", 5, 4, "after how long a file is closed")],
);

/** File command 0x10. */
export const DF_PROPERTIES_REQUEST = layout(
  "DfProperties request",
  `${FILE}, DfProperties command`,
  [...HEADER, uintLe("property", 4, 4, "1 mediums at a time, 2 file descriptors")],
);

/** File command 0x10. */
export const DF_PROPERTIES_RESPONSE = layout(
  "DfProperties response",
  `${FILE}, DfProperties command`,
  [...HEADER, COMPLETION, uintLe("value", 5, 4, "value of the property")],
);
