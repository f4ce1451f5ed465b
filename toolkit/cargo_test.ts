import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { buildInMemory } from "./build.ts";
import { buildCrate } from "./cargo.ts";
import { InterruptedError } from "./errors.ts";
import type { Run } from "./process.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const LOADER = { package: "xspiloader", sources: ["xspiloader"], profile: "release", features: [] };

/** Programs of a version that nothing was ever built with, so that nothing comes out of the cache. */
function toolsThat(cargo: Run): Run {
  return (command, options) =>
    command[0] === "cargo"
      ? cargo(command, options)
      : Promise.resolve({ code: 0, stdout: "rustc of cargo_test\n", stderr: "" });
}

Deno.test("buildCrate() hands its signal to cargo, and says that it was interrupted", async () => {
  const stop = new AbortController();
  const run = toolsThat((_command, options) => {
    stop.abort();
    assert.ok(options?.signal?.aborted);
    return Promise.resolve({ code: 143, stdout: "", stderr: "terminated" });
  });
  await assert.rejects(buildCrate(LOADER, { root, run, signal: stop.signal }), InterruptedError);
});

Deno.test("buildCrate() starts no cargo once it was interrupted", async () => {
  const run = toolsThat(() => assert.fail("cargo was started"));
  const signal = AbortSignal.abort();
  await assert.rejects(buildCrate(LOADER, { root, run, signal }), InterruptedError);
  await assert.rejects(buildInMemory({}, { root, run, signal }), InterruptedError);
});
