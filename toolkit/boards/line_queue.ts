import type { LogLine } from "./log_line.ts";

/** No more has come for so long: what the board had kept is read. */
const QUIET_MS = 700;

/** Lines between probe-rs and whoever reads them. */
export class LineQueue {
  readonly #lines: LogLine[] = [];
  #count = 0;
  #isConnected = false;
  #ended = false;
  #wake?: () => void;

  /** Takes a line that the board has sent. */
  push(line: LogLine): void {
    this.#isConnected = true;
    this.keep(line);
  }

  /** Takes a line that was known before. */
  keep(line: LogLine): void {
    this.#lines.push(line);
    this.#count++;
    this.#wake?.();
  }

  /** Says that no more will come. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Gives lines as they come, to the end; with `once`, until none has come for a while. */
  async *lines(once = false): AsyncGenerator<LogLine> {
    for (let isQuiet = false; !isQuiet;) {
      while (this.#lines.length > 0) yield this.#lines.shift()!;
      if (this.#ended) return;
      isQuiet = !await this.#more(once) && once;
    }
  }

  /** Waits until a line has come; `false` if the end, or the time, came first. */
  async #more(once: boolean): Promise<boolean> {
    const before = this.#count;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      // The first line has to wait for probe-rs to connect.
      if (once) timer = setTimeout(resolve, this.#isConnected ? QUIET_MS : 4 * QUIET_MS);
    });
    clearTimeout(timer);
    this.#wake = undefined;
    return this.#count > before;
  }
}

/**
 * Gives the lines that `work` pushes until it ends, or `outer` is aborted, or the reader leaves: then `work` is told
 * to stop by its own signal, and waited for. Throws what `work` throws.
 */
export async function* linesOf(
  work: (queue: LineQueue, signal: AbortSignal) => Promise<void>,
  { signal: outer, once }: { readonly signal?: AbortSignal; readonly once?: boolean } = {},
): AsyncGenerator<LogLine> {
  const queue = new LineQueue();
  const stop = new AbortController();
  const signal = outer ? AbortSignal.any([outer, stop.signal]) : stop.signal;
  const working = work(queue, signal).finally(() => queue.end());
  // It is awaited below; until then nobody else would hear of it.
  working.catch(() => {});
  try {
    yield* queue.lines(once);
  } finally {
    stop.abort();
    await working.catch(() => {});
  }
  await working;
}
