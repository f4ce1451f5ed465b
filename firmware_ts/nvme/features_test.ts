import assert from "node:assert/strict";
import { AdminHost } from "../../tests/support/admin_host.ts";
import { signed } from "../../tests/support/mi_host.ts";

const failed = (status: number) => 0x6000 | status;
const CURRENT = 0;
const DEFAULT = 1;
const SAVED = 2;
const SUPPORTED = 3;

class FeatureHost extends AdminHost {
  get(id: number, select = CURRENT, fields = {}) {
    return this.ask({ opcode: 0x0a, cdw10: id | select << 8, ...fields });
  }
  set(id: number, cdw11: number, fields = {}) {
    return this.ask({ opcode: 0x09, cdw10: id, cdw11, ...fields });
  }
}

Deno.test("Features keep a value for each controller; default and saved stay", () => {
  const host = new FeatureHost();
  assert.equal(host.get(0x08).dw0, 0);
  assert.equal(host.set(0x08, 0x1234, { controller: 1 }).cqe, 0);
  assert.equal(host.get(0x08).dw0, 0);
  assert.equal(host.get(0x08, CURRENT, { controller: 1 }).dw0, 0x1234);
  assert.equal(host.get(0x08, DEFAULT, { controller: 1 }).dw0, 0);
  assert.equal(host.get(0x08, SAVED, { controller: 1 }).dw0, 0);
  assert.equal(host.get(0x08, SUPPORTED).dw0, 4, "changeable, not saveable");
});

Deno.test("Features refuse what the standard refuses", () => {
  const host = new FeatureHost();
  assert.equal(host.get(0x06).cqe, failed(0x002), "no volatile write cache");
  assert.equal(host.get(0x0d).cqe, failed(0x002), "no host memory buffer");
  assert.equal(host.get(0x01, 4).cqe, failed(0x002), "select");
  assert.equal(host.set(0x06, 1).cqe, failed(0x002));
  assert.equal(host.set(0x01 | 0x80000000, 0).cqe, failed(0x10d), "not saveable");
  assert.equal(host.set(0x01, 0, { nsid: 1 }).cqe, failed(0x10f), "not of a namespace");
  assert.equal(host.set(0x02, 3).cqe, failed(0x002), "three power states");
  assert.equal(host.set(0x07, 0xffff).cqe, failed(0x002));
  assert.equal(host.set(0x09, 16).cqe, failed(0x002), "sixteen vectors");
  assert.equal(host.set(0x01, 0, { data: new Uint8Array(4) }).status, 6);
  assert.equal(host.set(0x0e, 0).status, 6, "no data");
});

Deno.test("Power Management takes the states that there are, and the workload hint", () => {
  const host = new FeatureHost();
  assert.equal(host.set(0x02, 0x42).cqe, 0);
  assert.equal(host.get(0x02).dw0, 0x42);
  const { data, view } = host.identify(0x01);
  assert.equal(data[263], 2, "NPSS");
  assert.deepEqual([0, 1, 2].map((i) => view.getUint16(2048 + 32 * i, true)), [900, 600, 400]);
});

Deno.test("Interrupt Vector Configuration has a bit for each vector", () => {
  const host = new FeatureHost();
  host.set(0x09, 0x1000f);
  assert.equal(host.get(0x09, CURRENT, { cdw11: 15 }).dw0, 0x1000f);
  assert.equal(host.get(0x09, CURRENT, { cdw11: 14 }).dw0, 14);
  host.set(0x09, 0x0000f);
  assert.equal(host.get(0x09, CURRENT, { cdw11: 15 }).dw0, 15);
});

