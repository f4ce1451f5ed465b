import assert from "node:assert/strict";
import { isAtLevel, parseLogLine } from "./log_line.ts";

const AT = new Date(0);

Deno.test("parseLogLine() reads time, level and text, and keeps what has another form", () => {
  assert.deepEqual(parseLogLine("66 WARN mctp odd", AT), {
    at: AT,
    text: "66 WARN mctp odd",
    boardMs: 66,
    level: "warn",
    message: "mctp odd",
    isBoot: false,
  });
  assert.equal(parseLogLine("0 INFO usbnvme. device 8becee88", AT).isBoot, true);
  for (const text of ["", "panicked at 'x'", "12 TRACE x", "x 12 INFO y"]) {
    assert.deepEqual(parseLogLine(text, AT), { at: AT, text, message: text, isBoot: false });
  }
});

Deno.test("isAtLevel() leaves lesser lines out, and never one without level", () => {
  const line = (text: string) => parseLogLine(text, AT);
  assert.equal(isAtLevel(line("1 INFO x"), "warn"), false);
  assert.equal(isAtLevel(line("1 WARN x"), "warn"), true);
  assert.equal(isAtLevel(line("1 ERROR x"), "warn"), true);
  assert.equal(isAtLevel(line("panicked"), "error"), true);
});
