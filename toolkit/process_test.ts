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

Deno.test("run() gives a program only the environment it is told to, and lines of both streams", async () => {
  const lines: string[] = [];
  const result = await run(["/usr/bin/env"], {
    env: { ONLY: "this" },
    clearEnv: true,
    onOutLine: (line) => void lines.push(line),
  });
  assert.equal(result.stdout, "ONLY=this\n");
  assert.deepEqual(lines, ["ONLY=this"]);
});

Deno.test("run() ends an aborted program by SIGTERM, and by SIGKILL only one that does not heed it", async () => {
  const stopped = async (script: string, graceMs: number) => {
    const stop = new AbortController();
    const onOutLine = () => stop.abort();
    return (await run(["sh", "-c", script], { signal: stop.signal, graceMs, onOutLine })).code;
  };
  assert.equal(await stopped("echo on; exec sleep 60", 60_000), 128 + 15);
  assert.equal(await stopped("trap 'kill $!; exit 7' TERM; sleep 60 & echo on; wait", 60_000), 7);
  assert.equal(await stopped("trap '' TERM; echo on; exec sleep 60", 10), 128 + 9);
});