Deno.test("Error Recovery is a namespace's", () => {
  const host = new FeatureHost();
  assert.equal(host.get(0x05, SUPPORTED).dw0, 6);
  assert.equal(host.set(0x05, 7, { nsid: 0xffffffff }).cqe, 0);
  assert.equal(host.set(0x05, 9, { nsid: 1 }).cqe, 0);
  assert.equal(host.get(0x05, CURRENT, { nsid: 1 }).dw0, 9);
  assert.equal(host.set(0x05, 5, { nsid: 0xffffffff }).cqe, 0);
  assert.equal(host.get(0x05, CURRENT, { nsid: 1 }).dw0, 5);
  assert.equal(host.get(0x05).cqe, failed(0x00b));
  assert.equal(host.get(0x05, CURRENT, { nsid: 17 }).cqe, failed(0x00b), "above NN");
  assert.equal(host.get(0x05, CURRENT, { nsid: 2 }).cqe, failed(0x002), "inactive");
  assert.equal(host.set(0x05, 0x10000, { nsid: 1 }).cqe, failed(0x002), "DULBE");
});

Deno.test("Timestamp runs on from what the host set, and says where it is from", () => {
  const host = new FeatureHost();
  host.port.at(5000);
  const stamp = () => {
    const { data, view } = host.get(0x0e, CURRENT, { length: 8 });
    return [view.getUint32(0, true) + view.getUint16(4, true) * 2 ** 32, data[6]];
  };
  assert.deepEqual(stamp(), [5000, 0]);
  const data = Uint8Array.of(0x00, 0x68, 0xe5, 0xcf, 0x8b, 0x01, 0, 0);
  assert.equal(host.set(0x0e, 0, { data }).cqe, 0);
  host.port.at(6500);
  assert.deepEqual(stamp(), [0x018bcfe56800 + 1500, 2]);
});

Deno.test("temperature thresholds warn when the tightest of any controller is passed", () => {
  const host = new FeatureHost();
  const warning = () => host.log(0x02, 4).data[0] & 2;
  assert.equal(host.get(0x04).dw0, 343, "70 °C");
  assert.equal(host.get(0x04, CURRENT, { cdw11: 1 << 20 }).dw0, 0, "none under");
  assert.equal(host.get(0x04, CURRENT, { cdw11: 1 << 16 }).dw0, 0xffff, "sensor 1");
  assert.equal(warning(), 0);
  host.set(0x04, 308, { controller: 1 });
  assert.equal(warning(), 2, "35 °C reaches it");
  assert.equal(host.get(0x04).dw0, 343, "controller 0 keeps its own");
  host.set(0x04, 309, { controller: 1 });
  assert.equal(warning(), 0);
  host.set(0x04, 1 << 20 | 1 << 16 | 308);
  assert.equal(warning(), 2, "sensor 1 is at its lower one");
  host.set(0x04, 1 << 20 | 15 << 16 | 100);
  assert.equal(warning(), 0, "all sensors at once");
  assert.equal(host.set(0x04, 2 << 16).cqe, failed(0x002), "no sensor 2");
  assert.equal(host.set(0x04, 2 << 20).cqe, failed(0x002), "reserved type");
});

Deno.test("log 0x12 lists exactly the features that answer", () => {
  const host = new FeatureHost();
  const { data } = host.log(0x12, 1024);
  for (let id = 0; id < 256; id++) {
    const answered = host.get(id, SUPPORTED).cqe === 0;
    assert.equal(data[4 * id] & 1, answered ? 1 : 0, `feature ${id}`);
  }
});

Deno.test("a reset of the subsystem brings the defaults back", () => {
  const host = new FeatureHost();
  host.set(0x08, 0x1234);
  host.set(0x04, 300);
  assert.equal(host.log(0x02, 4).data[0] & 2, 2);
  host.set(0x0e, 0, { data: new Uint8Array(8) });
  const reset = signed(Uint8Array.of(0x84, 0x08, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  host.port.message(9, 0, 8, reset);
  assert.equal(host.get(0x08).dw0, 0);
  assert.equal(host.get(0x04).dw0, 343);
  assert.equal(host.log(0x02, 4).data[0] & 2, 0);
  assert.equal(host.get(0x0e, CURRENT, { length: 8 }).data[6], 0);
});
