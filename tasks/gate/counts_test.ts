import assert from "node:assert/strict";
import { addCounts, cargoCounts, denoCounts } from "./counts.ts";

Deno.test("denoCounts() reads all forms of the summary", () => {
  assert.deepEqual(denoCounts("x\n\nok | 6 passed | 0 failed (8ms)\n"), {
    passed: 6,
    failed: 0,
    skipped: 0,
  });
  const coloured = "\x1b[31mFAILED\x1b[0m | 9 passed (3 steps) | 7 failed (268ms)";
  assert.deepEqual(denoCounts(coloured), { passed: 9, failed: 7, skipped: 0 });
  const ignored = "ok | 16 passed (1 step) | 0 failed | 4 ignored (2 steps) (430ms)";
  assert.deepEqual(denoCounts(ignored), { passed: 16, failed: 0, skipped: 4 });
  const steps = "FAILED | 1 passed (2 steps) | 3 failed (1 step) | 2 ignored (1s)";
  assert.deepEqual(denoCounts(steps), { passed: 1, failed: 3, skipped: 2 });
  assert.equal(denoCounts("error: Type checking failed."), undefined);
});

Deno.test("cargoCounts() adds all programs up", () => {
  const output = [
    "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.0s",
    "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
  ].join("\n");
  assert.deepEqual(cargoCounts(output), { passed: 7, failed: 2, skipped: 1 });
  assert.equal(cargoCounts("error: could not compile"), undefined);
});

Deno.test("addCounts() adds nothing up to zero", () => {
  assert.deepEqual(addCounts([]), { passed: 0, failed: 0, skipped: 0 });
});
