import { join } from "node:path";
import { IMAGE_REGIONS } from "../../chip/memory.ts";
import { checkImage } from "../elf/check_image.ts";
import { withSections } from "../elf/sections.ts";
import type { Board } from "./board.ts";
import { type LogLine, parseLogLine } from "./log_line.ts";
import { OF_PROBE_RS } from "./logs.ts";

/** How an image is run. */
export interface RunOptions {
  /** Ends the log; the image runs on. */
  readonly signal: AbortSignal;
  /** Gets each line of the log. */
  readonly onLine: (line: LogLine) => void;
}

/**
 * Loads an image into RAM over the probe, starts it without a loader, and follows its log until `signal`.
 *
 * The flash stays as it is: a reset brings the flashed image back. The chip's RAM split must be the image's, which
 * the loader sets once.
 *
 * @throws {ElfError} If the image is none, before anything is touched.
 * @throws {ProbeRsError} A subclass that says what went wrong.
 */
export async function runImage(
  board: Board,
  image: Uint8Array,
  options: RunOptions,
): Promise<void> {
  checkImage(image);
  const { start, sizeBytes } = IMAGE_REGIONS.LOG;
  const folder = await Deno.makeTempDir({ prefix: "usbnvme-run-" });
  try {
    const file = join(folder, "image.elf");
    await Deno.writeFile(file, withSections(image));
    await board.probeRs.run(board.target, file, {
      signal: options.signal,
      scan: [start, start + sizeBytes],
      onOutLine: (text) => {
        if (!OF_PROBE_RS.test(text)) options.onLine(parseLogLine(text, new Date()));
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
