/** How full the script heap of a running image is and was, in bytes. */
export interface ScriptHeap {
  /** In use. */
  readonly usedBytes: number;
  /** In use at once at most since the start. */
  readonly peakBytes: number;
  /** In all, once the script's own text has been given back. */
  readonly sizeBytes: number;
  /** Free at least since the start, while the heap grew. */
  readonly leastFreeBytes: number;
}

/** Reads the answer to the console line `heap`; undefined if it is none. */
export function readScriptHeap(line: string): ScriptHeap | undefined {
  const numbers = / heap (\d+) of (\d+) bytes in use, at most (\d+), free at least (\d+)$/.exec(
    line,
  );
  if (numbers === null) return undefined;
  const [usedBytes, sizeBytes, peakBytes, leastFreeBytes] = numbers.slice(1).map(Number);
  return { usedBytes, peakBytes, sizeBytes, leastFreeBytes };
}
