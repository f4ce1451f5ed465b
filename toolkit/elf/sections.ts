import { readElf } from "./read.ts";

const SECTION_HEADER_BYTES = 40;
const PROGBITS = 1;
const STRTAB = 3;
const ALLOC = 2;

/**
 * Gives an image section headers: one section for each segment that has bytes. The one that begins with the vector
 * table is called `.vector_table`.
 *
 * Debuggers take an ELF file apart by sections, and a stripped image has none. Its check, which counts the whole
 * file, no longer holds.
 *
 * @throws {ElfError} If the file is no image.
 */
export function withSections(file: Uint8Array): Uint8Array {
  const { entry, segments } = readElf(file);
  const loaded = segments.filter(({ type, bytes }) => type === 1 && bytes.length > 0);
  const isVectors = (bytes: Uint8Array) =>
    bytes.length >= 8 &&
    new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) === (entry | 1) >>> 0;
  const names = loaded.map(({ bytes }, index) =>
    isVectors(bytes) ? ".vector_table" : `.segment${index}`
  );
  const strings = new TextEncoder().encode(`\0${[...names, ".shstrtab"].join("\0")}\0`);
  const count = loaded.length + 2;
  const headersAt = (file.length + strings.length + 3) & ~3;
  const out = new Uint8Array(headersAt + SECTION_HEADER_BYTES * count);
  out.set(file);
  out.set(strings, file.length);
  const view = new DataView(out.buffer);
  view.setUint32(32, headersAt, true); // e_shoff
  view.setUint16(46, SECTION_HEADER_BYTES, true);
  view.setUint16(48, count, true);
  view.setUint16(50, count - 1, true); // e_shstrndx
  let nameAt = 1;
  const write = (index: number, fields: readonly number[]) =>
    fields.forEach((field, at) =>
      view.setUint32(headersAt + SECTION_HEADER_BYTES * index + 4 * at, field, true)
    );
  loaded.forEach(({ physicalAddress, bytes }, index) => {
    write(index + 1, [
      nameAt,
      PROGBITS,
      ALLOC,
      physicalAddress,
      bytes.byteOffset - file.byteOffset,
      bytes.length,
      0,
      0,
      4,
    ]);
    nameAt += names[index].length + 1;
  });
  write(count - 1, [nameAt, STRTAB, 0, 0, file.length, strings.length, 0, 0, 1]);
  return out;
}
