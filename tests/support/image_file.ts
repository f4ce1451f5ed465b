import { crc32c } from "../../toolkit/crc32c.ts";
import { type Elf, type Segment, SegmentType } from "../../toolkit/elf/image.ts";
import { readElf } from "../../toolkit/elf/read.ts";
import { writeElf } from "../../toolkit/elf/write.ts";

const NOTE_BYTES = 28;
/** Where in a note the file's length and checksum stand. */
const LENGTH_AT = 20;
const CHECKSUM_AT = 24;

/** A note as the loader looks for it, its length and checksum still zero. */
function note(): Segment {
  const bytes = new Uint8Array(NOTE_BYTES);
  new Uint32Array(bytes.buffer).set([8, 8, 1]);
  bytes.set(new TextEncoder().encode("usbnvme"), 12);
  return {
    type: SegmentType.NOTE,
    flags: 4,
    virtualAddress: 0,
    physicalAddress: 0,
    bytes,
    memorySizeBytes: NOTE_BYTES,
    alignment: 4,
  };
}

/** A segment of `sizeBytes` octets that no program uses. */
export function filler(address: number, sizeBytes: number): Segment {
  return {
    type: SegmentType.LOAD,
    flags: 4,
    virtualAddress: address,
    physicalAddress: address,
    bytes: Uint8Array.from({ length: sizeBytes }, (_, index) => index * 31 + (index >> 8)),
    memorySizeBytes: sizeBytes,
    alignment: 4,
  };
}

/**
 * Makes of a linked program the file that stands in external flash: stripped, with a note.
 *
 * @param change Gives other segments, for images that must not load.
 */
export function imageFile(
  program: Uint8Array,
  change: (segments: readonly Segment[], elf: Elf) => readonly Segment[] = (segments) => segments,
): Uint8Array {
  const elf = readElf(program);
  const loads = elf.segments.filter(({ type }) => type === SegmentType.LOAD);
  const { file, offsets } = writeElf(elf.entry, elf.flags, [note(), ...change(loads, elf)]);
  seal(file, offsets[0]);
  return file;
}

/** Writes the note's length and checksum again, after a change to the file. */
export function seal(file: Uint8Array, noteOffset = noteOf(file)): void {
  const view = new DataView(file.buffer);
  view.setUint32(noteOffset + LENGTH_AT, file.length, true);
  view.setUint32(noteOffset + CHECKSUM_AT, 0, true);
  view.setUint32(noteOffset + CHECKSUM_AT, crc32c(file), true);
}

function noteOf(file: Uint8Array): number {
  const view = new DataView(file.buffer);
  for (let at = 52;; at += 32) {
    if (view.getUint32(at, true) === SegmentType.NOTE) return view.getUint32(at + 4, true);
  }
}
