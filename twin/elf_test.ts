import assert from "node:assert/strict";
import { ElfError, readElf, vectorTable } from "./elf.ts";
import { makeElf, type Segment } from "./testing/make_elf.ts";

function elf(segments: Segment[]): Uint8Array {
  return makeElf(0x2400_0101, segments);
}

const TABLE = Uint8Array.of(0, 0, 1, 0x20, 0x01, 0x01, 0x00, 0x24, 9, 9);

Deno.test("readElf() gives the segments, vectorTable() the one that begins with the entry", () => {
  const image = readElf(elf([[0x2000_0000, Uint8Array.of(1, 2, 3), 8], [0x2400_0000, TABLE, 10]]));
  assert.equal(image.entry, 0x2400_0101);
  assert.deepEqual(image.segments.map(({ address, memoryBytes }) => [address, memoryBytes]), [
    [0x2000_0000, 8],
    [0x2400_0000, 10],
  ]);
  assert.deepEqual(image.segments[0].bytes, Uint8Array.of(1, 2, 3));
  assert.equal(vectorTable(image), 0x2400_0000);
});

Deno.test("vectorTable() finds none where no segment begins with the entry", () => {
  assert.equal(vectorTable(readElf(elf([[0x2000_0000, Uint8Array.of(1, 2, 3), 8]]))), undefined);
});

Deno.test("readElf() refuses a file that is cut at any place, and other machines", () => {
  const whole = elf([[0x2400_0000, TABLE, 10]]);
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => readElf(whole.subarray(0, length)), ElfError, `${length} bytes`);
  }
  const other = whole.slice();
  other[18] = 62;
  assert.throws(() => readElf(other), /32-bit little-endian ARM/);
  assert.throws(() => readElf(elf([])), /no segments/);
});
