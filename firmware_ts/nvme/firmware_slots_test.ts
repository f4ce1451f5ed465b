import assert from "node:assert/strict";
import { AdminHost } from "../../tests/support/admin_host.ts";
import { signed } from "../../tests/support/mi_host.ts";

const failed = (status: number) => 0x6000 | status;
const RESET = signed(Uint8Array.of(0x84, 8, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));

class FirmwareHost extends AdminHost {
  download(revision: string, sizeBytes: number, from = 0) {
    const data = new Uint8Array(sizeBytes);
    data.set(new TextEncoder().encode(revision));
    return this.ask({ opcode: 0x11, cdw10: sizeBytes / 4 - 1, cdw11: from / 4, data });
  }
  commit(action: number, slot: number) {
    return this.ask({ opcode: 0x10, cdw10: action << 3 | slot }).cqe;
  }
  /** Active slot, next slot, revisions of the three slots, revision that runs. */
  state(): unknown[] {
    const { data } = this.log(0x03, 512);
    const name = (octets: Uint8Array) =>
      String.fromCharCode(...octets).replaceAll("\0", "").trimEnd();
    return [
      data[0] & 7,
      data[0] >> 4,
      ...[8, 16, 24].map((at) => name(data.subarray(at, at + 8))),
      name(this.identify(0x01).data.subarray(64, 72)),
    ];
  }
}

Deno.test("Firmware Commit puts an image into a slot, and activates it at a reset", () => {
  const host = new FirmwareHost();
  assert.deepEqual(host.state(), [1, 0, "0.1.0", "", "", "0.1.0"]);
  for (const at of [0, 4096, 8192]) assert.equal(host.download("2.0", 4096, at).cqe, 0);
  assert.equal(host.commit(0, 2), 0);
  assert.deepEqual(host.state(), [1, 0, "0.1.0", "2.0", "", "0.1.0"]);
  assert.equal(host.commit(2, 2), 0);
  assert.deepEqual(host.state(), [1, 2, "0.1.0", "2.0", "", "0.1.0"]);
  host.port.message(9, 0, 8, RESET);
  assert.deepEqual(host.state(), [2, 0, "0.1.0", "2.0", "", "2.0"]);
  // What runs stays what it is while its slot gets another image.
  assert.equal(host.download("2.1", 100).cqe, 0);
  assert.equal(host.commit(0, 2), 0);
  assert.deepEqual(host.state(), [2, 0, "0.1.0", "2.1", "", "2.0"]);
});

Deno.test("Firmware Commit activates at once, an image or a slot, and chooses a slot", () => {
  const host = new FirmwareHost();
  host.download("3.0", 64);
  assert.equal(host.commit(3, 0), 0);
  assert.deepEqual(host.state(), [2, 0, "0.1.0", "3.0", "", "3.0"]);
  host.download("3.1", 64);
  assert.equal(host.commit(1, 0), 0);
  assert.deepEqual(host.state(), [2, 3, "0.1.0", "3.0", "3.1", "3.0"]);
  assert.equal(host.commit(3, 1), 0);
  assert.deepEqual(host.state(), [1, 0, "0.1.0", "3.0", "3.1", "0.1.0"]);
});

Deno.test("Firmware Commit refuses slots and images that are not good", () => {
  const host = new FirmwareHost();
  assert.equal(host.commit(0, 2), failed(0x107), "nothing downloaded");
  assert.equal(host.commit(2, 3), failed(0x107), "an empty slot");
  assert.equal(host.commit(0, 4), failed(0x106), "three slots");
  assert.equal(host.commit(4, 2), failed(0x002), "reserved action");
  host.download("1", 64);
  assert.equal(host.commit(0, 1), failed(0x106), "the first is read-only");
  assert.equal(host.commit(0, 2), 0);
  host.download("\0", 64);
  assert.equal(host.commit(0, 2), failed(0x107), "no revision");
  host.download("5", 4096);
  host.download("5", 64, 8192);
  assert.equal(host.commit(0, 2), failed(0x107), "a gap");
  assert.equal(host.commit(0, 2), failed(0x107), "forgotten");
});

Deno.test("Firmware Image Download takes pieces in any order, and none twice", () => {
  const host = new FirmwareHost();
  assert.equal(host.download("", 64, 4096).cqe, 0);
  assert.equal(host.download("6", 4096, 0).cqe, 0);
  assert.equal(host.download("", 4096, 4096).cqe, failed(0x114), "overlapping range");
  assert.equal(host.commit(1, 3), 0);
  assert.equal(host.download("", 64, 4100).cqe, failed(0x002), "granularity");
  assert.equal(host.download("", 4100).cqe, failed(0x002), "more than a piece");
  assert.equal(host.download("", 64, 4096 * 1024).cqe, failed(0x002), "too large");
  assert.equal(host.ask({ opcode: 0x11, cdw10: 3, data: new Uint8Array(12) }).status, 6);
});
