import assert from "node:assert/strict";
import { AdminHost, controllerList, newNamespace } from "../../tests/support/admin_host.ts";
import { signed } from "../../tests/support/mi_host.ts";
import { defineDevice } from "../device/device.ts";

const failed = (status: number) => 0x6000 | status;
const ALL = 0xffffffff;
const IN_PROGRESS = failed(0x01d);
const FAILED = failed(0x01c);

/** Ten seconds of sanitize (to a pass), three of format, short self-test of ten, extended of sixty. */
class MaintenanceHost extends AdminHost {
  constructor() {
    super(defineDevice({ namespaces: [{ blocks: 1000, usedBlocks: 500, attachedTo: "all" }] }));
  }
  sanitize(cdw10: number) {
    return this.ask({ opcode: 0x84, cdw10 }).cqe;
  }
  /** Progress, status and what was asked, of log 0x81. */
  sanitized(): [number, number, number] {
    const { view } = this.log(0x81, 512);
    return [view.getUint16(0, true), view.getUint16(2, true), view.getUint32(4, true)];
  }
  selfTest(code: number, nsid = 0) {
    return this.ask({ opcode: 0x14, cdw10: code, nsid }).cqe;
  }
  /** What is under way, percent, and first octets of the results that are there. */
  selfTests(): number[] {
    const { data } = this.log(0x06, 564);
    const results = [...Array(20).keys()].map((i) => data[4 + 28 * i]);
    return [data[0], data[1], ...results.filter((one) => one !== 0x0f)];
  }
  used(): bigint {
    return this.identify(0x00, { nsid: 1 }).view.getBigUint64(16, true);
  }
  format(nsid: number, cdw10: number): Uint8Array {
    return this.send({ opcode: 0x80, nsid, cdw10 });
  }
}

Deno.test("Sanitize runs its time, tells its progress, and leaves nothing in use", () => {
  const host = new MaintenanceHost();
  assert.deepEqual(host.sanitized(), [0xffff, 0, 0]);
  assert.equal(host.sanitize(2), 0);
  assert.deepEqual(host.sanitized(), [0, 2, 2]);
  host.port.at(2500);
  assert.deepEqual(host.sanitized(), [0x4000, 2, 2]);
  assert.equal(host.used(), 500n);
  host.port.at(10000);
  assert.deepEqual(host.sanitized(), [0xffff, 0x101, 2], "completed, all data erased");
  assert.equal(host.used(), 0n);
});

Deno.test("Sanitize overwrites in passes, sixteen where none are told", () => {
  const host = new MaintenanceHost();
  assert.equal(host.sanitize(3 | 4 << 4), 0);
  host.port.at(10000);
  assert.deepEqual(host.sanitized(), [0x4000, 2 | 1 << 3, 0x43]);
  host.port.at(40000);
  assert.deepEqual(host.sanitized(), [0xffff, 0x101 | 4 << 3, 0x43]);
  assert.equal(host.sanitize(3), 0);
  host.port.at(40000 + 80000);
  assert.deepEqual(host.sanitized(), [0x8000, 2 | 8 << 3, 3]);
});

Deno.test("Sanitize keeps what is in use where the host wishes it", () => {
  const host = new MaintenanceHost();
  assert.equal(host.sanitize(4 | 0x200), 0);
  host.port.at(10000);
  assert.deepEqual(host.sanitized(), [0xffff, 4, 0x204]);
  assert.equal(host.used(), 500n);
});

Deno.test("Sanitize in progress refuses what the standard does not allow", () => {
  const host = new MaintenanceHost();
  host.sanitize(4);
  for (const opcode of [0x0d, 0x10, 0x11, 0x14, 0x15, 0x80, 0x81, 0x82, 0x84]) {
    assert.equal(host.ask({ opcode, nsid: 1, cdw10: 2 }).cqe, IN_PROGRESS, `opcode ${opcode}`);
  }
  for (const id of [0x00, 0x01, 0x02, 0x04, 0x05, 0x12, 0x13, 0x81]) {
    assert.equal(host.log(id, 512).cqe, 0, `log ${id}`);
  }
  for (const id of [0x03, 0x06, 0x07, 0x08, 0x0d]) {
    assert.equal(host.log(id, 512).cqe, IN_PROGRESS, `log ${id}`);
  }
  assert.equal(host.identify(0x01).cqe, 0);
  assert.equal(host.ask({ opcode: 0x0a, cdw10: 2 }).cqe, 0);
  assert.equal(host.ask({ opcode: 0x09, cdw10: 2 }).cqe, 0);
});

