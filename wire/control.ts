/**
 * MCTP control messages: header, and the commands 0x01 to 0x06.
 *
 * Offsets count from the start of the message body, so that octet 0 is the integrity check bit and the
 * message type. A response that carries an error ends after its completion code.
 *
 * @module
 */
import { MessageType } from "./control_numbers.ts";
import { bits, bytes, layout, list, rest, uint } from "./layout.ts";

const HEADER = [
  bits("integrityCheck", 0, 7, 7, "IC", { must: 0 }),
  bits("type", 0, 6, 0, "message type", { must: MessageType.CONTROL }),
  bits("request", 1, 7, 7, "Rq"),
  bits("datagram", 1, 6, 6, "D"),
  bits("reserved", 1, 5, 5, "reserved"),
  bits("instanceId", 1, 4, 0, "instance ID"),
  uint("command", 2, 1, "command code"),
] as const;
const COMPLETION = uint("completion", 3, 1, "completion code");

/** Any control message. */
export const CONTROL_MESSAGE = layout(
  "MCTP control message",
  "DSP0236 1.3.1, MCTP control message format",
  [...HEADER, rest("data", 3, "command data; a response begins with its completion code")],
);

/** Any response that says no more than its completion code; errors are all like this. */
export const COMPLETION_RESPONSE = layout(
  "MCTP control completion",
  "DSP0236 1.3.1, MCTP control message format",
  [...HEADER, COMPLETION],
);

/** Commands 0x02, 0x03 and 0x05 have no request data. */
export const EMPTY_REQUEST = layout(
  "MCTP control request without data",
  "DSP0236 1.3.1, MCTP control message format",
  [...HEADER],
);

/** Command 0x01. */
export const SET_ENDPOINT_ID_REQUEST = layout(
  "Set Endpoint ID request",
  "DSP0236 1.3.1, Set Endpoint ID",
  [
    ...HEADER,
    bits("reserved", 3, 7, 2, "reserved"),
    bits("operation", 3, 1, 0, "0 set, 1 force, 2 reset, 3 set discovered flag"),
    uint("eid", 4, 1, "endpoint ID"),
  ],
);

/** Command 0x01. */
export const SET_ENDPOINT_ID_RESPONSE = layout(
  "Set Endpoint ID response",
  "DSP0236 1.3.1, Set Endpoint ID",
  [
    ...HEADER,
    COMPLETION,
    bits("reserved", 4, 7, 6, "reserved"),
    bits("assignmentStatus", 4, 5, 4, "0 accepted, 1 rejected"),
    bits("reserved", 4, 3, 2, "reserved"),
    bits("allocationStatus", 4, 1, 0, "0 no EID pool, 1 pool required, 2 pool already there"),
    uint("eid", 5, 1, "EID setting"),
    uint("poolSize", 6, 1, "EID pool size"),
  ],
);

/** Command 0x02. */
export const GET_ENDPOINT_ID_RESPONSE = layout(
  "Get Endpoint ID response",
  "DSP0236 1.3.1, Get Endpoint ID",
  [
    ...HEADER,
    COMPLETION,
    uint("eid", 4, 1, "endpoint ID, 0 when none is assigned"),
    bits("reserved", 5, 7, 6, "reserved"),
    bits("endpointType", 5, 5, 4, "0 simple endpoint, 1 bus owner or bridge"),
    bits("reserved", 5, 3, 2, "reserved"),
    bits("eidType", 5, 1, 0, "0 dynamic, 1 static supported, 2 static in use, 3 static not in use"),
    uint("medium", 6, 1, "medium-specific information"),
  ],
);

/** Command 0x03. */
export const GET_ENDPOINT_UUID_RESPONSE = layout(
  "Get Endpoint UUID response",
  "DSP0236 1.3.1, Get Endpoint UUID",
  [...HEADER, COMPLETION, bytes("uuid", 4, 16, "UUID in RFC 4122 order")],
);

/** Command 0x04. */
export const GET_MCTP_VERSION_SUPPORT_REQUEST = layout(
  "Get MCTP Version Support request",
  "DSP0236 1.3.1, Get MCTP version support",
  [...HEADER, uint("messageType", 3, 1, "message type, 0xFF for the base specification")],
);

/** Command 0x04. */
export const GET_MCTP_VERSION_SUPPORT_RESPONSE = layout(
  "Get MCTP Version Support response",
  "DSP0236 1.3.1, Get MCTP version support",
  [...HEADER, COMPLETION, list("versions", 4, 4, "versions, oldest first")],
);

/** Command 0x05. */
export const GET_MESSAGE_TYPE_SUPPORT_RESPONSE = layout(
  "Get Message Type Support response",
  "DSP0236 1.3.1, Get Message Type Support",
  [...HEADER, COMPLETION, list("types", 4, 1, "message types")],
);

/** Command 0x06. */
export const GET_VENDOR_DEFINED_REQUEST = layout(
  "Get Vendor Defined Message Support request",
  "DSP0236 1.3.1, Get Vendor Defined Message Support",
  [...HEADER, uint("selector", 3, 1, "vendor ID set selector, from 0")],
);

/** Command 0x06, with the vendor ID in the PCI format. */
export const GET_VENDOR_DEFINED_PCI_RESPONSE = layout(
  "Get Vendor Defined Message Support response (PCI)",
  "DSP0236 1.3.1, Get Vendor Defined Message Support",
  [
    ...HEADER,
    COMPLETION,
    uint("selector", 4, 1, "next selector, 0xFF when this is the last"),
    uint("format", 5, 1, "vendor ID format: PCI", { must: 0 }),
    uint("vendorId", 6, 2, "PCI vendor ID"),
    uint("commandSet", 8, 2, "command set type or version, the vendor's own"),
  ],
);
