import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  ADMIN_REQUEST,
  ADMIN_RESPONSE,
  decode,
  encode,
  ERROR_ENTRY,
  FIRMWARE_LOG,
  IDENTIFY_CONTROLLER,
  IDENTIFY_NAMESPACE,
  type Layout,
  NAMESPACE_DESCRIPTOR,
  PERSISTENT_EVENT,
  PERSISTENT_EVENT_LOG,
  POWER_STATE_DESCRIPTOR,
  SANITIZE_LOG,
  SELF_TEST_LOG,
  SELF_TEST_RESULT,
  SMART_LOG,
  TELEMETRY_LOG,
  type ValueOf,
} from "../../wire/layouts.ts";
import { AdminHost, newNamespace } from "../support/admin_host.ts";
import { fromHex, type MessageCase, readCases, toHex } from "./vectors.ts";

const LAYOUTS: Readonly<Record<string, Layout>> = {
  IDENTIFY_CONTROLLER,
  POWER_STATE_DESCRIPTOR,
  IDENTIFY_NAMESPACE,
  NAMESPACE_DESCRIPTOR,
  SMART_LOG,
  ERROR_ENTRY,
  FIRMWARE_LOG,
  SELF_TEST_RESULT,
  SELF_TEST_LOG,
  TELEMETRY_LOG,
  PERSISTENT_EVENT_LOG,
  PERSISTENT_EVENT,
  SANITIZE_LOG,
};
const ascii = (octets: Uint8Array) => String.fromCharCode(...octets).trimEnd();

Deno.test("NVMe layouts have their fields where libnvme has them", () => {
  const text = readFileSync(new URL("nvme_offsets.json", import.meta.url), "utf8");
  const { offsets } = JSON.parse(text) as { offsets: Record<string, [string, number][]> };
  assert.deepEqual(Object.keys(offsets), Object.keys(LAYOUTS));
  let compared = 0;
  for (const [name, fields] of Object.entries(offsets)) {
    for (const [field, at] of fields) {
      const row = LAYOUTS[name].fields.find((one) => one.name === field);
      assert.equal(row?.at, at, `${name}.${field}`);
      compared++;
    }
  }
  assert.ok(compared > 170, `${compared} fields`);
});

Deno.test("every Admin vector decodes as its layout, and encodes again", () => {
  for (const { name, steps } of readCases<MessageCase>("nvme_admin")) {
    for (const step of steps) {
      const request = fromHex(step.request).slice(0, -4);
      if (request.length >= ADMIN_REQUEST.size) {
        const value = decode(ADMIN_REQUEST, request);
        assert.equal(toHex(encode(ADMIN_REQUEST, value)), toHex(request), name);
      }
      const reply = fromHex(step.reply ?? assert.fail(name)).slice(0, -4);
      if (reply[4] !== 0) continue;
      assert.equal(toHex(encode(ADMIN_RESPONSE, decode(ADMIN_RESPONSE, reply))), toHex(reply), name);
    }
  }
});

/** Decodes what a structure begins with; what is behind its last field is reserved. */
function read<L extends Layout>(layout: L, octets: Uint8Array): ValueOf<L> {
  return decode(layout, layout.open ? octets : octets.slice(0, layout.size));
}

Deno.test("the device's structures read by the layouts", () => {
  const host = new AdminHost();
  const { data } = host.identify(0x01);
  const controller = read(IDENTIFY_CONTROLLER, data);
  assert.equal(controller.vid, 0xccde);
  assert.equal(ascii(controller.sn), "8becee88b237");
  assert.equal(controller.ieee, 0xacde48);
  assert.deepEqual([controller.ver, controller.nn, controller.mnan], [0x20000, 16, 16]);
  assert.deepEqual([controller.wctemp, controller.cctemp], [343, 353]);
  const states = [0, 1, 2].map((i) => read(POWER_STATE_DESCRIPTOR, data.slice(2048 + 32 * i, 2080 + 32 * i)));
  assert.deepEqual(states.map(({ mp, rrl }) => [mp, rrl]), [[900, 0], [600, 1], [400, 2]]);

  const namespace = read(IDENTIFY_NAMESPACE, host.identify(0x00, { nsid: 1 }).data);
  assert.deepEqual([namespace.nsze, namespace.ncap, namespace.nuse], [19531250000n, 19531250000n, 0n]);
  assert.deepEqual([namespace.lbaf0, namespace.lbaf1], [9 << 16, 12 << 16]);
  const descriptor = read(NAMESPACE_DESCRIPTOR, host.identify(0x03, { nsid: 1 }).data);
  assert.deepEqual([descriptor.nidt, descriptor.nidl], [3, 16]);

  const smart = read(SMART_LOG, host.log(0x02, 512).data);
  assert.deepEqual([smart.cw, smart.ctemp, smart.avsp, smart.pused], [0, 308, 100, 3]);
  assert.deepEqual([smart.pwrc[0], smart.poh[0] | smart.poh[1] << 8], [41, 1200]);
  assert.equal(smart.tempSensors[0] | smart.tempSensors[1] << 8, 308);

  host.identify(0xee);
  const error = read(ERROR_ENTRY, host.log(0x01, 64).data);
  assert.deepEqual([error.errorCount, error.status >> 1, error.location], [1n, 0x6002, 40]);

  host.ask({ opcode: 0x14, cdw10: 1 });
  host.ask({ opcode: 0x14, cdw10: 15 });
  const tests = read(SELF_TEST_LOG, host.log(0x06, 564).data);
  const result = read(SELF_TEST_RESULT, tests.results.slice(0, 28));
  assert.deepEqual([tests.operation, result.dsts, result.poh], [0, 0x11, 1200n]);

  host.ask({ opcode: 0x0d, data: newNamespace(1000) });
  const events = host.log(0x0d, 1024, { specific: 1 }).data;
  const header = read(PERSISTENT_EVENT_LOG, events);
  assert.deepEqual([header.tnev, header.lhl, header.tll], [1, 492, 584n]);
  const event = read(PERSISTENT_EVENT, events.slice(512, 584));
  assert.deepEqual([event.etype, event.ehl, event.el, event.data[0]], [6, 21, 48, 0]);

  assert.equal(ascii(read(FIRMWARE_LOG, host.log(0x03, 512).data).frs.slice(0, 8)), "0.1.0");
  assert.equal(read(TELEMETRY_LOG, host.log(0x07, 512, { specific: 1 }).data).hidgn, 1);
  assert.equal(read(SANITIZE_LOG, host.log(0x81, 512).data).sprog, 0xffff);
});
