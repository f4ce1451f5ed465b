const CELLS = 24;

/** What a bar shows. */
export interface BarState {
  /** What is done, as `writing`. */
  readonly step: string;
  /** How much of it is done. */
  readonly doneBytes: number;
  /** How much there is. */
  readonly sizeBytes: number;
  /** Since when, in milliseconds. */
  readonly elapsedMs: number;
}

/** Draws a progress bar with bytes and time, as `writing [######------] 215,040 of 430,656 bytes, 1.2 s`. */
export function barText({ step, doneBytes, sizeBytes, elapsedMs }: BarState): string {
  const full = sizeBytes === 0 ? CELLS : Math.floor(CELLS * doneBytes / sizeBytes);
  const bytes = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");
  const bar = "#".repeat(full) + "-".repeat(CELLS - full);
  const size = bytes(sizeBytes);
  const done = bytes(doneBytes).padStart(size.length);
  return `${step.padEnd(7)} [${bar}] ${done} of ${size} bytes, ${(elapsedMs / 1000).toFixed(1)} s`;
}
