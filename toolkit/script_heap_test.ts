import assert from "node:assert/strict";
import { readScriptHeap } from "./script_heap.ts";

Deno.test("readScriptHeap() reads the answer to `heap`, and nothing else", () => {
  const line = "170 INFO heap 99208 of 155744 bytes in use, at most 101880, free at least 53848";
  assert.deepEqual(readScriptHeap(line), {
    usedBytes: 99208,
    peakBytes: 101880,
    sizeBytes: 155744,
    leastFreeBytes: 53848,
  });
  for (const other of ["", "170 INFO heap 99208 bytes", line + "0 x", "x" + line.slice(9)]) {
    assert.equal(readScriptHeap(other), undefined, other);
  }
});
