import assert from "node:assert/strict";
import {
  COMPLETION_RESPONSE,
  decode,
  encode,
  GET_ENDPOINT_ID_RESPONSE,
  GET_ENDPOINT_UUID_RESPONSE,
  GET_MCTP_VERSION_SUPPORT_RESPONSE,
  GET_MESSAGE_TYPE_SUPPORT_RESPONSE,
  GET_VENDOR_DEFINED_PCI_RESPONSE,
  type Layout,
  SET_ENDPOINT_ID_RESPONSE,
} from "../wire/layouts.ts";
import { fromHex, type MessageCase, readCases, toHex } from "../tests/vectors/vectors.ts";
import { CONTROL_VERSIONS, createControl } from "./control.ts";
import { MESSAGE_DROPS } from "./mctp/counters.ts";
import type { Protocol } from "./mctp/messages.ts";

/** A control responder alone, with the EIDs that were carried out. */
function setUp() {
  const carriedOut: string[] = [];
  const control: Protocol = createControl(
    {
      uuid: fromHex("8becee88b23740afa95b0fe57a21c3be"),
      drops: new Uint32Array(MESSAGE_DROPS.length),
      others: [],
      onEidSet: (eid, by, nowMs) => carriedOut.push(`${eid} by ${by} at ${nowMs}`),
    },
    [{ vendorId: 0xccde, commandSet: 0xf0 }, { vendorId: 0x1234, commandSet: 0x5678 }],
  );
  const message = new Uint8Array(4352);
  const ask = (hex: string, source = 9, nowMs = 0): string => {
    const request = fromHex(hex);
    message.fill(0xee).set(request);
    const n = control.onRequest!(message, request.length, new Uint8Array(64), source, 8, nowMs);
    return toHex(message.subarray(0, -n));
  };
  return { carriedOut, ask };
}

for (const one of readCases<MessageCase>("control")) {
  if (one.steps.every((step) => step.retry === undefined)) continue;
  Deno.test(`createControl() carries out once: ${one.name}`, () => {
    const { carriedOut, ask } = setUp();
    let count = 0;
    for (const step of one.steps) {
      assert.equal(
        ask(step.request, step.from ?? 9, step.atMs ?? 0),
        toHex(fromHex(step.reply ?? "")),
      );
      if (step.retry !== true) count++;
      assert.equal(carriedOut.length, count, step.request);
    }
  });
}

Deno.test("createControl() walks the vendor sets by their selector", () => {
  const { ask } = setUp();
  assert.equal(ask("00 80 06 00"), "000006000100ccde00f0");
  assert.equal(ask("00 81 06 01"), "00010600ff0012345678");
  assert.equal(ask("00 82 06 02"), "00020602");
});

Deno.test("createControl() does nothing on a failed Set Endpoint ID", () => {
  const { carriedOut, ask } = setUp();
  ask("00 80 01 00 00");
  ask("00 80 01 02 08");
  ask("00 80 01 00");
  assert.deepEqual(carriedOut, []);
});

Deno.test("createControl() writes by hand what the tables of wire/ write", () => {
  const { ask } = setUp();
  const header = (command: number) => ({ request: 0, datagram: 0, instanceId: 5, command });
  const ok = { completion: 0 };
  const same = <L extends Layout>(
    request: string,
    layout: L,
    value: Parameters<typeof encode<L>>[1],
  ) => {
    assert.equal(ask(request), toHex(encode(layout, value)));
    assert.deepEqual(decode(layout, fromHex(ask(request))), value);
  };
  const eid = { eid: 8, poolSize: 0 };
  same("00 85 01 00 08", SET_ENDPOINT_ID_RESPONSE, {
    ...header(1),
    ...ok,
    ...eid,
    assignmentStatus: 0,
    allocationStatus: 0,
  });
  same("00 85 02", GET_ENDPOINT_ID_RESPONSE, {
    ...header(2),
    ...ok,
    eid: 8,
    endpointType: 0,
    eidType: 0,
    medium: 0,
  });
  const uuid = fromHex("8becee88b23740afa95b0fe57a21c3be");
  same("00 85 03", GET_ENDPOINT_UUID_RESPONSE, { ...header(3), ...ok, uuid });
  const versions = CONTROL_VERSIONS;
  same("00 85 04 00", GET_MCTP_VERSION_SUPPORT_RESPONSE, { ...header(4), ...ok, versions });
  same("00 85 05", GET_MESSAGE_TYPE_SUPPORT_RESPONSE, { ...header(5), ...ok, types: [0] });
  same("00 85 06 00", GET_VENDOR_DEFINED_PCI_RESPONSE, {
    ...header(6),
    ...ok,
    selector: 1,
    vendorId: 0xccde,
    commandSet: 0xf0,
  });
  same("00 85 04 05", COMPLETION_RESPONSE, { ...header(4), completion: 0x80 });
});
