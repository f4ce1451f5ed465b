import type { Segment } from "./image.ts";

const HEADER_BYTES = 52;
const PROGRAM_HEADER_BYTES = 32;

/** Where the parts of a written file stand. */
export interface WrittenElf {
  /** The whole file. */
  readonly file: Uint8Array;
  /** File offset of each segment's bytes, in the order given. */
  readonly offsets: readonly number[];
}

/**
 * Writes a stripped ELF file: header, program headers, then the segments' bytes in the order given,
 * each at the next offset that is equal to its address modulo its alignment (of at most 16 bytes).
 *
 * Shape: ELF32, little-endian, EXEC, ARM; no section headers.
 *
 * @param entry Entry point, with the Thumb bit.
 * @param flags ELF flags of the machine.
 */
export function writeElf(entry: number, flags: number, segments: readonly Segment[]): WrittenElf {
  let end = HEADER_BYTES + PROGRAM_HEADER_BYTES * segments.length;
  const offsets = segments.map(({ bytes, virtualAddress, alignment }) => {
    const step = Math.min(16, Math.max(1, alignment));
    const offset = end + ((virtualAddress - end) % step + step) % step;
    end = offset + bytes.length;
    return offset;
  });
  const file = new Uint8Array(end);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 40, true);
  view.setUint32(20, 1, true);
  view.setUint32(24, entry, true);
  view.setUint32(28, HEADER_BYTES, true);
  view.setUint32(36, flags, true);
  view.setUint16(40, HEADER_BYTES, true);
  view.setUint16(42, PROGRAM_HEADER_BYTES, true);
  view.setUint16(44, segments.length, true);
  view.setUint16(46, 40, true);
  segments.forEach((segment, index) => {
    const at = HEADER_BYTES + PROGRAM_HEADER_BYTES * index;
    const words = [
      segment.type,
      offsets[index],
      segment.virtualAddress,
      segment.physicalAddress,
      segment.bytes.length,
      segment.memorySizeBytes,
      segment.flags,
      Math.min(16, segment.alignment),
    ];
    words.forEach((word, field) => view.setUint32(at + 4 * field, word, true));
    file.set(segment.bytes, offsets[index]);
  });
  return { file, offsets };
}
