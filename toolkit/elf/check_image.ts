import { MEMORIES } from "../../chip/memory.ts";
import { crc32c } from "../crc32c.ts";
import { ElfError } from "../errors.ts";
import { SegmentType } from "./image.ts";
import { readElf } from "./read.ts";

/** Offsets in the note of an image, behind its name. */
const NOTE_BYTES = 28;
const LENGTH_AT = 20;
const CRC_AT = 24;

/**
 * Checks that a file is an image which the loader will start: an ELF whose note has its length and CRC-32C.
 *
 * @throws {ElfError} That names what is wrong, and where.
 * @see ARCHITECTURE.md, "The image file"
 */
export function checkImage(file: Uint8Array): void {
  const elf = readElf(file);
  const note = elf.segments.find(({ type }) => type === SegmentType.NOTE)?.bytes;
  if (
    !note || note.length < NOTE_BYTES ||
    new TextDecoder().decode(note.subarray(12, 19)) !== "usbnvme"
  ) {
    throw new ElfError(
      "note",
      0,
      "the file has none of usbnvme: it was not built by `usbnvme build`",
    );
  }
  if (file.length > MEMORIES.XSPI2.sizeBytes) {
    throw new ElfError("size", 0, `${file.length} bytes are more than the flash has`);
  }
  const at = note.byteOffset - file.byteOffset;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = view.getUint32(at + LENGTH_AT, true);
  if (length !== file.length) {
    throw new ElfError(
      "length",
      at + LENGTH_AT,
      `it is ${length}, the file has ${file.length} bytes`,
    );
  }
  const crc = view.getUint32(at + CRC_AT, true);
  const copy = file.slice();
  copy.fill(0, at + CRC_AT, at + CRC_AT + 4);
  const found = crc32c(copy);
  if (crc !== found) {
    const hex = (value: number) => `0x${value.toString(16).padStart(8, "0")}`;
    throw new ElfError("CRC-32C", at + CRC_AT, `it is ${hex(crc)}, of the file ${hex(found)}`);
  }
}
