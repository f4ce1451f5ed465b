import { join } from "node:path";
import { MEMORIES } from "../../chip/memory.ts";
import { checkImage } from "../elf/check_image.ts";
import { SegmentType } from "../elf/image.ts";
import { readElf } from "../elf/read.ts";
import { ToolkitError } from "../errors.ts";
import type { FlashEvent } from "../probe_rs/flash_events.ts";
import type { Board } from "./board.ts";
import { type Boot, bootBoard } from "./boot.ts";

/** There is no loader in the internal flash, so that nothing would start the image. */
export class NoLoaderError extends ToolkitError {
  override name = "NoLoaderError";
  /** @param selector The probe. */
  constructor(readonly selector: string) {
    super(`Cannot boot an image on ${selector}: its internal flash holds no loader`);
  }
}

/** Where flashing is. */
export type FlashPhase = "looking" | "loader" | "image" | "verifying" | "booting";

/** How far the writing of the loader or the image is. */
export interface FlashProgress {
  /** All is erased before anything is written. */
  readonly step: "erasing" | "writing";
  /** Bytes behind it in this step. */
  readonly doneBytes: number;
  /** Bytes of what is written. */
  readonly sizeBytes: number;
}

/** What is flashed, and how. */
export interface FlashOptions {
  /** The image, a whole file as `usbnvme build` writes it. */
  readonly image: Uint8Array;
  /** The loader, an ELF file; installed first if it is given. */
  readonly loader?: Uint8Array;
  /** Whether what was written is read back. */
  readonly verify?: boolean;
  /**
   * Absolute path of a chip file whose algorithm for the external flash can read it, for `verify` where the board's
   * own cannot, as ST's: the flash is mapped into memory only once a program has set that up.
   */
  readonly verifyChipFile?: string;
  /** How long the board may take to boot; 60 seconds by default. */
  readonly bootTimeoutMs?: number;
  /** Ends it. An image that was cut off is refused by the loader, and mended by flashing again. */
  readonly signal?: AbortSignal;
  /** Told of each phase as it begins. */
  readonly onPhase?: (phase: FlashPhase) => void;
  /** Told while the loader or the image is written, where probe-rs tells; nothing may depend on it. */
  readonly onProgress?: (progress: FlashProgress) => void;
}

/** What now runs, and what it took. */
export interface Flashed extends Boot {
  /** Bytes of the image. */
  readonly imageBytes: number;
  /** How long writing the image took. */
  readonly writeMs: number;
}

/**
 * Flashes an image, resets the board, and waits until it tells who it is.
 *
 * @throws {ElfError} If the image is none, before anything is touched.
 * @throws {NoLoaderError} If there is no loader, before anything is written.
 * @throws {NotBootedError} If the board does not come up with it.
 * @throws {ProbeRsError} A subclass that says what else went wrong.
 */
export async function flashBoard(board: Board, options: FlashOptions): Promise<Flashed> {
  const { image, loader, verify, verifyChipFile, signal, onPhase, onProgress } = options;
  const onEvent = (start: number, sizeBytes: number) =>
    onProgress && progressOf(start, sizeBytes, onProgress);
  const { probeRs, target } = board;
  checkImage(image);
  const folder = await Deno.makeTempDir({ prefix: "usbnvme-flash-" });
  try {
    if (loader) {
      onPhase?.("loader");
      const file = join(folder, "loader.elf");
      await Deno.writeFile(file, loader);
      await probeRs.download(target, file, {
        format: "elf",
        verify,
        signal,
        onEvent: onEvent(MEMORIES.FLASH.start, loadedBytes(loader)),
      });
    } else {
      onPhase?.("looking");
      const [stack] = await probeRs.read32(target, MEMORIES.FLASH.start, 1, { signal });
      if (stack === 0xffff_ffff) throw new NoLoaderError(target.probe);
    }
    onPhase?.("image");
    const file = join(folder, "image.bin");
    await Deno.writeFile(file, image);
    const began = performance.now();
    const baseAddress = MEMORIES.XSPI2.start;
    await probeRs.download(target, file, {
      format: "bin",
      baseAddress,
      verify: verify && verifyChipFile === undefined,
      signal,
      onEvent: onEvent(baseAddress, image.length),
    });
    const writeMs = performance.now() - began;
    if (verify && verifyChipFile !== undefined) {
      onPhase?.("verifying");
      await probeRs.verify({ ...target, chipFile: verifyChipFile }, file, { baseAddress, signal });
    }
    onPhase?.("booting");
    const boot = await bootBoard(board, options.bootTimeoutMs ?? 60_000, { signal });
    return { ...boot, imageBytes: image.length, writeMs };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Makes progress of what probe-rs tells; sectors and pages may reach beyond the end. */
function progressOf(
  start: number,
  sizeBytes: number,
  onProgress: (progress: FlashProgress) => void,
): (event: FlashEvent) => void {
  let writtenBytes = 0;
  return (event) => {
    const isErase = event.kind === "erase";
    if (!isErase) writtenBytes += event.bytes;
    const doneBytes = Math.min(sizeBytes, isErase ? event.address - start : writtenBytes);
    onProgress({ step: isErase ? "erasing" : "writing", doneBytes, sizeBytes });
  };
}

/** Bytes that an ELF file puts into flash. */
function loadedBytes(elf: Uint8Array): number {
  const loaded = readElf(elf).segments.filter(({ type }) => type === SegmentType.LOAD);
  return loaded.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
