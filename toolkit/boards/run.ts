import { join } from "node:path";
import { IMAGE_REGIONS, IMAGE_SPLIT, SPLIT_STATUS, TCM_SHARE_CODES } from "../../chip/memory.ts";
import { checkImage } from "../elf/check_image.ts";
import { withSections } from "../elf/sections.ts";
import { ToolkitError } from "../errors.ts";
import { ProbeRsError } from "../probe_rs/errors.ts";
import type { Board } from "./board.ts";
import { type LineQueue, linesOf } from "./line_queue.ts";
import { type LogLine, parseLogLine } from "./log_line.ts";
import { OF_PROBE_RS } from "./logs.ts";

/** The option bytes split the RAM otherwise than the image needs it: no loader has run on this board yet. */
export class RamSplitError extends ToolkitError {
  override name = "RamSplitError";
  /**
   * @param selector The probe.
   * @param status FLASH_OBW2SR.
   */
  constructor(readonly selector: string, readonly status: number) {
    const { itcmKb, dtcmKb } = IMAGE_SPLIT;
    super(
      `Cannot run an image in the RAM of ${selector}: its option bytes do not give it ${itcmKb} KB ITCM and ` +
        `${dtcmKb} KB DTCM (FLASH_OBW2SR is 0x${status.toString(16).padStart(8, "0")})`,
    );
  }
}

/** How an image is run. */
export interface RunOptions {
  /** Ends the log; the image runs on. */
  readonly signal?: AbortSignal;
}

/**
 * Loads an image into RAM over the probe, starts it without a loader, and gives its log until `signal` is aborted, or
 * the caller leaves the loop; the image runs on.
 *
 * The flash stays as it is: a reset brings the flashed image back. The chip's RAM split must be the image's, which
 * the loader sets once.
 *
 * @throws {ElfError} If the image is none, before anything is touched.
 * @throws {RamSplitError} If it could not be loaded, the RAM being split otherwise.
 * @throws {ProbeRsError} A subclass that says what went wrong.
 */
export function runImage(
  board: Board,
  image: Uint8Array,
  options: RunOptions = {},
): AsyncGenerator<LogLine> {
  checkImage(image);
  return linesOf((queue, signal) => runOn(board, image, signal, queue), options);
}

async function runOn(
  board: Board,
  image: Uint8Array,
  signal: AbortSignal,
  queue: LineQueue,
): Promise<void> {
  const { start, sizeBytes } = IMAGE_REGIONS.LOG;
  const folder = await Deno.makeTempDir({ prefix: "usbnvme-run-" });
  try {
    const file = join(folder, "image.elf");
    await Deno.writeFile(file, withSections(image));
    await board.probeRs.run(board.target, file, {
      signal,
      scan: [start, start + sizeBytes],
      onOutLine: (text) => {
        if (!OF_PROBE_RS.test(text)) queue.push(parseLogLine(text, new Date()));
      },
    });
  } catch (error) {
    // Asked only now: a look before each start would cost the development loop a call of probe-rs.
    if (error instanceof ProbeRsError) await checkSplit(board, signal);
    throw error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** @throws {RamSplitError} If the board tells that it is so; a board that tells nothing has another fault. */
async function checkSplit({ probeRs, target }: Board, signal: AbortSignal): Promise<void> {
  const answer = await probeRs.read32(target, SPLIT_STATUS, 1, { signal }).catch(() => undefined);
  if (answer === undefined) return;
  const { itcmKb, dtcmKb } = IMAGE_SPLIT;
  const wanted = TCM_SHARE_CODES[dtcmKb] << 4 | TCM_SHARE_CODES[itcmKb];
  if ((answer[0] & 0x77) !== wanted) throw new RamSplitError(target.probe, answer[0]);
}
