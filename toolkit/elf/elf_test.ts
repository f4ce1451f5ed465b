import assert from "node:assert/strict";
import { ElfError } from "../errors.ts";
import type { Segment } from "./image.ts";
import { readElf } from "./read.ts";
import { writeElf } from "./write.ts";

const segment = (address: number, bytes: readonly number[], memorySizeBytes: number): Segment => ({
  type: 1,
  flags: 5,
  virtualAddress: address,
  physicalAddress: address,
  bytes: Uint8Array.from(bytes),
  memorySizeBytes,
  alignment: 16,
});

const sample = writeElf(0x101, 0x05000400, [
  segment(0, [1, 2, 3, 4, 5], 5),
  segment(0x2402_0004, [9, 8, 7], 32),
]).file;

/** A small ELF with sections and symbols as the GNU linker lays them out, made by hand. */
export function elfWithSymbols(): Uint8Array {
  const names = "\0.text\0.bss\0.symtab\0.strtab\0";
  const strings = "\0__bake_start\0__bake_end\0";
  const file = new Uint8Array(600);
  file.set(sample.subarray(0, sample.length));
  const view = new DataView(file.buffer);
  const put = (at: number, text: string) => file.set(new TextEncoder().encode(text), at);
  put(200, names);
  put(240, strings);
  const symbol = (index: number, name: number, value: number) => {
    view.setUint32(272 + 16 * index, name, true);
    view.setUint32(272 + 16 * index + 4, value, true);
  };
  symbol(1, 1, 0x2403_0000);
  symbol(2, 14, 0x2404_0000);
  const header = (index: number, words: readonly number[]) =>
    words.forEach((word, field) => view.setUint32(340 + 40 * index + 4 * field, word, true));
  header(1, [1, 1, 2, 0x100, sample.length - 8, 5]);
  header(2, [7, 8, 2, 0x2000, 0, 64]);
  header(3, [12, 2, 0, 0, 272, 48, 4]);
  header(4, [20, 3, 0, 0, 240, strings.length]);
  header(5, [20, 3, 0, 0, 200, names.length]);
  view.setUint32(32, 340, true);
  view.setUint16(46, 40, true);
  view.setUint16(48, 6, true);
  view.setUint16(50, 5, true);
  return file;
}

Deno.test("readElf() gives back what writeElf() wrote", () => {
  const elf = readElf(sample);
  assert.equal(elf.entry, 0x101);
  assert.equal(elf.flags, 0x05000400);
  assert.deepEqual(elf.segments.map(({ physicalAddress }) => physicalAddress), [0, 0x2402_0004]);
  assert.deepEqual([...elf.segments[1].bytes], [9, 8, 7]);
  assert.equal(elf.segments[1].memorySizeBytes, 32);
  assert.equal(elf.symbols.size, 0);
});

Deno.test("writeElf() puts the bytes at offsets that fit the addresses", () => {
  const { offsets } = writeElf(1, 0, [segment(0, [1, 2, 3], 3), segment(0x2402_0004, [4], 4)]);
  assert.equal(offsets[0] % 16, 0);
  assert.equal(offsets[1] % 16, 4);
});

Deno.test("readElf() reads sections with memory and symbols", () => {
  const elf = readElf(elfWithSymbols());
  assert.deepEqual(
    elf.sections.map(({ name, sizeBytes, hasBytes }) => [name, sizeBytes, hasBytes]),
    [
      [".text", 5, true],
      [".bss", 64, false],
    ],
  );
  assert.equal(elf.symbols.get("__bake_start")?.value, 0x2403_0000);
  assert.equal(elf.symbols.get("__bake_end")?.value, 0x2404_0000);
});

Deno.test("readElf() names what is wrong with a file cut at any length", () => {
  for (const file of [sample, elfWithSymbols().subarray(0, 340 + 240)]) {
    for (let length = 0; length < file.length; length++) {
      assert.throws(() => readElf(file.slice(0, length)), ElfError, `length ${length}`);
    }
  }
});

Deno.test("readElf() gives an ElfError or a value for 20,000 damaged files", () => {
  let seed = 0x1234_5678;
  const next = () => {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    return seed >>> 0;
  };
  let refused = 0;
  for (let round = 0; round < 20_000; round++) {
    const file = elfWithSymbols();
    for (let change = next() % 8; change >= 0; change--) file[next() % file.length] = next();
    try {
      readElf(file);
    } catch (error) {
      assert.ok(error instanceof ElfError, String(error));
      refused++;
    }
  }
  assert.ok(refused > 1000, `${refused} refused`);
});

Deno.test("ElfError says field, offset and state", () => {
  const file = sample.slice();
  file[18] = 3;
  assert.throws(() => readElf(file), {
    name: "ElfError",
    field: "machine",
    offset: 18,
    message: "Cannot read ELF machine at offset 0x12: it is 3, not 40",
  });
});
