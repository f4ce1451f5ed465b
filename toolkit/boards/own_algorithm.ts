import { FLASH_PART } from "../../chip/flash_part.ts";
import { MEMORIES } from "../../chip/memory.ts";
import { type BuildContext, buildCrate } from "../cargo.ts";
import type { Elf } from "../elf/image.ts";
import { readElf } from "../elf/read.ts";
import { ElfError } from "../errors.ts";
import type { FlashAlgorithm } from "../probe_rs/flash_algorithm.ts";

const PT_LOAD = 1;
/** What one call programs: 64 pages of the flash. */
const PAGE_BYTES = 16 * 1024;
/** A page of the flash, and the frames of a few calls. */
const STACK_BYTES = 2048;
const PROGRAM_TIMEOUT_MS = 2_000;
const ERASE_TIMEOUT_MS = 5_000;

/**
 * Gives the project's own algorithm for the external flash, built from `xspiloader/algorithm` or out of
 * the cache: it can verify and read, which probe-rs's for this flash cannot. Throws what
 * {@link buildCrate} throws.
 */
export async function ownAlgorithm(context: BuildContext): Promise<FlashAlgorithm> {
  const { elf } = await buildCrate({
    package: "xspiloader-algorithm",
    sources: ["xspiloader"],
    profile: "release",
    features: [],
  }, context);
  return algorithmOf(readElf(elf));
}

/**
 * Turns an algorithm's ELF file, of one segment at its place in RAM, into what a chip file holds.
 *
 * @throws {ElfError} If it has not one segment, or lacks a function.
 * @see CMSIS-Pack, flash programming, algorithm functions
 */
export function algorithmOf(elf: Elf): FlashAlgorithm {
  const segments = elf.segments.filter(({ type, bytes }) => type === PT_LOAD && bytes.length > 0);
  if (segments.length !== 1) {
    throw new ElfError("segments", 28, `there are ${segments.length} to load, not 1`);
  }
  const [{ physicalAddress: loadAddress, bytes, memorySizeBytes }] = segments;
  const code = new Uint8Array(memorySizeBytes);
  code.set(bytes);
  const entry = (name: string): number => {
    const symbol = elf.symbols.get(name);
    if (!symbol) throw new ElfError("symbols", 32, `there is no function "${name}"`);
    return (symbol.value | 1) - loadAddress;
  };
  return {
    name: "mx25uw25645g_own",
    code,
    loadAddress,
    entries: {
      init: entry("Init"),
      uninit: entry("UnInit"),
      programPage: entry("ProgramPage"),
      eraseSector: entry("EraseSector"),
      eraseAll: entry("EraseChip"),
      verify: entry("Verify"),
      read: entry("ReadFlash"),
      blankCheck: entry("BlankCheck"),
    },
    dataOffset: code.length,
    stackBytes: STACK_BYTES,
    isDefault: true,
    flash: {
      start: MEMORIES.XSPI2.start,
      sizeBytes: FLASH_PART.sizeBytes,
      pageBytes: PAGE_BYTES,
      sectorBytes: FLASH_PART.blockBytes,
      programTimeoutMs: PROGRAM_TIMEOUT_MS,
      eraseTimeoutMs: ERASE_TIMEOUT_MS,
    },
  };
}
