import assert from "node:assert/strict";
import { defineCommand } from "./command.ts";
import { resolveSettings } from "./config.ts";
import { UsageError } from "./errors.ts";

const command = defineCommand({
  name: "build",
  summary: "build",
  positional: { name: "FILE", help: "a file" },
  options: {
    out: { type: "path", env: "USBNVME_OUT", help: "write there" },
    debug: { type: "boolean", default: false, env: "USBNVME_DEBUG", help: "debug" },
    log: { type: "boolean", default: true, help: "log" },
    feature: { type: "string", multiple: true, env: "USBNVME_FEATURE", help: "feature" },
    for: { type: "number", unit: "seconds", default: 1, help: "time" },
    every: { type: "boolean", default: false, insteadOf: "feature", help: "every feature" },
  },
  run: () => Promise.resolve(),
});

function resolve(args: string[], env: Record<string, string> = {}, file?: string) {
  return resolveSettings(command, { args, env: (name) => env[name], file, commands: [command] });
}

function refuse(text: RegExp, args: string[], env?: Record<string, string>, file?: string) {
  assert.throws(() => resolve(args, env, file), (error: unknown) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.match(error.message, text);
    return true;
  });
}

Deno.test("resolveSettings() prefers flag to environment to file to default", () => {
  const file = '[build]\nout = "file"\n';
  const env = { USBNVME_OUT: "env" };
  assert.equal(resolve([]).values.out, undefined);
  assert.equal(resolve([], {}, file).values.out, "file");
  assert.equal(resolve([], env, file).values.out, "env");
  const all = resolve(["--out", "flag"], env, file);
  assert.equal(all.values.out, "flag");
  assert.equal(all.origins.out, "flag");
  assert.equal(all.origins.debug, "default");
});

Deno.test("resolveSettings() reads each type from each source", () => {
  assert.deepEqual(resolve(["--feature", "a", "--feature=b"]).values.feature, ["a", "b"]);
  assert.deepEqual(resolve([], { USBNVME_FEATURE: "a,b" }).values.feature, ["a", "b"]);
  assert.deepEqual(resolve([], {}, '[build]\nfeature = ["a"]').values.feature, ["a"]);
  assert.equal(resolve(["--no-log"]).values.log, false);
  assert.equal(resolve([], { USBNVME_DEBUG: "1" }).values.debug, true);
  assert.equal(resolve(["--for", "2.5"]).values.for, 2.5);
  assert.equal(resolve([], {}, "[build]\nfor = 3").values.for, 3);
  assert.equal(resolve(["x"]).positional, "x");
});

Deno.test("resolveSettings() refuses what it does not know, and lists what there is", () => {
  refuse(/"--outt": build has no such option; it has --out,/, ["--outt", "x"]);
  refuse(/takes 1 argument/, ["a", "b"]);
  refuse(/"x" for --for: it is not a number of seconds/, ["--for", "x"]);
  refuse(/"-1" for --for/, ["--for=-1"]);
  refuse(/"maybe" for USBNVME_DEBUG: it is not true or false/, [], { USBNVME_DEBUG: "maybe" });
  refuse(/"build.outt": build has no such key; it has out, debug/, [], {}, "[build]\noutt = 1");
  refuse(/there is no table "bild"; there are build, alias/, [], {}, "[bild]\nout = 1");
  refuse(/usbnvme.toml: Cannot read line 2/, [], {}, "[build]\nout =");
  refuse(/"3" for usbnvme.toml, build.out: it is not text/, [], {}, "[build]\nout = 3");
});

Deno.test("resolveSettings() lets the stronger of two stand that exclude each other", () => {
  const some = { USBNVME_FEATURE: "a" };
  const all = resolve(["--every"], some);
  assert.deepEqual([all.values.every, all.values.feature], [true, []]);
  assert.equal(all.origins.feature, "default");
  const one = resolve(["--feature", "b"], {}, "[build]\nevery = true");
  assert.deepEqual([one.values.every, one.values.feature], [false, ["b"]]);
  assert.deepEqual(resolve(["--no-every"], some).values.feature, ["a"]);
  refuse(/Cannot use --every beside --feature/, ["--every", "--feature", "a"]);
});
