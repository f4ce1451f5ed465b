import { addCounts, type Counts } from "./counts.ts";
import { type Check, runCheck } from "./check.ts";

/**
 * Runs checks one after the other, prints a line for each, its figures and all that a failed one said, and
 * prints the counts of all last.
 *
 * @param only If not empty, only checks whose name contains one of these words.
 * @returns The exit code.
 */
export async function runGate(
  checks: readonly Check[],
  root: string,
  only: readonly string[] = [],
): Promise<number> {
  const wanted = checks.filter(({ name }) =>
    only.length === 0 || only.some((word) => name.includes(word))
  );
  const all: Counts[] = [];
  const terminal = Deno.stderr.isTerminal();
  for (const check of wanted) {
    const began = performance.now();
    let lines = 0;
    const onLine = (line: string) => {
      lines++;
      if (terminal) {
        Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K  ${line.slice(0, 90)}`));
      } else if (lines % 200 === 0) console.log(`  ${check.name}: ${lines} lines so far`);
    };
    if (!terminal) console.log(`${check.name} …`);
    const { counts, output } = await runCheck(check, root, onLine);
    if (terminal) Deno.stderr.writeSync(new TextEncoder().encode("\r\x1b[K"));
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const many = check.counts ? ` ${counts.passed} passed, ${counts.failed} failed` : "";
    const skipped = counts.skipped ? `, ${counts.skipped} skipped` : "";
    console.log(
      `${counts.failed ? "FAILED" : "ok"} ${check.name}:${many}${skipped} (${seconds} s)`,
    );
    if (counts.failed) {
      console.log(output.trimEnd().split("\n").map((one) => `  ${one}`).join("\n"));
    }
    const figures = output.split("\n").filter((line) => line.startsWith("figure: "));
    if (figures.length > 0) console.log(figures.map((line) => `  ${line}`).join("\n"));
    if (counts.skipped) console.log(skippedTests(output));
    all.push(counts);
  }
  const { passed, failed } = addCounts(all);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

/** Finds the lines of a runner's output that name a skipped test; its name says why. */
function skippedTests(output: string): string {
  return output.split("\n").filter((line) => /\.\.\. ignored/.test(line))
    .map((line) => `  skipped: ${line.trim()}`).join("\n");
}
