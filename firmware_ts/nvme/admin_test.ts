import assert from "node:assert/strict";
import { AdminHost, controllerList, newNamespace } from "../../tests/support/admin_host.ts";
import { defineDevice } from "../device/device.ts";
import huge from "../device/examples/huge.ts";

/** Status Field with More and Do Not Retry. */
const failed = (status: number) => 0x6000 | status;
const text = (octets: Uint8Array) => String.fromCharCode(...octets);
const words = (octets: Uint8Array) => [...new Uint32Array(octets.slice().buffer)];
const list = (octets: Uint8Array) => words(octets).filter((nsid) => nsid !== 0);

Deno.test("Admin answers unknown, prohibited and absent opcodes with NVMe-MI's status", () => {
  const host = new AdminHost();
  for (const opcode of [0x00, 0x01, 0x08, 0x0c, 0x18, 0x1c, 0x7c, 0x83, 0xc0, 0xff]) {
    assert.equal(host.ask({ opcode }).status, 3, `opcode ${opcode}`);
  }
});

Deno.test("Admin tells where an unknown controller stands", () => {
  const { status, errorByte, errorBit } = new AdminHost().identify(1, { controller: 2 });
  assert.deepEqual([status, errorByte, errorBit], [4, 6, 0]);
});

Deno.test("Admin records each failed command in the error log, and counts it in SMART", () => {
  const host = new AdminHost();
  assert.equal(host.identify(0xee, { nsid: 7 }).cqe, failed(0x002));
  assert.equal(host.log(0xee, 512).cqe, failed(0x109));
  const { view, cqe } = host.log(0x01, 1024);
  assert.equal(cqe, 0);
  assert.equal(view.getBigUint64(0, true), 2n, "newest first");
  assert.equal(view.getUint16(8, true), 0xffff, "no queue");
  assert.equal(view.getUint16(12, true) >> 1, failed(0x109));
  assert.equal(view.getUint16(14, true), 40, "CDW10");
  assert.equal(view.getBigUint64(64, true), 1n);
  assert.equal(view.getUint32(64 + 24, true), 7, "NSID");
  assert.equal(view.getBigUint64(128, true), 0n);
  assert.equal(host.log(0x02, 512).view.getUint32(176, true), 2);
});

Deno.test("Identify lists namespaces for each controller, and all allocated ones", () => {
  const host = new AdminHost(defineDevice({
    namespaces: [
      { blocks: 100 },
      { blocks: 200, attachedTo: [1] },
      { blocks: 300, attachedTo: "all" },
      { blocks: 400, attachedTo: [] },
    ],
  }));
  assert.deepEqual(list(host.identify(0x02).data), [1, 3]);
  assert.deepEqual(list(host.identify(0x02, { controller: 1 }).data), [2, 3]);
  assert.deepEqual(list(host.identify(0x02, { nsid: 1 }).data), [3]);
  assert.deepEqual(list(host.identify(0x07).data), [1, 3]);
  assert.deepEqual(list(host.identify(0x10).data), [1, 2, 3, 4]);
  assert.deepEqual(list(host.identify(0x1a, { nsid: 2 }).data), [3, 4]);
  const attached = (nsid: number, from = 0) => {
    const { view } = host.identify(0x12, { nsid, cdw10: from << 16 });
    return Array.from(
      { length: view.getUint16(0, true) },
      (_, i) => view.getUint16(2 + 2 * i, true),
    );
  };
  assert.deepEqual([1, 2, 3, 4].map((nsid) => attached(nsid)), [[0], [1], [0, 1], []]);
  assert.deepEqual(attached(3, 1), [1]);
  assert.deepEqual(words(host.identify(0x13).data.slice(0, 8)), [2, 1]);
  // An inactive namespace is all zeros, an allocated one is not, for CNS 0x11.
  assert.ok(host.identify(0x00, { nsid: 2 }).data.every((octet) => octet === 0));
  assert.equal(host.identify(0x11, { nsid: 2 }).view.getBigUint64(0, true), 200n);
});

