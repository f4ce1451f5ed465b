import { ElfError } from "../errors.ts";
import type { Elf, ElfSymbol, Section, Segment } from "./image.ts";

const HEADER_BYTES = 52;
const PROGRAM_HEADER_BYTES = 32;
const SECTION_HEADER_BYTES = 40;
const SYMBOL_BYTES = 16;
const SHT_SYMTAB = 2;
const SHT_NOBITS = 8;
const SHF_ALLOC = 2;

/**
 * Reads an ELF file. Every offset and length is checked before it is used.
 *
 * Shape: `file` is the whole file, ELF32, little-endian, EXEC, ARM; segments are views of it.
 *
 * @throws {ElfError} That names the first part that is wrong, and where it stands.
 * @see System V ABI, edition 4.1, chapters 4 and 5; ELF for the Arm Architecture 2023Q3
 */
export function readElf(file: Uint8Array): Elf {
  if (file.length < HEADER_BYTES) {
    throw new ElfError("header", 0, `the file has ${file.length} bytes, a header ${HEADER_BYTES}`);
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const expect = (field: string, offset: number, actual: number, ...wanted: number[]) => {
    if (wanted.includes(actual)) return;
    throw new ElfError(field, offset, `it is ${actual}, not ${wanted.join(" or ")}`);
  };
  expect("magic", 0, view.getUint32(0), 0x7f454c46);
  expect("class", 4, file[4], 1);
  expect("byte order", 5, file[5], 1);
  expect("OS ABI", 7, file[7], 0, 3);
  expect("type", 16, view.getUint16(16, true), 2);
  expect("machine", 18, view.getUint16(18, true), 40);
  expect("version", 20, view.getUint32(20, true), 1);
  const programHeaders = table(file, view, "program headers", 28, 42, PROGRAM_HEADER_BYTES);
  const sectionHeaders = table(file, view, "section headers", 32, 46, SECTION_HEADER_BYTES);
  const { sections, symbols } = readSections(file, view, sectionHeaders);
  return {
    entry: view.getUint32(24, true),
    flags: view.getUint32(36, true),
    segments: programHeaders.map((at) => readSegment(file, view, at)),
    sections,
    symbols,
  };
}

/** Gives the offsets of a table's entries. `sizeAt` holds the size of an entry, followed by their number. */
function table(
  file: Uint8Array,
  view: DataView,
  field: string,
  offsetAt: number,
  sizeAt: number,
  entryBytes: number,
): number[] {
  const offset = view.getUint32(offsetAt, true);
  const count = view.getUint16(sizeAt + 2, true);
  if (count === 0) return [];
  const size = view.getUint16(sizeAt, true);
  if (size !== entryBytes) {
    throw new ElfError(field, sizeAt, `an entry has ${size} bytes, not ${entryBytes}`);
  }
  slice(file, field, offsetAt, offset, count * entryBytes);
  return Array.from({ length: count }, (_, index) => offset + index * entryBytes);
}

/** Gives bytes of the file, once it is sure that it has them; `at` is where offset and length were read. */
function slice(
  file: Uint8Array,
  field: string,
  at: number,
  offset: number,
  length: number,
): Uint8Array {
  if (offset + length > file.length) {
    const end = offset + length;
    throw new ElfError(field, at, `it ends at ${end}, the file at ${file.length}`);
  }
  return file.subarray(offset, offset + length);
}

function readSegment(file: Uint8Array, view: DataView, at: number): Segment {
  const word = (index: number) => view.getUint32(at + 4 * index, true);
  const bytes = slice(file, "segment", at, word(1), word(4));
  const segment: Segment = {
    type: word(0),
    virtualAddress: word(2),
    physicalAddress: word(3),
    bytes,
    memorySizeBytes: word(5),
    flags: word(6),
    alignment: word(7),
  };
  if (segment.type === 1 && segment.memorySizeBytes < bytes.length) {
    throw new ElfError("segment", at, "it has fewer bytes in memory than in the file");
  }
  if (segment.physicalAddress + segment.memorySizeBytes > 2 ** 32) {
    throw new ElfError("segment", at, "it ends above the address space");
  }
  return segment;
}

function readSections(
  file: Uint8Array,
  view: DataView,
  headers: readonly number[],
): { sections: Section[]; symbols: Map<string, ElfSymbol> } {
  const sections: Section[] = [];
  const symbols = new Map<string, ElfSymbol>();
  if (headers.length === 0) return { sections, symbols };
  const word = (header: number, index: number) => view.getUint32(header + 4 * index, true);
  const body = (header: number, field: string) =>
    slice(file, field, header, word(header, 4), word(header, 5));
  const linked = (index: number, field: string, at: number) => {
    const header = headers[index];
    if (header === undefined) throw new ElfError(field, at, `there is no section ${index}`);
    return body(header, field);
  };
  const names = linked(view.getUint16(50, true), "section names", 50);
  for (const header of headers) {
    const type = word(header, 1);
    if (word(header, 2) & SHF_ALLOC && word(header, 5) > 0) {
      sections.push({
        name: text(names, "section name", header, word(header, 0)),
        address: word(header, 3),
        sizeBytes: word(header, 5),
        hasBytes: type !== SHT_NOBITS,
      });
    }
    if (type !== SHT_SYMTAB) continue;
    const strings = linked(word(header, 6), "symbol names", header + 24);
    const entries = body(header, "symbols");
    const offset = word(header, 4);
    for (let at = offset; at + SYMBOL_BYTES <= offset + entries.length; at += SYMBOL_BYTES) {
      const name = text(strings, "symbol name", at, word(at, 0));
      if (name) symbols.set(name, { value: word(at, 1), sizeBytes: word(at, 2) });
    }
  }
  return { sections, symbols };
}

const decoder = new TextDecoder();

function text(strings: Uint8Array, field: string, at: number, offset: number): string {
  const end = offset < strings.length ? strings.indexOf(0, offset) : -1;
  if (end < 0) throw new ElfError(field, at, `its text at ${offset} has no end`);
  return decoder.decode(strings.subarray(offset, end));
}