Deno.test("a failed Sanitize restricts until one succeeds, or failure mode is left where that is allowed", () => {
  const host = new MaintenanceHost();
  host.port.line("set sanitize-fails 1");
  host.sanitize(2);
  host.port.at(10000);
  assert.deepEqual(host.sanitized(), [0xffff, 3, 2]);
  assert.equal(host.ask({ opcode: 0x80, nsid: 1 }).cqe, FAILED);
  assert.equal(host.log(0x02, 512).cqe, 0);
  assert.equal(host.sanitize(1), FAILED, "no exit from a restricted one");
  assert.equal(host.sanitize(2 | 8), FAILED, "only a restricted one again");
  host.port.line("set sanitize-fails 0");
  assert.equal(host.sanitize(4), 0);
  host.port.at(20000);
  assert.deepEqual(host.sanitized(), [0xffff, 0x101, 4]);
  assert.equal(host.selfTest(1), 0);
  host.port.line("set sanitize-fails 1");
  host.sanitize(2 | 8);
  host.port.at(30000);
  assert.equal(host.selfTest(1), FAILED);
  assert.equal(host.sanitize(1), 0, "exit failure mode");
  assert.deepEqual(host.sanitized(), [0xffff, 3, 10], "the log tells of the failure still");
  assert.equal(host.selfTest(1), 0);
});

Deno.test("Sanitize refuses what is no action, and waits for a firmware's reset", () => {
  const host = new MaintenanceHost();
  for (const action of [0, 5, 6, 7]) assert.equal(host.sanitize(action), failed(0x002));
  assert.equal(host.sanitize(1), 0, "no failure to leave");
  const data = new TextEncoder().encode("2.0.0   ");
  assert.equal(host.ask({ opcode: 0x11, cdw10: 1, data }).cqe, 0);
  assert.equal(host.ask({ opcode: 0x10, cdw10: 2 | 1 << 3 }).cqe, 0);
  assert.equal(host.sanitize(2), failed(0x111));
});

Deno.test("Device Self-test runs, one at a time, and is logged newest first", () => {
  const host = new MaintenanceHost();
  assert.deepEqual(host.selfTests(), [0, 0]);
  assert.equal(host.selfTest(1), 0);
  assert.equal(host.selfTest(2), failed(0x11d));
  host.port.at(2500);
  assert.deepEqual(host.selfTests(), [1, 25]);
  host.port.at(10000);
  assert.deepEqual(host.selfTests(), [0, 0, 0x10]);
  assert.equal(host.selfTest(2, ALL), 0);
  host.port.at(40000);
  assert.deepEqual(host.selfTests(), [2, 50, 0x10]);
  assert.equal(host.selfTest(15), 0);
  assert.deepEqual(host.selfTests(), [0, 0, 0x21, 0x10], "aborted by the command");
  assert.equal(host.selfTest(15), 0, "nothing to abort");
  for (let i = 0; i < 30; i++) {
    host.selfTest(1);
    host.selfTest(15);
  }
  assert.deepEqual(host.selfTests(), [0, 0, ...Array(20).fill(0x11)]);
});

