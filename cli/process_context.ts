import { dirname, join } from "node:path";
import { stderr, stdin } from "node:process";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { PROJECT_FILE } from "./config.ts";
import type { Context } from "./context.ts";
import type { Surroundings } from "./dispatch.ts";
import { LiveLines } from "./live_lines.ts";
import { palette, wantsColours } from "./palette.ts";

const encoder = new TextEncoder();

function write(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    // The reader of a pipe, or the terminal, has gone: nobody wants the rest.
    const isGone = error instanceof Error && "code" in error && error.code === "EIO";
    if (!(isGone || error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** Gives the root of the repository. */
export function repositoryRoot(): string {
  return dirname(dirname(fileURLToPath(import.meta.url)));
}

/** Gives what this process has: its streams, signals, environment and project file. */
export function processSurroundings(): Surroundings {
  return {
    env: (name) => Deno.env.get(name),
    projectFile: findProjectFile,
    context: processContext,
  };
}

function processContext(json: boolean): Omit<Context, "aliases"> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  // A terminal that is closed sends SIGHUP: programs in sessions of their own would not hear of it.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, abort);
  }
  const colours = (stream: { isTerminal(): boolean }) =>
    wantsColours(stream.isTerminal(), Deno.env.get("NO_COLOR"));
  const canGoBack = Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb";
  const live = new LiveLines((text) => write(Deno.stderr, text), columns);
  const writeLine = (stream: typeof Deno.stdout | typeof Deno.stderr, line: string) =>
    live.around(() => write(stream, `${line}\n`));
  return {
    root: repositoryRoot(),
    json,
    palette: palette(colours(Deno.stdout) && !json),
    errorPalette: palette(colours(Deno.stderr)),
    signal: stop.signal,
    print: (line) => writeLine(Deno.stdout, line),
    printJson: (value) => writeLine(Deno.stdout, JSON.stringify(value)),
    progress: (line) => writeLine(Deno.stderr, line),
    live: canGoBack ? (key, text) => live.set(key, text) : undefined,
    ask: (question) => ask(question, stop.signal),
  };
}

/** Gives the terminal's width; a usual one where standard error is none. */
function columns(): number {
  try {
    // A terminal that does not know its width says 0.
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}

/** Asks on standard error and reads one line; nobody is asked unless both are a terminal. */
async function ask(question: string, signal: AbortSignal): Promise<string | undefined> {
  if (!Deno.stdin.isTerminal() || !Deno.stderr.isTerminal()) return undefined;
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return await lines.question(question, { signal });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    lines.close();
  }
}

function findProjectFile(): string | undefined {
  for (let folder = Deno.cwd();; folder = dirname(folder)) {
    try {
      return Deno.readTextFileSync(join(folder, PROJECT_FILE));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    if (dirname(folder) === folder) return undefined;
  }
}
