import assert from "node:assert/strict";
import {
  decode,
  encode,
  type Layout,
  PDR,
  PLDM_COMPLETION,
  PLDM_MESSAGE,
  DF_CLOSE_REQUEST,
  DF_HEARTBEAT_REQUEST,
  DF_HEARTBEAT_RESPONSE,
  DF_OPEN_REQUEST,
  DF_OPEN_RESPONSE,
  DF_PROPERTIES_REQUEST,
  DF_PROPERTIES_RESPONSE,
  GET_PDR_REPOSITORY_INFO_RESPONSE,
  GET_PDR_REQUEST,
  GET_PDR_RESPONSE,
  GET_PLDM_COMMANDS_REQUEST,
  GET_PLDM_COMMANDS_RESPONSE,
  GET_PLDM_TYPES_RESPONSE,
  GET_PLDM_VERSION_REQUEST,
  GET_PLDM_VERSION_RESPONSE,
  GET_SENSOR_READING_REQUEST,
  GET_SENSOR_READING_RESPONSE,
  GET_SENSOR_THRESHOLDS_REQUEST,
  GET_SENSOR_THRESHOLDS_RESPONSE,
  GET_TID_RESPONSE,
  MULTIPART_RECEIVE_REQUEST,
  MULTIPART_RECEIVE_RESPONSE,
  NEGOTIATE_TRANSFER_REQUEST,
  NEGOTIATE_TRANSFER_RESPONSE,
  PLDM_EMPTY_REQUEST,
  SET_NUMERIC_SENSOR_ENABLE_REQUEST,
  SET_TID_REQUEST,
} from "../../wire/layouts.ts";
import { fromHex, type MessageCase, readCases, toHex } from "./vectors.ts";

/**
 * The layouts of each command as built, by `type/command`: request, and response with success.
 * DfRead has none of its own: it goes as MultipartReceive.
 */
const PLDM_COMMANDS: Readonly<Record<string, readonly [Layout, Layout]>> = {
  "0/01": [SET_TID_REQUEST, PLDM_COMPLETION],
  "0/02": [PLDM_EMPTY_REQUEST, GET_TID_RESPONSE],
  "0/03": [GET_PLDM_VERSION_REQUEST, GET_PLDM_VERSION_RESPONSE],
  "0/04": [PLDM_EMPTY_REQUEST, GET_PLDM_TYPES_RESPONSE],
  "0/05": [GET_PLDM_COMMANDS_REQUEST, GET_PLDM_COMMANDS_RESPONSE],
  "0/07": [NEGOTIATE_TRANSFER_REQUEST, NEGOTIATE_TRANSFER_RESPONSE],
  "0/09": [MULTIPART_RECEIVE_REQUEST, MULTIPART_RECEIVE_RESPONSE],
  "2/10": [SET_NUMERIC_SENSOR_ENABLE_REQUEST, PLDM_COMPLETION],
  "2/11": [GET_SENSOR_READING_REQUEST, GET_SENSOR_READING_RESPONSE],
  "2/12": [GET_SENSOR_THRESHOLDS_REQUEST, GET_SENSOR_THRESHOLDS_RESPONSE],
  "2/50": [PLDM_EMPTY_REQUEST, GET_PDR_REPOSITORY_INFO_RESPONSE],
  "2/51": [GET_PDR_REQUEST, GET_PDR_RESPONSE],
  "7/01": [DF_OPEN_REQUEST, DF_OPEN_RESPONSE],
  "7/02": [DF_CLOSE_REQUEST, PLDM_COMPLETION],
  "7/03": [DF_HEARTBEAT_REQUEST, DF_HEARTBEAT_RESPONSE],
  "7/10": [DF_PROPERTIES_REQUEST, DF_PROPERTIES_RESPONSE],
};

const STEPS = readCases<MessageCase>("pldm").flatMap(({ steps }) => steps)
  .flatMap(({ request, reply }) =>
    reply === null ? [] : [{ request: fromHex(request), reply: fromHex(reply) }]
  );

function same(layout: Layout, octets: Uint8Array): void {
  assert.equal(toHex(encode(layout, decode(layout, octets))), toHex(octets), layout.title);
}

Deno.test("wire/pldm.ts reads every vector that succeeds, and writes the same octets", () => {
  const seen = new Set<string>();
  for (const { request, reply } of STEPS) {
    if (request[2] < 0x40) same(PLDM_MESSAGE, request);
    if (reply[4] !== 0) continue;
    const name = `${reply[2]}/${toHex(reply.subarray(3, 4))}`;
    const layouts = PLDM_COMMANDS[name];
    assert.ok(layouts, `${name} has layouts`);
    // DMTF's validator has a file descriptor before the property.
    if (name !== "7/10" || request.length === 8) same(layouts[0], request);
    same(layouts[1], reply);
    seen.add(name);
  }
  assert.deepEqual([...seen].sort(), Object.keys(PLDM_COMMANDS).sort());
});

Deno.test("wire/pldm.ts reads every vector that fails as a completion code alone", () => {
  const failed = STEPS.filter(({ reply }) => reply[4] !== 0 && reply[2] < 0x40);
  assert.ok(failed.length > 40);
  for (const { reply } of failed) same(PLDM_COMPLETION, reply);
});

Deno.test("PDR reads every record that the vectors give whole", () => {
  let records = 0;
  for (const { reply } of STEPS) {
    if (reply[2] !== 2 || reply[3] !== 0x51 || reply[4] !== 0 || reply[13] !== 5) continue;
    const { length, data } = decode(PDR, reply.subarray(16));
    assert.equal(data.length, length);
    records++;
  }
  assert.ok(records >= 8);
});