Deno.test("Device Self-test is ended by what takes its namespace away", () => {
  const host = new MaintenanceHost();
  host.selfTest(2, 1);
  host.sanitize(4);
  host.port.at(10000);
  host.selfTest(2, 1);
  host.format(1, 0);
  host.port.at(13000);
  host.selfTest(2, 1);
  host.ask({ opcode: 0x0d, cdw10: 1, nsid: 1 });
  host.selfTest(2);
  const reset = signed(Uint8Array.of(0x84, 8, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  host.port.message(9, 0, 8, reset);
  assert.deepEqual(host.selfTests(), [2, 0, 0x23, 0x24, 0x29], "an extended one outlives a reset");
  host.selfTest(15);
  host.selfTest(1);
  host.port.message(9, 0, 8, reset);
  assert.equal(host.selfTests()[2], 0x12, "a short one does not");
});

Deno.test("Device Self-test can fail, with segment and namespace", () => {
  const host = new MaintenanceHost();
  host.port.line("set self-test-fails 3");
  host.selfTest(1, 1);
  host.port.at(10000);
  const { data, view } = host.log(0x06, 564);
  assert.deepEqual([...data.subarray(4, 7)], [0x17, 3, 1]);
  assert.equal(view.getUint32(16, true), 1);
});

Deno.test("Device Self-test refuses unknown codes and namespaces", () => {
  const host = new MaintenanceHost();
  for (const code of [0, 3, 14]) assert.equal(host.selfTest(code), failed(0x002));
  assert.equal(host.selfTest(1, 17), failed(0x00b), "above NN");
  assert.equal(host.selfTest(1, 2), failed(0x002), "inactive");
});

Deno.test("Format NVM answers when it is done, and changes the block size", () => {
  const host = new MaintenanceHost();
  const first = host.format(1, 1);
  assert.equal(first[4], 1, "More Processing Required");
  assert.equal(first[6] | first[7] << 8, 30, "three seconds");
  host.port.at(1500);
  assert.equal(host.port.sent.length, 0);
  // The other command slot sees it under way.
  host.port.at(3000);
  const [answer] = host.port.sent;
  assert.equal(host.answer(answer.body).cqe, 0);
  const { data, view } = host.identify(0x00, { nsid: 1 });
  assert.deepEqual([view.getBigUint64(0, true), view.getBigUint64(16, true)], [125n, 0n]);
  assert.deepEqual([data[26], data[32]], [1, 0x80]);
  assert.equal(host.log(0x04, 8, { controller: 1 }).view.getUint32(0, true), 1);
});

Deno.test("Format NVM refuses formats, settings and namespaces that are not there", () => {
  const host = new MaintenanceHost();
  host.ask({ opcode: 0x0d, data: newNamespace(1000) });
  const status = (nsid: number, cdw10: number) => host.answer(host.format(nsid, cdw10)).cqe;
  assert.equal(status(0, 0), failed(0x00b));
  assert.equal(status(17, 0), failed(0x00b), "above NN");
  assert.equal(status(2, 0), failed(0x002), "not attached");
  assert.equal(status(3, 0), failed(0x002), "not allocated");
  assert.equal(status(1, 2), failed(0x10a), "two formats");
  assert.equal(status(1, 0x1000), failed(0x10a), "upper bits");
  assert.equal(status(1, 0x20), failed(0x002), "protection information");
  assert.equal(status(1, 3 << 9), failed(0x002), "reserved erase");
  assert.equal(host.ask({ opcode: 0x15, nsid: 2, data: controllerList(0) }).cqe, 0);
  assert.equal(host.format(ALL, 2 << 9)[4], 1, "all of the controller, cryptographically");
});

Deno.test("a format under way refuses what would touch the namespace, on the other slot", () => {
  const host = new MaintenanceHost();
  host.format(1, 0);
  const ask = (opcode: number, nsid: number, cdw10: number) => {
    const body = new Uint8Array(68);
    body.set([0x84, 0x11, 0, 0, opcode]);
    body.set([nsid & 255, nsid >> 8 & 255, nsid >> 16 & 255, nsid >>> 24], 8);
    body.set([cdw10], 44);
    const reply = host.port.message(9, 0, 8, signed(body));
    assert.ok(reply);
    return host.answer(reply.body);
  };
  for (const [opcode, nsid, cdw10] of [[0x80, 1, 0], [0x0d, 1, 1], [0x14, ALL, 1], [0x84, 0, 2]]) {
    assert.equal(ask(opcode, nsid, cdw10).cqe, failed(0x084), `opcode ${opcode}`);
  }
  assert.equal(ask(0x14, 0, 1).cqe, 0, "the controller alone");
  host.port.at(3000);
  assert.equal(ask(0x0d, 1, 1).cqe, 0);
});
