import { DEBUG_CHIP } from "../../chip/debug.ts";
import { cachedChipFile } from "../../toolkit/boards/chip_file_cache.ts";
import { findProbeRs } from "../../toolkit/probe_rs/find.ts";
import type { ProbeRs, Target } from "../../toolkit/probe_rs/probe_rs.ts";
import { Board, type BoardOptions } from "../../twin/board.ts";
import type { ProgramRun } from "../../twin/debug/board_target.ts";
import { DebugServer, type DebugServerOptions } from "../../twin/debug/server.ts";

/** Where an image begins in the external flash. */
export const XSPI2 = 0x7000_0000;

let found: Promise<{ probeRs: ProbeRs; chipFile: string }> | undefined;

/** Finds the stock probe-rs and makes the Nucleo's chip file. */
export function findTools(): Promise<{ probeRs: ProbeRs; chipFile: string }> {
  found ??= (async () => ({ probeRs: await findProbeRs(), chipFile: await cachedChipFile() }))();
  return found;
}

/** What probe-rs left. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A twin whose debug port is open, and probe-rs to use on it. */
export class ProbedTwin implements AsyncDisposable {
  /** Programs of probe-rs's that have run on the twin: calls of flash algorithms. */
  readonly programs: ProgramRun[] = [];
  /** What the server complained of. */
  readonly errors: string[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(
    readonly board: Board,
    readonly server: DebugServer,
    readonly probeRs: ProbeRs,
    /** The twin as probe-rs is told of it. */
    readonly target: Target,
    /** A folder of its own, for files of the test. */
    readonly folder: string,
  ) {}

  /** Makes a board and opens its debug port. */
  static async open(
    options: BoardOptions = {},
    server: Pick<DebugServerOptions, "accessCycles"> & {
      readonly chipFile?: string;
      /** Gets each log line as the board writes it. */
      readonly onLine?: (line: string, board: Board) => void;
    } = {},
  ): Promise<ProbedTwin> {
    const tools = await findTools();
    const folder = await Deno.makeTempDir({ prefix: "usbnvme" });
    const board = Board.create({ peek: true, ...options });
    if (server.onLine) board.onLog(({ text }) => server.onLine!(text, board));
    const debug = new DebugServer({
      board,
      address: { path: `${folder}/probe` },
      accessCycles: server.accessCycles,
      onProgram: (run) => twin.programs.push(run),
      onError: (error) => twin.errors.push(String(error)),
    });
    const target = {
      probe: debug.selector,
      chip: DEBUG_CHIP.name,
      chipFile: server.chipFile ?? tools.chipFile,
    };
    const twin = new ProbedTwin(board, debug, tools.probeRs, target, folder);
    board.onLog(() => twin.#waiting.forEach((look) => look()));
    return twin;
  }

  /** Runs probe-rs on this twin to its end. */
  async run(subcommand: string, ...args: string[]): Promise<Said> {
    return await this.probeRs.call(subcommand, this.target, args);
  }

  /** Runs probe-rs and gives its standard output. @throws {Error} If it fails. */
  async must(subcommand: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(subcommand, ...args);
    if (code !== 0) throw new Error(`probe-rs ${subcommand} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** Starts probe-rs and leaves it running. */
  start(subcommand: string, ...args: string[]): Deno.ChildProcess {
    const [program, ...rest] = this.probeRs.command(subcommand, this.target, args);
    return new Deno.Command(program, {
      args: rest,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1", RUST_LOG: "error", RUST_BACKTRACE: "0" },
    }).spawn();
  }

  /** Writes bytes to a file and flashes that. */
  async download(bytes: Uint8Array, address: number, ...args: string[]): Promise<Said> {
    const file = `${this.folder}/download.bin`;
    await Deno.writeFile(file, bytes);
    const place = ["--binary-format", "bin", "--base-address", `0x${address.toString(16)}`];
    return await this.run("download", ...place, ...args, file);
  }

  /** Waits until the twin has logged `text` in a line from the `from`th on. */
  async logged(text: string, from = 0): Promise<string> {
    for (;;) {
      const line = this.board.log.slice(from).find((line) => line.text.includes(text));
      if (line) return line.text;
      if (this.errors.length > 0) throw new Error(this.errors.join("\n"));
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
      });
    }
  }

  /** Waits until the debugger has let the connection go: the server hears of it after the client's end. */
  async free(): Promise<void> {
    while (this.server.inUse) await pause();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    this.board.close();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Gives the event loop a turn. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** Reads words as `probe-rs read --format simple-hex` prints them. */
export function words(text: string): number[] {
  return text.trim().split(/\s+/).map((word) => parseInt(word, 16));
}

/** Bytes that differ everywhere, the same in each run. */
export function pattern(length: number, seed: number): Uint8Array<ArrayBuffer> {
  let state = seed >>> 0;
  return Uint8Array.from({ length }, () => (state = Math.imul(state, 1664525) + 1013904223) >>> 24);
}

/** A chip's unique ID that differs in its last octet. */
export const uniqueId = (last: number) =>
  Uint8Array.from({ length: 12 }, (_, i) => i === 11 ? last : i);

/** Names a twin as a user does. */
export const alias = ({ server }: ProbedTwin) => server.selector.replace(/^20b7:9db1:/, "twin:");
