import { IMAGE_REGIONS } from "../../chip/memory.ts";
import { ChipFileError, ProbeRsError } from "../probe_rs/errors.ts";
import type { Board } from "./board.ts";
import { type LogLine, parseLogLine } from "./log_line.ts";

/** What probe-rs itself prints among the lines of the board. */
export const OF_PROBE_RS = /^(Exited by user request|Firmware exited .*)?$/;
/** No more has come for so long: what the board had kept is read. */
const QUIET_MS = 700;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5000;

/** How a log is followed. */
export interface LogOptions {
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** Ends it when what the board had kept is read, or when probe-rs fails. */
  readonly once?: boolean;
  /** Leaves out what was logged before the board's last start. */
  readonly sinceBoot?: boolean;
  /** Told when the board is lost, and before each new try. */
  readonly onLost?: (error: Error, delayMs: number) => void;
}

/**
 * Follows a board's log over its probe, through resets and re-plugging, without halting it.
 *
 * The board keeps what nobody has read, so that lines come once each whatever happens between. Ends when
 * `signal` is aborted, or the caller leaves the loop.
 *
 * @throws {ProbeRsError} If the board cannot be reached to begin with, or with `once`.
 */
export async function* followLog(board: Board, options: LogOptions = {}): AsyncGenerator<LogLine> {
  const queue = new LineQueue(options.sinceBoot ?? false);
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const reading = readOn(board, options, signal, queue).finally(() => queue.end());
  // It is awaited below; until then nobody else would hear of it.
  reading.catch(() => {});
  try {
    yield* queue.lines(options.once ?? false);
    if (!options.once) await reading;
  } finally {
    stop.abort();
    await reading.catch(() => {});
  }
  if (options.once) await reading;
}

/** Attaches again and again until it is told to stop. */
async function readOn(
  { probeRs, target }: Board,
  { once, onLost }: LogOptions,
  signal: AbortSignal,
  queue: LineQueue,
): Promise<void> {
  const { start, sizeBytes } = IMAGE_REGIONS.LOG;
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
          queue.push(parseLogLine(text, new Date()));
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

/** Lines between probe-rs and whoever reads them. */
class LineQueue {
  readonly #lines: LogLine[] = [];
  readonly #sinceBoot: boolean;
  #ended = false;
  #wake?: () => void;

  constructor(sinceBoot: boolean) {
    this.#sinceBoot = sinceBoot;
  }

  push(line: LogLine): void {
    this.#lines.push(line);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Gives lines as they come; with `once`, until none has come for a while. */
  async *lines(once: boolean): AsyncGenerator<LogLine> {
    if (once || this.#sinceBoot) {
      while (await this.#more(QUIET_MS));
      const boot = this.#sinceBoot ? this.#lines.findLastIndex(({ isBoot }) => isBoot) : 0;
      this.#lines.splice(0, boot);
    }
    for (;;) {
      while (this.#lines.length > 0) yield this.#lines.shift()!;
      if (this.#ended || once) return;
      await this.#more();
    }
  }

  /** Waits until a line has come; `false` if the end, or the time, came first. */
  async #more(withinMs?: number): Promise<boolean> {
    const before = this.#lines.length;
    if (this.#ended) return false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      // The first line has to wait for probe-rs to connect.
      if (withinMs !== undefined) {
        timer = setTimeout(resolve, before === 0 ? 4 * withinMs : withinMs);
      }
    });
    clearTimeout(timer);
    this.#wake = undefined;
    return this.#lines.length > before;
  }
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
