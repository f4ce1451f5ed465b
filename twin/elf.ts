/** One PT_LOAD segment of an ELF file. */
export interface ElfSegment {
  /** Where it goes. */
  readonly address: number;
  /** Its bytes in the file; a view. */
  readonly bytes: Uint8Array;
  /** Length in memory; the rest is zero. */
  readonly memoryBytes: number;
}

/** What the twin needs of an ELF file. */
export interface ElfImage {
  /** Entry point as in the header. */
  readonly entry: number;
  /** Segments with a length in memory, in the file's order. */
  readonly segments: readonly ElfSegment[];
}

/** Thrown for bytes that are no ELF file that this chip can run. */
export class ElfError extends Error {
  override name = "ElfError";
}

const HEADER_BYTES = 52;
const SEGMENT_BYTES = 32;
const PT_LOAD = 1;
const EM_ARM = 40;

/**
 * Reads the loadable segments of an ELF32 little-endian ARM file.
 *
 * @param file The file; segments are views of it.
 * @throws {ElfError} If the header is not such a file's, or a segment is not inside the file.
 */
export function readElf(file: Uint8Array): ElfImage {
  if (file.length < HEADER_BYTES || file[0] !== 0x7f || file[1] !== 0x45) {
    throw new ElfError("Cannot read the image: not an ELF file");
  }
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  if (file[4] !== 1 || file[5] !== 1 || view.getUint16(18, true) !== EM_ARM) {
    throw new ElfError("Cannot read the image: not a 32-bit little-endian ARM file");
  }
  const offset = view.getUint32(28, true);
  const size = view.getUint16(42, true);
  const count = view.getUint16(44, true);
  if (size !== SEGMENT_BYTES || offset + count * size > file.length) {
    throw new ElfError("Cannot read the image: its program headers are not inside the file");
  }
  const segments: ElfSegment[] = [];
  for (let i = 0; i < count; i++) {
    const at = offset + i * size;
    if (view.getUint32(at, true) !== PT_LOAD) continue;
    const start = view.getUint32(at + 4, true);
    const fileBytes = view.getUint32(at + 16, true);
    const memoryBytes = view.getUint32(at + 20, true);
    if (memoryBytes === 0) continue;
    if (start + fileBytes > file.length || fileBytes > memoryBytes) {
      throw new ElfError(`Cannot read the image: segment ${i} is not inside the file`);
    }
    const bytes = file.subarray(start, start + fileBytes);
    segments.push({ address: view.getUint32(at + 12, true), bytes, memoryBytes });
  }
  if (segments.length === 0) throw new ElfError("Cannot read the image: it has no segments");
  return { entry: view.getUint32(24, true), segments };
}

/**
 * Finds the vector table: the start of the segment whose second word is the entry point.
 *
 * @returns Its address; undefined if no segment begins so.
 */
export function vectorTable({ entry, segments }: ElfImage): number | undefined {
  const isTable = ({ bytes }: ElfSegment) =>
    bytes.length >= 8 &&
    new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) === (entry | 1) >>> 0;
  return segments.find(isTable)?.address;
}
