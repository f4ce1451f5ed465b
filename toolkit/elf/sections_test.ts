import assert from "node:assert/strict";
import { readElf } from "./read.ts";
import { withSections } from "./sections.ts";
import { writeElf } from "./write.ts";

Deno.test("withSections() names a section for each segment with bytes, the vector table first", () => {
  const segment = (address: number, bytes: Uint8Array, type = 1) => ({
    type,
    flags: 5,
    virtualAddress: address,
    physicalAddress: address,
    bytes,
    memorySizeBytes: bytes.length + 4,
    alignment: 4,
  });
  const vectors = Uint8Array.of(0, 0x70, 0, 0x20, 0x41, 0, 0, 0, 9, 9, 9, 9);
  const { file } = writeElf(0x41, 0x05000400, [
    segment(0, Uint8Array.of(1, 2, 3, 4), 4),
    segment(0, vectors),
    segment(0x20007000, new Uint8Array()),
    segment(0x24020000, Uint8Array.of(5, 6, 7)),
  ]);
  const named = withSections(file);
  assert.deepEqual(named.subarray(0, 32), file.subarray(0, 32), "the header up to e_shoff");
  assert.deepEqual(readElf(named).segments, readElf(file).segments);
  assert.deepEqual(
    readElf(named).sections.map(({ name, address, sizeBytes, hasBytes }) => [
      name,
      address,
      sizeBytes,
      hasBytes,
    ]),
    [[".vector_table", 0, 12, true], [".segment1", 0x24020000, 3, true]],
  );
});
