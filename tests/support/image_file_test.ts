import assert from "node:assert/strict";
import { readElf } from "../../toolkit/elf/read.ts";
import { writeElf } from "../../toolkit/elf/write.ts";
import { filler, imageFile, seal } from "./image_file.ts";

const program = writeElf(0x41, 0x0500_0400, [filler(0, 64), filler(0x2000_0000, 7)]).file;

/** CRC-32C bit by bit, apart from the toolkit's. */
function crc(bytes: Uint8Array): number {
  let value = ~0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value >>> 1 ^ (value & 1 ? 0x82f6_3b78 : 0);
  }
  return ~value >>> 0;
}

/** Takes the checksum out of a file's note; returns it and what it must be. */
function checksums(file: Uint8Array): [number, number] {
  const [note] = readElf(file).segments;
  const bytes = file.slice();
  const at = note.bytes.byteOffset - file.byteOffset + 24;
  const view = new DataView(bytes.buffer);
  const said = view.getUint32(at, true);
  view.setUint32(at, 0, true);
  return [said, crc(bytes)];
}

Deno.test("imageFile() puts a note with length and checksum before the segments", () => {
  const file = imageFile(program);
  const { entry, segments } = readElf(file);
  assert.equal(entry, 0x41);
  assert.deepEqual(segments.map(({ type }) => type), [4, 1, 1]);
  const note = new DataView(segments[0].bytes.slice().buffer);
  assert.deepEqual([0, 4, 8, 20].map((at) => note.getUint32(at, true)), [8, 8, 1, file.length]);
  assert.equal(new TextDecoder().decode(segments[0].bytes.subarray(12, 20)), "usbnvme\0");
  assert.deepEqual(segments[2].bytes, filler(0, 7).bytes);
  const [said, actual] = checksums(file);
  assert.equal(said, actual);
});

Deno.test("imageFile() takes other segments, seal() makes a changed file whole again", () => {
  const file = imageFile(program, (segments) => [...segments, filler(0x3000_0000, 4)]);
  assert.equal(readElf(file).segments[3].physicalAddress, 0x3000_0000);
  file[file.length - 1] ^= 1;
  assert.notEqual(...checksums(file));
  seal(file);
  assert.equal(...checksums(file));
});
