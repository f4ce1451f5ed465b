import { IMAGE_REGIONS } from "../chip/memory.ts";
import { crc32c } from "./crc32c.ts";
import type { Elf, Segment } from "./elf/image.ts";
import { SegmentFlag, SegmentType } from "./elf/image.ts";
import { writeElf } from "./elf/write.ts";
import { ElfError, RegionFullError } from "./errors.ts";

/** What goes into an image beside the native code. */
export interface BakeInput {
  /** The script, UTF-8. */
  readonly script: Uint8Array;
  /** SHA-256 of the script, u8[32]. */
  readonly sha256: Uint8Array;
  /** idVendor, u16. */
  readonly vendorId: number;
  /** idProduct, u16. */
  readonly productId: number;
  /** Whether this is a debug build. */
  readonly debug: boolean;
  /** What the image says of itself, as `key=value`. */
  readonly strings: Readonly<Record<string, string>>;
}

/** A baked image. */
export interface BakedImage {
  /** The stripped ELF file. */
  readonly file: Uint8Array;
  /** Length of the baked block in bytes. */
  readonly blockBytes: number;
  /** Address behind the baked block, where the script heap begins. */
  readonly heapStart: number;
}

const BLOCK_MAGIC = 0x4b414255;
const BLOCK_HEADER_BYTES = 80;
const NOTE_BYTES = 28;
const NOTE_LENGTH_AT = 20;
const NOTE_CRC_AT = 24;

/**
 * Bakes a script into a base image.
 *
 * Shape: the file is as ARCHITECTURE.md, "The image file", says: a note with length and CRC-32C, the
 * base image's load segments, and one more for the baked block at `__bake_start`.
 *
 * @param base The base image with its symbols.
 * @throws {ElfError} If the base image is not one.
 * @throws {RegionFullError} If the block does not end at or below `__bake_end`.
 */
export function bake(base: Elf, input: BakeInput): BakedImage {
  const start = symbol(base, "__bake_start");
  const end = symbol(base, "__bake_end");
  const block = bakedBlock(input);
  if (start % 16) throw new ElfError("symbol __bake_start", 0, "it is not a multiple of 16");
  if (start + block.length > end) {
    throw new RegionFullError("AXI SRAM (script)", block.length, Math.max(0, end - start));
  }
  const loads = base.segments.filter((one) =>
    one.type === SegmentType.LOAD && one.memorySizeBytes > 0 && !isUnloaded(one)
  );
  const limit = IMAGE_REGIONS.AXI.start + IMAGE_REGIONS.AXI.sizeBytes;
  for (const one of loads) {
    const at = one.physicalAddress;
    if (at !== one.virtualAddress) {
      throw new ElfError("segment", 0, `0x${at.toString(16)} is not the address that it runs at`);
    }
    if (at < limit && at + one.memorySizeBytes > start) {
      throw new ElfError("segment", 0, `0x${at.toString(16)} reaches into the baked block`);
    }
  }
  const note: Segment = {
    type: SegmentType.NOTE,
    flags: SegmentFlag.READ,
    virtualAddress: 0,
    physicalAddress: 0,
    bytes: noteBytes(),
    memorySizeBytes: NOTE_BYTES,
    alignment: 4,
  };
  const baked: Segment = {
    type: SegmentType.LOAD,
    flags: SegmentFlag.READ,
    virtualAddress: start,
    physicalAddress: start,
    bytes: block,
    memorySizeBytes: block.length,
    alignment: 16,
  };
  const { file, offsets } = writeElf(base.entry, base.flags, [note, ...loads, baked]);
  const view = new DataView(file.buffer);
  view.setUint32(offsets[0] + NOTE_LENGTH_AT, file.length, true);
  view.setUint32(offsets[0] + NOTE_CRC_AT, crc32c(file), true);
  return { file, blockBytes: block.length, heapStart: start + block.length };
}

/** Whether a segment lies in the memory that has no clock before the image gives it one. */
function isUnloaded({ physicalAddress, bytes }: Segment): boolean {
  const { start, sizeBytes } = IMAGE_REGIONS.AHB;
  if (physicalAddress < start || physicalAddress >= start + sizeBytes) return false;
  if (bytes.length === 0) return true;
  throw new ElfError("segment", 0, `0x${physicalAddress.toString(16)} cannot be loaded`);
}

function symbol(base: Elf, name: string): number {
  const found = base.symbols.get(name);
  if (!found) throw new ElfError(`symbol ${name}`, 0, "the base image has none");
  return found.value;
}

function noteBytes(): Uint8Array {
  const bytes = new Uint8Array(NOTE_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 8, true);
  view.setUint32(4, 8, true);
  view.setUint32(8, 1, true);
  bytes.set(new TextEncoder().encode("usbnvme"), 12);
  return bytes;
}

/**
 * Lays out the baked block.
 *
 * Shape: 80 bytes of header, `key=value\0` strings, the script, NUL, zeros up to a multiple of 16.
 */
export function bakedBlock(input: BakeInput): Uint8Array {
  const pairs = Object.entries(input.strings).map(([key, value]) => `${key}=${value}\0`);
  const strings = new TextEncoder().encode(pairs.join(""));
  const scriptAt = BLOCK_HEADER_BYTES + strings.length;
  const length = Math.ceil((scriptAt + input.script.length + 1) / 16) * 16;
  const block = new Uint8Array(length);
  const view = new DataView(block.buffer);
  view.setUint32(0, BLOCK_MAGIC, true);
  view.setUint32(4, 1, true);
  view.setUint32(8, length, true);
  view.setUint32(12, input.debug ? 1 : 0, true);
  view.setUint32(16, scriptAt, true);
  view.setUint32(20, input.script.length, true);
  view.setUint16(24, input.vendorId, true);
  view.setUint16(26, input.productId, true);
  view.setUint32(28, BLOCK_HEADER_BYTES, true);
  view.setUint32(32, strings.length, true);
  block.set(input.sha256, 48);
  block.set(strings, BLOCK_HEADER_BYTES);
  block.set(input.script, scriptAt);
  return block;
}
