import assert from "node:assert/strict";
import { type DebugBus, MemoryPort } from "./memory_port.ts";

const CSW = 0, TAR = 4, DRW = 12;
const SINGLE = 0x10, PACKED = 0x20;

/** 4 KB of memory at 0x20000000 that tells all accesses; above it the bus gives errors. */
function rig() {
  const bytes = new DataView(new ArrayBuffer(0x1000));
  const accesses: string[] = [];
  const at = (address: number) => {
    const offset = address - 0x2000_0000;
    return offset >= 0 && offset < 0x1000 ? offset : undefined;
  };
  const bus: DebugBus = {
    read(address, size) {
      accesses.push(`r${8 * size} ${address.toString(16)}`);
      const offset = at(address);
      if (offset === undefined) return undefined;
      if (size === 4) return bytes.getUint32(offset, true);
      return size === 2 ? bytes.getUint16(offset, true) : bytes.getUint8(offset);
    },
    write(address, size, value) {
      accesses.push(`w${8 * size} ${address.toString(16)} ${value.toString(16)}`);
      const offset = at(address);
      if (offset === undefined) return false;
      if (size === 4) bytes.setUint32(offset, value, true);
      else if (size === 2) bytes.setUint16(offset, value, true);
      else bytes.setUint8(offset, value);
      return true;
    },
  };
  return { port: new MemoryPort(bus, 0xe00f_d003), accesses };
}

Deno.test("MemoryPort says what it is", () => {
  const { port } = rig();
  assert.equal(port.read(0xfc), 0x8477_0001);
  assert.equal(port.read(0xf8), 0xe00f_d003);
  assert.equal(port.read(0xf4), 0);
  assert.equal(port.read(CSW)! & 0x40, 0x40);
});

Deno.test("MemoryPort moves words and counts up within 1 KB", () => {
  const { port, accesses } = rig();
  port.write(CSW, SINGLE | 2);
  port.write(TAR, 0x2000_03f8);
  for (const value of [0x1122_3344, 2, 3]) assert.ok(port.write(DRW, value));
  assert.deepEqual(accesses, ["w32 200003f8 11223344", "w32 200003fc 2", "w32 20000000 3"]);
  assert.equal(port.read(TAR), 0x2000_0004);
  port.write(CSW, 2);
  port.write(TAR, 0x2000_03f8);
  assert.equal(port.read(DRW), 0x1122_3344);
  assert.equal(port.read(TAR), 0x2000_03f8, "without increment TAR stays");
});

Deno.test("MemoryPort moves bytes and halfwords in their lanes", () => {
  const { port, accesses } = rig();
  port.write(CSW, SINGLE | 0);
  port.write(TAR, 0x2000_0001);
  port.write(DRW, 0x1111_aa11);
  port.write(DRW, 0x11bb_1111);
  port.write(CSW, SINGLE | 1);
  port.write(TAR, 0x2000_0006);
  port.write(DRW, 0xccdd_0000);
  port.write(TAR, 0x2000_0002);
  assert.equal(port.read(DRW), 0x00bb_0000);
  assert.deepEqual(accesses, [
    "w8 20000001 aa",
    "w8 20000002 bb",
    "w16 20000006 ccdd",
    "r16 20000002",
  ]);
});

Deno.test("MemoryPort packs four bytes into a word", () => {
  const { port, accesses } = rig();
  port.write(CSW, PACKED | 0);
  port.write(TAR, 0x2000_0000);
  port.write(DRW, 0x4433_2211);
  port.write(TAR, 0x2000_0000);
  assert.equal(port.read(DRW), 0x4433_2211);
  assert.equal(accesses.length, 8);
  assert.equal(port.read(TAR), 0x2000_0004);
});

Deno.test("MemoryPort takes neither a size nor an increment that it does not have", () => {
  const { port } = rig();
  port.write(CSW, SINGLE | 2);
  port.write(CSW, 0x30 | 3);
  assert.equal(port.read(CSW)! & 0x37, SINGLE | 2);
});

Deno.test("MemoryPort gives errors of the bus and stays where it is", () => {
  const { port } = rig();
  port.write(CSW, SINGLE | 2);
  port.write(TAR, 0x3000_0000);
  assert.equal(port.read(DRW), undefined);
  assert.equal(port.write(DRW, 1), false);
  assert.equal(port.read(TAR), 0x3000_0000);
});

Deno.test("MemoryPort reaches four words by its banked registers", () => {
  const { port, accesses } = rig();
  port.write(TAR, 0x2000_0014);
  port.write(0x18, 7);
  assert.equal(port.read(0x18), 7);
  assert.equal(port.read(0x10), 0);
  assert.deepEqual(accesses, ["w32 20000018 7", "r32 20000018", "r32 20000010"]);
});
