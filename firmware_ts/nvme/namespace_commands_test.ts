import assert from "node:assert/strict";
import { AdminHost, controllerList, newNamespace } from "../../tests/support/admin_host.ts";

const failed = (status: number) => 0x6000 | status;
const ALL = 0xffffffff;

class NamespaceHost extends AdminHost {
  create(data: Uint8Array, fields = {}) {
    return this.ask({ opcode: 0x0d, data, ...fields });
  }
  delete(nsid: number) {
    return this.ask({ opcode: 0x0d, cdw10: 1, nsid }).cqe;
  }
  attach(nsid: number, ...ids: number[]) {
    return this.ask({ opcode: 0x15, nsid, data: controllerList(...ids) }).cqe;
  }
  detach(nsid: number, ...ids: number[]) {
    return this.ask({ opcode: 0x15, cdw10: 1, nsid, data: controllerList(...ids) }).cqe;
  }
  lists(): number[][] {
    return [[0x02, 0], [0x02, 1], [0x10, 0]].map(([cns, controller]) =>
      [...new Uint32Array(this.identify(cns, { controller }).data.buffer)].filter((nsid) =>
        nsid > 0
      )
    );
  }
}

Deno.test("Namespace Management gives the lowest free NSID, and gives it again", () => {
  const host = new NamespaceHost();
  for (const nsid of [2, 3, 4]) assert.equal(host.create(newNamespace(1000)).dw0, nsid);
  assert.equal(host.delete(3), 0);
  assert.equal(host.create(newNamespace(2 ** 30, { format: 1 })).dw0, 3);
  const { data, view } = host.identify(0x11, { nsid: 3 });
  assert.equal(view.getBigUint64(0, true), 2n ** 30n);
  assert.equal(view.getBigUint64(48, true), 2n ** 42n, "NVMCAP");
  assert.deepEqual([data[26], data[30]], [1, 1]);
  for (let nsid = 5; nsid <= 16; nsid++) assert.equal(host.create(newNamespace(1)).dw0, nsid);
  assert.equal(host.create(newNamespace(1)).cqe, failed(0x116));
});

Deno.test("Namespace Management detaches what it deletes", () => {
  const host = new NamespaceHost();
  host.create(newNamespace(1000));
  assert.equal(host.attach(2, 0, 1), 0);
  assert.deepEqual(host.lists(), [[1, 2], [2], [1, 2]]);
  assert.equal(host.delete(2), 0);
  assert.deepEqual(host.lists(), [[1], [], [1]]);
  host.create(newNamespace(1000));
  assert.deepEqual(host.lists(), [[1], [], [1, 2]], "the next of that NSID is attached nowhere");
  assert.equal(host.delete(ALL), 0);
  assert.deepEqual(host.lists(), [[], [], []]);
});

Deno.test("Namespace Management refuses what cannot be made or deleted", () => {
  const host = new NamespaceHost();
  assert.equal(host.create(newNamespace(0)).cqe, failed(0x002));
  assert.equal(host.create(newNamespace(10, { capacity: 11 })).cqe, failed(0x002));
  assert.equal(host.create(newNamespace(10, { capacity: 9 })).cqe, failed(0x11b), "thin");
  assert.equal(host.create(newNamespace(10, { format: 2 })).cqe, failed(0x10a));
  assert.equal(host.create(newNamespace(10, { protection: 1 })).cqe, failed(0x002));
  assert.equal(host.create(newNamespace(2 ** 40)).cqe, failed(0x115), "capacity");
  assert.equal(host.create(newNamespace(10), { cdw11: 2 << 24 }).cqe, failed(0x129), "zoned");
  assert.equal(host.create(newNamespace(10), { nsid: 2 }).cqe, failed(0x002));
  assert.equal(host.create(newNamespace(10), { cdw10: 2 }).cqe, failed(0x002), "select");
  assert.equal(host.create(newNamespace(10).slice(0, 380)).status, 6, "too little");
  assert.equal(host.create(newNamespace(10).slice(0, 384)).dw0, 2, "all that the host says");
  assert.equal(host.delete(0), failed(0x00b));
  assert.equal(host.delete(17), failed(0x00b), "above NN");
  assert.equal(host.delete(3), failed(0x002), "not allocated");
});

Deno.test("Namespace Attachment changes all of its list, or nothing", () => {
  const host = new NamespaceHost();
  assert.equal(host.attach(1, 0), failed(0x118), "attached already");
  assert.equal(host.attach(1, 0, 1), failed(0x118));
  assert.deepEqual(host.lists()[1], []);
  assert.equal(host.attach(1, 1), 0);
  assert.equal(host.detach(1, 0, 1), 0);
  assert.equal(host.detach(1, 0), failed(0x11a), "not attached");
  assert.deepEqual(host.lists(), [[], [], [1]]);
});

Deno.test("Namespace Attachment refuses lists, namespaces and choices that are not good", () => {
  const host = new NamespaceHost();
  host.create(newNamespace(10, { shared: false }));
  assert.equal(host.attach(2, 0, 1), failed(0x119), "private");
  assert.equal(host.attach(2, 1), 0);
  assert.equal(host.attach(2, 0), failed(0x119));
  for (const ids of [[], [2], [1, 0], [1, 1]]) {
    assert.equal(host.detach(2, ...ids), failed(0x11c), `list ${ids}`);
  }
  const long = controllerList();
  long.set([0x00, 0x08]);
  assert.equal(host.ask({ opcode: 0x15, nsid: 2, data: long }).cqe, failed(0x11c), "2,048 of them");
  assert.equal(host.attach(0, 0), failed(0x00b));
  assert.equal(host.attach(17, 0), failed(0x00b));
  assert.equal(host.attach(3, 0), failed(0x002), "not allocated");
  assert.equal(host.attach(ALL, 0), failed(0x002));
  const data = controllerList(0);
  assert.equal(host.ask({ opcode: 0x15, cdw10: 2, nsid: 1, data }).cqe, failed(0x002));
  assert.equal(host.ask({ opcode: 0x15, nsid: 1, data: data.slice(0, 4092) }).status, 6);
});
