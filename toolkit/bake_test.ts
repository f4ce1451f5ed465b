import assert from "node:assert/strict";
import { bake, bakedBlock, type BakeInput } from "./bake.ts";
import { crc32c } from "./crc32c.ts";
import type { Elf, Segment } from "./elf/image.ts";
import { readElf } from "./elf/read.ts";
import { ElfError, RegionFullError } from "./errors.ts";

const START = 0x2402_1000;

function load(address: number, length: number, memorySizeBytes = length): Segment {
  return {
    type: 1,
    flags: 5,
    virtualAddress: address,
    physicalAddress: address,
    bytes: new Uint8Array(length).fill(0xa5),
    memorySizeBytes,
    alignment: 8,
  };
}

function base(segments: readonly Segment[] = [load(0, 64), load(0x2402_0000, 128)]): Elf {
  const symbols = new Map([
    ["__bake_start", { value: START, sizeBytes: 0 }],
    ["__bake_end", { value: START + 0x400, sizeBytes: 0 }],
  ]);
  return { entry: 0x41, flags: 0x0500_0400, segments, sections: [], symbols };
}

function input(script = "1;"): BakeInput {
  return {
    script: new TextEncoder().encode(script),
    sha256: new Uint8Array(32).fill(0x5a),
    vendorId: 0xccde,
    productId: 0x0102,
    debug: true,
    strings: { product: "usbnvme-0.1", version: "0.1.0" },
  };
}

Deno.test("crc32c() gives the values of RFC 3720", () => {
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e);
});

Deno.test("bakedBlock() lays every field out as documented", () => {
  const block = bakedBlock(input());
  const hex = (from: number, to: number) =>
    [...block.subarray(from, to)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  assert.equal(hex(0, 4), "5542414b", "UBAK");
  assert.equal(hex(4, 16), "01000000" + "80000000" + "01000000");
  assert.equal(hex(16, 24), "72000000" + "02000000");
  assert.equal(hex(24, 36), "decc" + "0201" + "50000000" + "22000000");
  assert.equal(hex(48, 80), "5a".repeat(32));
  const text = new TextDecoder().decode(block.subarray(80));
  assert.equal(text, "product=usbnvme-0.1\0version=0.1.0\0" + "1;".padEnd(14, "\0"));
});

Deno.test("bake() writes a note with the file's length and CRC, and the block as a segment", () => {
  const { file, heapStart, blockBytes } = bake(base(), input());
  const elf = readElf(file);
  assert.deepEqual(elf.segments.map(({ type }) => type), [4, 1, 1, 1]);
  const note = elf.segments[0].bytes;
  assert.equal(note.byteOffset, 52 + 4 * 32, "right behind the program headers");
  assert.equal(new TextDecoder().decode(note.subarray(12, 20)), "usbnvme\0");
  const view = new DataView(file.buffer);
  assert.equal(view.getUint32(note.byteOffset + 20, true), file.length);
  const crc = view.getUint32(note.byteOffset + 24, true);
  view.setUint32(note.byteOffset + 24, 0, true);
  assert.equal(crc, crc32c(file));
  assert.equal(elf.segments[3].physicalAddress, START);
  assert.equal(heapStart, START + blockBytes);
  assert.equal(elf.entry, 0x41);
});

Deno.test("bake() gives the same bytes for the same input", () => {
  assert.deepEqual(bake(base(), input()).file, bake(base(), input()).file);
});

Deno.test("bake() refuses a script that does not fit, and says what does", () => {
  assert.throws(() => bake(base(), input("x".repeat(0x400))), (error: unknown) => {
    assert.ok(error instanceof RegionFullError);
    assert.equal(error.availableBytes, 0x400);
    assert.equal(error.neededBytes, 0x480);
    return true;
  });
});

Deno.test("bake() refuses base images that would not load as they should", () => {
  const refuse = (bad: Elf, text: RegExp) =>
    assert.throws(() => bake(bad, input()), (error: unknown) => {
      assert.ok(error instanceof ElfError);
      assert.match(error.message, text);
      return true;
    });
  refuse({ ...base(), symbols: new Map() }, /__bake_start.*has none/);
  refuse(base([load(START - 16, 16, 32)]), /reaches into the baked block/);
  refuse(base([{ ...load(0x2000_0000, 16), physicalAddress: 0x2402_0000 }]), /not the address/);
});
