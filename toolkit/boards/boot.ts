import { IMAGE_REGIONS, LOADER_REGIONS, type MemoryRange } from "../../chip/memory.ts";
import { ToolkitError } from "../errors.ts";
import { InterruptedError } from "../probe_rs/errors.ts";
import type { CallOptions } from "../probe_rs/probe_rs.ts";
import type { Board } from "./board.ts";

/** What a board says of itself when it starts. */
export interface Boot {
  /** Its UUID. */
  readonly uuid: string;
  /** Version of the firmware. */
  readonly version: string;
  /** Its revision, with `-dirty` if the checkout differed from it. */
  readonly revision: string;
}

/** A board did not come up. */
export class NotBootedError extends ToolkitError {
  override name = "NotBootedError";
  /**
   * @param selector The probe.
   * @param timeoutMs How long was waited.
   * @param log What it logged meanwhile.
   */
  constructor(
    readonly selector: string,
    readonly timeoutMs: number,
    readonly log: readonly string[],
  ) {
    const said = log.length > 0 ? `it logged:\n${log.join("\n")}` : "it logged nothing";
    super(`Cannot see ${selector} boot within ${timeoutMs / 1000} seconds: ${said}`);
  }
}

/** Reads the lines by which the firmware tells who it is; `undefined` until both have come. */
export function bootOf(lines: readonly string[]): Boot | undefined {
  const uuid = find(lines, /^\d+ INFO usbnvme\. device ([0-9a-f-]{36})$/)?.[1];
  const version = find(lines, /^\d+ INFO usbnvme (\d+\.\d+\.\d+\S*) (\S+) /);
  return uuid !== undefined && version
    ? { uuid, version: version[1], revision: version[2] }
    : undefined;
}

function find(lines: readonly string[], pattern: RegExp): RegExpExecArray | undefined {
  for (const line of lines) {
    const match = pattern.exec(line);
    if (match) return match;
  }
  return undefined;
}

/**
 * Resets a board that was just written, and waits until its firmware has told who it is.
 *
 * Writing has cleared a catch of the reset vector that another debugger may have left.
 *
 * @param timeoutMs How long to wait.
 * @throws {NotBootedError} If it does not come up, with what it, or the loader, logged instead.
 */
export async function bootBoard(
  board: Board,
  timeoutMs: number,
  options: CallOptions = {},
): Promise<Boot> {
  const { probeRs, target } = board;
  // The log outlives resets: without this, what the board that was before had logged would be taken for this.
  await probeRs.write32(target, IMAGE_REGIONS.LOG.start, [0, 0, 0, 0], options);
  await probeRs.reset(target, options);
  const log = await follow(
    board,
    IMAGE_REGIONS.LOG,
    timeoutMs,
    options,
    (lines) => bootOf(lines) !== undefined,
  );
  const boot = bootOf(log);
  if (boot) return boot;
  const loader = log.length > 0 ? [] : await follow(board, LOADER_REGIONS.RAM, 2000, options);
  throw new NotBootedError(target.probe, timeoutMs, [...loader, ...log]);
}

/** Follows a log until enough has come or the time is over; gives its lines. */
async function follow(
  { probeRs, target }: Board,
  { start, sizeBytes }: MemoryRange,
  timeoutMs: number,
  options: CallOptions,
  enough: (lines: readonly string[]) => boolean = () => false,
): Promise<string[]> {
  const lines: string[] = [];
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  const signal = options.signal ? AbortSignal.any([stop.signal, options.signal]) : stop.signal;
  try {
    await probeRs.attach(target, {
      ...options,
      signal,
      scan: [start, start + sizeBytes],
      onOutLine: (line) => {
        if (/^\d+ [A-Z]+ /.test(line)) lines.push(line);
        if (enough(lines)) stop.abort();
      },
    });
  } finally {
    clearTimeout(timer);
  }
  if (options.signal?.aborted) throw new InterruptedError("waiting for the board");
  return lines;
}
