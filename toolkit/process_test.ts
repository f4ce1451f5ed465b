import assert from "node:assert/strict";
import { ToolFailedError, ToolMissingError } from "./errors.ts";
import { run, runChecked } from "./process.ts";

Deno.test("run() gives code, output and lines as they come", async () => {
  const lines: string[] = [];
  const result = await run(["sh", "-c", "echo out; printf 'a\\nb\\rc' >&2; exit 3"], {
    onLine: (line) => void lines.push(line),
  });
  assert.deepEqual(result, { code: 3, stdout: "out\n", stderr: "a\nb\rc" });
  assert.deepEqual(lines, ["a", "b", "c"]);
});

Deno.test("run() names a program that does not exist", async () => {
  await assert.rejects(run(["no-such-program"]), (error: unknown) => {
    assert.ok(error instanceof ToolMissingError);
    assert.equal(error.tool, "no-such-program");
    return true;
  });
});

Deno.test("runChecked() throws what a failed program said last", async () => {
  await assert.rejects(runChecked(["sh", "-c", "echo why >&2; exit 2"]), (error: unknown) => {
    assert.ok(error instanceof ToolFailedError);
    assert.equal(error.code, 2);
    assert.match(error.message, /^Cannot finish "sh": it ended with code 2\nwhy$/);
    return true;
  });
});