Deno.test("Identify tells namespaces apart, also those of one NSID after another", () => {
  const host = new AdminHost(huge);
  const ids = new Set<string>();
  const see = (nsid: number) => {
    const { data } = host.identify(0x03, { nsid });
    assert.deepEqual([...data.subarray(0, 4)], [3, 16, 0, 0]);
    assert.deepEqual([data[10] >> 4, data[12] >> 6], [4, 2], "version and variant of a UUID");
    assert.deepEqual([...data.subarray(20, 24)], [2, 16, 0, 0]);
    assert.deepEqual([...data.subarray(40, 46)], [4, 1, 0, 0, 0, 0]);
    const namespace = host.identify(0x00, { nsid }).data;
    assert.deepEqual(namespace.subarray(104, 120), data.subarray(24, 40), "NGUID");
    assert.deepEqual([...namespace.subarray(120, 123)], [0xac, 0xde, 0x48], "EUI64");
    for (const [from, to] of [[4, 20], [24, 40]]) ids.add(String(data.subarray(from, to)));
    ids.add(String(namespace.subarray(120, 128)));
  };
  for (let nsid = 1; nsid <= 1024; nsid++) see(nsid);
  assert.equal(ids.size, 3 * 1024);
  assert.equal(host.ask({ opcode: 0x0d, cdw10: 1, nsid: 77 }).cqe, 0);
  const data = newNamespace(1000);
  assert.equal(host.ask({ opcode: 0x0d, data }).dw0, 77);
  assert.equal(host.ask({ opcode: 0x15, nsid: 77, data: controllerList(0, 63) }).cqe, 0);
  see(77);
  assert.equal(ids.size, 3 * 1025);
  assert.equal(list(host.identify(0x02, { controller: 63 }).data).length, 512);
});

Deno.test("Identify Controller tells what is left of the capacity", () => {
  const host = new AdminHost(
    defineDevice({ capacityBytes: 2 ** 44, namespaces: [{ blocks: 2 ** 34 }] }),
  );
  const left = () => host.identify(0x01).view.getBigUint64(296, true);
  assert.equal(left(), 2n ** 43n);
  assert.equal(host.identify(0x01).view.getBigUint64(280, true), 2n ** 44n);
  assert.equal(host.ask({ opcode: 0x0d, data: newNamespace(2 ** 31, { format: 1 }) }).dw0, 2);
  assert.equal(left(), 0n);
  assert.equal(host.ask({ opcode: 0x0d, data: newNamespace(1) }).cqe, failed(0x115));
  host.ask({ opcode: 0x0d, cdw10: 1, nsid: 0xffffffff });
  assert.equal(left(), 2n ** 44n);
  assert.deepEqual(list(host.identify(0x10).data), []);
});

Deno.test("Get Log Page gives any part, and zeros behind the end", () => {
  const host = new AdminHost();
  const whole = host.log(0x02, 512).data;
  for (const [from, size] of [[0, 4], [200, 16], [508, 8], [512, 4]]) {
    const part = host.log(0x02, size, { from }).data;
    const wanted = new Uint8Array(size);
    wanted.set(whole.subarray(from, from + size));
    assert.deepEqual(part, wanted, `${size} from ${from}`);
  }
  // DOFST counts from where the log's own offset has led.
  assert.deepEqual(
    host.log(0x02, 256, { from: 100, offset: 100, length: 8 }).data,
    whole.slice(200, 208),
  );
  assert.equal(host.log(0x02, 4, { from: 516 }).cqe, failed(0x002));
  assert.equal(host.log(0x02, 4, { from: 2 }).cqe, failed(0x002));
  assert.equal(host.log(0x02, 512, { nsid: 1 }).cqe, failed(0x002));
});

Deno.test("Get Log Page 0x00 lists exactly the logs that answer", () => {
  const host = new AdminHost();
  const { data } = host.log(0x00, 1024);
  for (let id = 0; id < 256; id++) {
    const { cqe } = host.log(id, 512, { specific: id === 0x0d ? 1 : 0 });
    assert.equal(data[4 * id], cqe === 0 ? 1 : 0, `log ${id}`);
    assert.ok(cqe === 0 || cqe === failed(0x109));
  }
});

