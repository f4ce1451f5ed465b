import { resolve } from "node:path";
import { type Board, boardOf, lockBoard } from "../toolkit/boards/board.ts";
import { cachedChipFile } from "../toolkit/boards/chip_file_cache.ts";
import { type Probe, selectProbes } from "../toolkit/boards/probe.ts";
import type { FlashAlgorithm } from "../toolkit/probe_rs/flash_algorithm.ts";
import { findProbeRs } from "../toolkit/probe_rs/find.ts";
import type { ProbeRs } from "../toolkit/probe_rs/probe_rs.ts";
import type { BOARD_OPTIONS } from "./board_options.ts";
import type { Values } from "./command.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./errors.ts";
import { EXIT_CODES } from "./exit_codes.ts";
import { reportError } from "./report.ts";

/** Values of {@link BOARD_OPTIONS}, and of `--all` where a command has it. */
export type BoardValues = Values<typeof BOARD_OPTIONS> & { readonly all?: boolean };

/** Finds probe-rs as the options say. */
export function probeRsOf(
  values: Pick<BoardValues, "probe-rs" | "host" | "token">,
): Promise<ProbeRs> {
  if (values.token !== undefined && values.host === undefined) {
    throw new UsageError("Cannot use --token alone: it belongs to --host");
  }
  const remote = values.host === undefined ? undefined : { host: values.host, token: values.token };
  return findProbeRs({ path: values["probe-rs"], remote });
}

/**
 * Chooses the boards that the options name, and makes the chip file.
 *
 * @param external Stands in for probe-rs's own algorithm for the external flash.
 */
export async function openBoards(
  context: Context,
  values: BoardValues,
  external?: FlashAlgorithm,
): Promise<Board[]> {
  const probeRs = await probeRsOf(values);
  const probes = await selectProbes(values.probe, {
    all: values.all,
    aliases: context.aliases,
    remote: probeRs.remote ? probeRs : undefined,
    choose: (candidates) => chooseProbe(context, candidates),
  });
  const chipFile = values["chip-file"] !== undefined
    ? resolve(values["chip-file"])
    : await cachedChipFile({ external, onProgress: context.progress });
  return probes.map((probe) => boardOf(probe, { probeRs, chipFile, speedKhz: values.speed }));
}

/** Asks which probe is meant; only ever on a terminal. */
async function chooseProbe(
  context: Context,
  candidates: readonly Probe[],
): Promise<number | undefined> {
  const lines = candidates.map(({ selector, name }, index) =>
    `  ${index + 1}  ${selector} (${name})`
  );
  const answer = await context.ask(`Several probes:\n${lines.join("\n")}\nWhich? `);
  const number = Number(answer);
  return answer === undefined || !Number.isInteger(number) ? undefined : number - 1;
}

/** What became of one board. */
export interface Outcome<T> {
  readonly board: Board;
  /** What the work gave. */
  readonly value?: T;
  /** Why it gave nothing. */
  readonly error?: unknown;
}

/**
 * Works on all boards at once, each under its lock, and says for each that failed why, with `--json`
 * on standard output too.
 *
 * With one board its error is thrown, as for any command.
 *
 * @returns The outcomes in the order of the boards.
 */
export async function onBoards<T>(
  context: Context,
  boards: readonly Board[],
  command: string,
  work: (board: Board) => Promise<T>,
): Promise<Outcome<T>[]> {
  const outcomes = await Promise.all(boards.map(async (board): Promise<Outcome<T>> => {
    try {
      using _lock = lockBoard(board, `usbnvme ${command}`);
      return { board, value: await work(board) };
    } catch (error) {
      return { board, error };
    }
  }));
  if (outcomes.length === 1 && outcomes[0].error !== undefined) throw outcomes[0].error;
  const { red, dim } = context.errorPalette;
  for (const { board, error } of outcomes) {
    if (error === undefined) continue;
    const report = reportError(error);
    const { message, remedy } = report;
    if (context.json) context.printJson({ probe: board.probe.selector, error: report });
    context.progress(`${red("error")}: ${board.probe.selector}: ${message}`);
    if (remedy) context.progress(`${dim("remedy")}: ${remedy}`);
  }
  return outcomes;
}

/** Gives the exit code of work on several boards: that of the first which failed. */
export function exitCodeOf(outcomes: readonly Outcome<unknown>[]): number {
  const failed = outcomes.find(({ error }) => error !== undefined);
  return failed ? reportError(failed.error).exitCode : EXIT_CODES.OK.code;
}
