/** How many tests of one runner passed, failed and were skipped. */
export interface Counts {
  /** Passed. */
  readonly passed: number;
  /** Failed. */
  readonly failed: number;
  /** Skipped by the runner. */
  readonly skipped: number;
}

/** Adds counts up. */
export function addCounts(all: readonly Counts[]): Counts {
  const sum = (key: keyof Counts) => all.reduce((total, counts) => total + counts[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** Takes colours out of a text. */
export function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/\x1b\[[0-9;]*m/g, "");
}

/**
 * Reads the summary of `deno test`.
 *
 * @returns Nothing if there is none: the run broke before its end.
 */
export function denoCounts(output: string): Counts | undefined {
  const pattern = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed(?:.*? \| (\d+) ignored)?/gm;
  const found = [...plain(output).matchAll(pattern)].at(-1);
  if (!found) return undefined;
  return {
    passed: Number(found[1]),
    failed: Number(found[2]),
    skipped: Number(found[3] ?? 0),
  };
}

/**
 * Adds up the summaries of `cargo test`, one for each program and for each crate's doc tests.
 *
 * @returns Nothing if there is none.
 */
export function cargoCounts(output: string): Counts | undefined {
  const pattern = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm;
  const found = [...plain(output).matchAll(pattern)].map(([, passed, failed, skipped]) => ({
    passed: Number(passed),
    failed: Number(failed),
    skipped: Number(skipped),
  }));
  return found.length > 0 ? addCounts(found) : undefined;
}
