import assert from "node:assert/strict";
import { ScriptedCpu } from "../cpu/scripted.ts";
import { MemoryMap } from "./memory_map.ts";

function memory(): MemoryMap {
  const cpu = new ScriptedCpu({ read: () => 0, write: () => {}, faulted: () => false });
  return new MemoryMap(cpu, new Uint8Array(64 * 1024).fill(0xff), new Uint8Array(4096));
}

Deno.test("MemoryMap.setSplit() moves the borders of the shared memories and keeps contents", () => {
  const map = memory();
  map.setSplit(192, 64);
  assert.equal(map.find(0x2_fffc, 4)?.name, "ITCM");
  assert.equal(map.find(0x2400_0000, 4), undefined);
  assert.equal(map.find(0x2405_fffc, 4)?.name, "SRAM3");
  map.write32(0x100, 0x1234_5678);
  map.setSplit(64, 192);
  assert.equal(map.find(0x1_0000, 4), undefined);
  assert.equal(map.find(0x2401_fffc, 4)?.name, "SRAM1");
  assert.equal(map.find(0x2404_0000, 4), undefined);
  assert.equal(map.read32(0x100), 0x1234_5678);
});

Deno.test("MemoryMap reads at any alignment and not past a memory's end", () => {
  const map = memory();
  assert.ok(map.write(0x2000_0001, Uint8Array.of(1, 2, 3, 4)));
  assert.equal(map.read32(0x2000_0001), 0x0403_0201);
  assert.equal(map.read32(0x2000_fffe), undefined);
  assert.equal(map.read(0x2000_fffe, 4), undefined);
});

Deno.test("MemoryMap.write() goes over the border of two memories and refuses flash", () => {
  const map = memory();
  assert.ok(map.write(0x2403_fffe, Uint8Array.of(1, 2, 3, 4)));
  assert.deepEqual(map.read(0x2403_fffe, 4), Uint8Array.of(1, 2, 3, 4));
  assert.equal(map.write(0x0800_0000, Uint8Array.of(1)), false);
  assert.equal(map.write(0x2407_1fff, Uint8Array.of(1, 2)), false);
});

Deno.test("MemoryMap.show() takes a memory off the bus and puts it back with its contents", () => {
  const map = memory();
  assert.equal(map.find(0x3000_0000, 4), undefined);
  map.show("AHB_SRAM1", 16 * 1024);
  map.write32(0x3000_0000, 42);
  map.show("AHB_SRAM1", 0);
  assert.equal(map.read32(0x3000_0000), undefined);
  map.show("AHB_SRAM1", 16 * 1024);
  assert.equal(map.read32(0x3000_0000), 42);
  map.clearRam();
  assert.equal(map.read32(0x3000_0000), 0);
});
