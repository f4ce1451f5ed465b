import { type Counts, plain } from "./counts.ts";

/** One check of the gate. */
export interface Check {
  /** Its name. */
  readonly name: string;
  /** The program to run, or a function that throws when the check fails. */
  readonly command?: readonly string[];
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs in this process; the text that it gives or throws is shown. */
  readonly run?: () => Promise<string>;
  /** Reads the counts of a test runner's output; without it the check counts as one test. */
  readonly counts?: (output: string) => Counts | undefined;
}

/** What a check came to. */
export interface Outcome {
  /** Its counts. */
  readonly counts: Counts;
  /** All that it said. */
  readonly output: string;
}

const PASSED: Counts = { passed: 1, failed: 0, skipped: 0 };
const FAILED: Counts = { passed: 0, failed: 1, skipped: 0 };

/**
 * Runs one check.
 *
 * A runner that fails without a failed test, or ends without a summary, counts as one failure.
 *
 * @param onLine Called with each line as it comes.
 */
export async function runCheck(
  check: Check,
  root: string,
  onLine: (line: string) => void,
): Promise<Outcome> {
  if (check.run) {
    try {
      return { counts: PASSED, output: await check.run() };
    } catch (error) {
      return { counts: FAILED, output: error instanceof Error ? error.message : String(error) };
    }
  }
  const { output, success } = await runProgram(check, root, onLine);
  if (!check.counts) return { counts: success ? PASSED : FAILED, output };
  const counts = check.counts(output) ?? { passed: 0, failed: 0, skipped: 0 };
  const broken = !success && counts.failed === 0 || success && counts.passed === 0;
  return { counts: broken ? { ...counts, failed: 1 } : counts, output };
}

async function runProgram(
  { command = [], env }: Check,
  cwd: string,
  onLine: (line: string) => void,
): Promise<{ output: string; success: boolean }> {
  const [program, ...args] = command;
  const child = new Deno.Command(program, {
    args,
    cwd,
    env: { ...env, NO_COLOR: "1", CARGO_TERM_COLOR: "never" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const read = async (stream: ReadableStream<Uint8Array>) => {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(plain(line));
    }
  };
  await Promise.all([read(child.stdout), read(child.stderr)]);
  const { success, signal } = await child.status;
  if (signal) output += `\n${program} was ended by ${signal}\n`;
  return { output, success };
}
