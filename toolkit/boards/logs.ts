import { IMAGE_REGIONS } from "../../chip/memory.ts";
import { ChipFileError, InterruptedError, ProbeRsError } from "../probe_rs/errors.ts";
import type { Board } from "./board.ts";
import { type LineQueue, linesOf } from "./line_queue.ts";
import { type LogLine, parseLogLine } from "./log_line.ts";
import { type LogRing, readLogRing } from "./log_ring.ts";

/** What probe-rs itself prints among the lines of the board. */
export const OF_PROBE_RS = /^(Exited by user request|Firmware exited .*)?$/;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5000;

/** How a log is followed. */
export interface LogOptions {
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** Ends it when what the board had kept is read, or when probe-rs fails. */
  readonly once?: boolean;
  /** Begins at the board's last start: with lines, too, that somebody has read, as long as the board still has them. */
  readonly sinceBoot?: boolean;
  /** Told when the board is lost, and before each new try. */
  readonly onLost?: (error: Error, delayMs: number) => void;
}

/**
 * Follows a board's log over its probe, through resets and re-plugging, without halting it.
 *
 * The board keeps what nobody has read, so that lines come once each whatever happens between; what was read stays
 * in its ring of 4.7 KB until newer lines overwrite it, and `sinceBoot` reads it again there. Ends when `signal` is
 * aborted, or the caller leaves the loop.
 *
 * @throws {ProbeRsError} If the board cannot be reached to begin with, or with `once`.
 */
export function followLog(board: Board, options: LogOptions = {}): AsyncGenerator<LogLine> {
  return linesOf((queue, signal) => readOn(board, options, signal, queue), options);
}

/** Attaches again and again until it is told to stop. */
async function readOn(
  board: Board,
  { once, onLost, sinceBoot }: LogOptions,
  signal: AbortSignal,
  queue: LineQueue,
): Promise<void> {
  const { probeRs, target } = board;
  const { start, sizeBytes } = IMAGE_REGIONS.LOG;
  const ring = sinceBoot ? await ringUnless(signal, board) : undefined;
  const kept = ring && splitAtBoot(ring);
  for (const text of kept?.lines ?? []) queue.keep(parseLogLine(text, new Date()));
  if (once && kept && ring?.fresh === "") return;
  let { skip = 0, begun = "" } = kept ?? {};
  let hasWorked = false;
  for (let delayMs = FIRST_DELAY_MS; !signal.aborted;) {
    const began = performance.now();
    try {
      await probeRs.attach(target, {
        signal,
        scan: [start, start + sizeBytes],
        onOutLine(text) {
          if (OF_PROBE_RS.test(text)) return;
          hasWorked = true;
          delayMs = FIRST_DELAY_MS;
          if (skip > 0) return void skip--;
          queue.push(parseLogLine(begun + text, new Date()));
          begun = "";
        },
      });
      if (once) return;
    } catch (error) {
      if (!(error instanceof ProbeRsError) || error instanceof ChipFileError) throw error;
      hasWorked ||= performance.now() - began > LONGEST_DELAY_MS;
      if (once || !hasWorked) throw error;
      onLost?.(error, delayMs);
    }
    await pause(delayMs, signal);
    delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS);
  }
}

async function ringUnless(signal: AbortSignal, board: Board): Promise<LogRing | undefined> {
  try {
    return await readLogRing(board, { signal });
  } catch (error) {
    if (error instanceof InterruptedError) return undefined;
    throw error;
  }
}

/** What of a ring belongs to the last start. */
export interface SinceBoot {
  /** Lines that somebody has read. */
  readonly lines: readonly string[];
  /** The beginning of the first line that comes: a reader stopped within it. */
  readonly begun: string;
  /** So many of the lines that come are older than the last start. */
  readonly skip: number;
}

/** Finds the last start in what a ring holds; without one, all of it counts. */
export function splitAtBoot({ taken, fresh }: LogRing): SinceBoot {
  const lines = taken.split("\n");
  const begun = lines.pop()!;
  const coming = (begun + fresh).split("\n");
  const lastBoot = (some: readonly string[]) =>
    some.findLastIndex((text) => parseLogLine(text, new Date()).isBoot);
  const skip = lastBoot(coming);
  if (skip > 0) return { lines: [], begun: "", skip };
  if (skip === 0) return { lines: [], begun, skip };
  return { lines: lines.slice(Math.max(0, lastBoot(lines))), begun, skip: 0 };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
