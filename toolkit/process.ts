import { ToolFailedError, ToolMissingError } from "./errors.ts";

/** How to run a program. */
export interface RunOptions {
  /** Working directory; the current one by default. */
  readonly cwd?: string;
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the program gets `env` alone, and nothing of this process's environment. */
  readonly clearEnv?: boolean;
  /** Called with every line of standard error as it comes, without its line end. */
  readonly onLine?: (line: string) => void;
  /** Called with every line of standard output as it comes, without its line end. */
  readonly onOutLine?: (line: string) => void;
  /** Ends the program when aborted: SIGTERM, and SIGKILL only to one that is still there after `graceMs`. */
  readonly signal?: AbortSignal;
  /** How long an aborted program may take to end; 10 seconds by default. */
  readonly graceMs?: number;
  /** Whether the program gets a session of its own, so that Ctrl-C at a terminal reaches only this process. */
  readonly detached?: boolean;
}

/** What a program left. */
export interface RunResult {
  /** Exit code. */
  readonly code: number;
  /** Standard output as text. */
  readonly stdout: string;
  /** Standard error as text. */
  readonly stderr: string;
}

/** Runs one program to its end; toolkit code takes it as an argument where a test wants to fake it. */
export type Run = (command: readonly string[], options?: RunOptions) => Promise<RunResult>;

async function collect(
  stream: ReadableStream<Uint8Array>,
  onLine?: (line: string) => void,
): Promise<string> {
  let text = "";
  let begin = 0;
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (!onLine) continue;
    for (let end; (end = text.slice(begin).search(/[\r\n]/)) >= 0; begin += end + 1) {
      if (end > 0) onLine(text.slice(begin, begin + end));
    }
  }
  if (onLine && begin < text.length) onLine(text.slice(begin));
  return text;
}

/**
 * Runs a program without a shell and collects what it says.
 *
 * @returns Its result, whatever its exit code.
 * @throws {ToolMissingError} If there is no such program.
 */
export const run: Run = async (command, options = {}) => {
  const [tool, ...args] = command;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(tool, {
      args,
      cwd: options.cwd,
      env: options.env,
      clearEnv: options.clearEnv,
      detached: options.detached,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new ToolMissingError(tool);
    throw error;
  }
  const ending = endOnAbort(child, options);
  try {
    const [stdout, stderr, { code }] = await Promise.all([
      collect(child.stdout, options.onOutLine),
      collect(child.stderr, options.onLine),
      child.status,
    ]);
    return { code, stdout, stderr };
  } finally {
    ending[Symbol.dispose]();
  }
};

function endOnAbort(child: Deno.ChildProcess, { signal, graceMs = 10_000 }: RunOptions) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const kill = (name: Deno.Signal) => {
    try {
      child.kill(name);
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  const abort = () => {
    kill("SIGTERM");
    timer = setTimeout(() => kill("SIGKILL"), graceMs);
  };
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  return {
    [Symbol.dispose]() {
      signal?.removeEventListener("abort", abort);
      clearTimeout(timer);
    },
  };
}

/**
 * Runs a program that has to succeed.
 *
 * @throws {ToolFailedError} If its exit code is not 0, with the last 40 lines that it said.
 * @throws {ToolMissingError} If there is no such program.
 */
export async function runChecked(
  command: readonly string[],
  options: RunOptions = {},
  runner: Run = run,
): Promise<RunResult> {
  const result = await runner(command, options);
  if (result.code === 0) return result;
  const said = `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-40).join("\n");
  throw new ToolFailedError(command[0], result.code, said);
}