Deno.test("the effects log lists exactly the opcodes that are carried out", () => {
  const host = new AdminHost();
  const { data } = host.log(0x05, 4096);
  for (let opcode = 0; opcode < 256; opcode++) {
    const { status } = host.ask({ opcode, cdw10: 0xff });
    assert.equal(data[4 * opcode] & 1, status === 3 ? 0 : 1, `opcode ${opcode}`);
  }
});

Deno.test("the changed namespace list is each controller's own, and read once", () => {
  const host = new AdminHost();
  assert.equal(host.ask({ opcode: 0x0d, data: newNamespace(1000) }).dw0, 2);
  assert.equal(host.ask({ opcode: 0x15, nsid: 2, data: controllerList(1) }).cqe, 0);
  const changed = (controller: number, specific = 0) =>
    list(host.log(0x04, 4096, { controller, specific }).data);
  assert.deepEqual(changed(0), []);
  assert.deepEqual(changed(1, 0x80), [2], "retained");
  assert.deepEqual(changed(1), [2]);
  assert.deepEqual(changed(1), []);
  assert.equal(host.ask({ opcode: 0x0d, cdw10: 1, nsid: 2 }).cqe, 0);
  assert.deepEqual([changed(0), changed(1)], [[], [2]]);
});

Deno.test("telemetry is captured when the host asks, and counted", () => {
  const host = new AdminHost();
  assert.equal(host.log(0x07, 512).data[8], 0);
  const { data } = host.log(0x07, 1024, { specific: 1 });
  assert.deepEqual([data[0], data[8], data[10], data[12], data[381]], [7, 1, 1, 1, 1]);
  assert.equal(new DataView(data.buffer).getUint16(513, true), 308, "35 °C when it was captured");
  host.port.line("set temperature 50");
  assert.equal(host.log(0x07, 512, { from: 512 }).view.getUint16(1, true), 308);
  assert.equal(host.log(0x07, 1024, { specific: 1 }).data[381], 2);
  assert.equal(host.log(0x07, 256).cqe, failed(0x002));
  assert.equal(host.log(0x08, 512).data[382], 0);
});

Deno.test("the persistent event log is read in a context, and tells what happened", () => {
  const host = new AdminHost();
  const read = (action: number, fields = {}) =>
    host.log(0x0d, 2048, { specific: action, ...fields });
  host.ask({ opcode: 0x0d, data: newNamespace(1000) });
  host.ask({ opcode: 0x0d, cdw10: 1, nsid: 2 });
  assert.equal(read(0).cqe, failed(0x00c), "no context yet");
  const { view, data } = read(1);
  assert.equal(view.getUint32(4, true), 2);
  assert.equal(view.getBigUint64(8, true), BigInt(512 + 2 * 72));
  assert.equal(text(data.subarray(56, 68)), "8becee88b237");
  assert.deepEqual([data[512], data[512 + 2], data[512 + 22]], [6, 21, 48], "newest first");
  assert.deepEqual([data[512 + 24], data[512 + 72 + 24]], [1, 0], "deleted, made");
  assert.equal(view.getUint32(512 + 24 + 44, true), 2, "NSID");
  assert.equal(read(1).cqe, failed(0x00c), "established already");
  host.ask({ opcode: 0x0d, data: newNamespace(1000) });
  assert.equal(read(0).view.getUint32(4, true), 2, "as it was");
  assert.equal(read(1, { controller: 1 }).view.getUint32(4, true), 2, "for all contexts");
  assert.equal(read(2).cqe, 0);
  assert.equal(read(2, { controller: 1 }).cqe, 0);
  assert.equal(read(1).view.getUint32(4, true), 3);
  assert.equal(read(3).cqe, failed(0x002));
  for (let i = 0; i < 60; i++) host.ask({ opcode: 0x09, cdw10: 0x0e, data: new Uint8Array(8) });
  read(2);
  assert.equal(read(1).view.getUint32(4, true), 32, "the newest are kept");
});
