import assert from "node:assert/strict";
import { ToolMissingError } from "../errors.ts";
import type { Run, RunOptions } from "../process.ts";
import { NotProbeRsError, ProbeRsMissingError, ProbeRsVersionError } from "./errors.ts";
import { findProbeRs } from "./find.ts";
import { atLeast, MINIMUM_VERSION, parseVersion } from "./version.ts";

/** Runs made-up programs: what `mi meta` says by path. */
function machine(programs: Readonly<Record<string, string>>, asked: string[] = []): Run {
  return ([path, ...args], options?: RunOptions) => {
    asked.push(path);
    assert.equal(options?.clearEnv, true);
    if (!(path in programs)) return Promise.reject(new ToolMissingError(path));
    const stdout = args[0] === "mi" ? programs[path] : "";
    return Promise.resolve({ code: stdout ? 0 : 2, stdout, stderr: stdout ? "" : "error: what?" });
  };
}

const meta = (version: string) => JSON.stringify({ version, arch: "x86_64", os: "linux" });
const none = () => undefined;

Deno.test("findProbeRs() looks at the path given, the variable, PATH and the cache, in this order", async () => {
  const cached = "/cache/probe-rs/bin/probe-rs";
  const all = { "/given": "1", "/variable": "1", "probe-rs": "1", [cached]: "1" };
  const env = (name: string) => ({ USBNVME_PROBE_RS: "/variable", USBNVME_CACHE: "/cache" })[name];
  const cacheOnly = (name: string) => name === "USBNVME_CACHE" ? "/cache" : undefined;
  const programs = Object.fromEntries(Object.keys(all).map((path) => [path, meta("0.32.0")]));
  const found = async (options: Parameters<typeof findProbeRs>[0]) =>
    (await findProbeRs({ run: machine(programs), env, ...options })).path;
  assert.equal(await found({ path: "/given" }), "/given");
  assert.equal(await found({}), "/variable");
  assert.equal(await found({ env: cacheOnly }), "probe-rs");
  assert.equal(
    await found({ env: cacheOnly, run: machine({ [cached]: meta("0.32.0") }) }),
    cached,
  );
});

Deno.test("findProbeRs() does not look elsewhere when a path is given", async () => {
  const asked: string[] = [];
  const run = machine({ "probe-rs": meta("0.32.0") }, asked);
  await assert.rejects(findProbeRs({ run, env: none, path: "/gone" }), (error: unknown) => {
    assert.ok(error instanceof ProbeRsMissingError);
    assert.deepEqual(error.places, ["/gone"]);
    return true;
  });
  assert.deepEqual(asked, ["/gone"]);
});

Deno.test("findProbeRs() refuses one that is too old, and tells its version", async () => {
  const old = machine({ "probe-rs": meta("0.23.0") });
  await assert.rejects(findProbeRs({ run: old, env: none }), (error: unknown) => {
    assert.ok(error instanceof ProbeRsVersionError);
    assert.equal(error.version, "0.23.0");
    return true;
  });
  // Before `mi meta` there was only `--version`.
  const older: Run = ([, ...args]) =>
    Promise.resolve(
      args[0] === "--version"
        ? { code: 0, stdout: "probe-rs 0.20.0 (git commit: x)\n", stderr: "" }
        : { code: 2, stdout: "", stderr: "error: unrecognized subcommand 'mi'" },
    );
  await assert.rejects(findProbeRs({ run: older, env: none }), /it is probe-rs 0\.20\.0, older/);
});

Deno.test("findProbeRs() refuses what does not answer as probe-rs does", async () => {
  for (const said of ["", "not JSON", "null", "{}", '{"version":32}', meta("new")]) {
    const run = machine({ "probe-rs": said });
    await assert.rejects(findProbeRs({ run, env: none }), NotProbeRsError, said);
  }
});

Deno.test("findProbeRs() names all places where there is none", async () => {
  await assert.rejects(
    findProbeRs({ run: machine({}), env: (name) => name === "USBNVME_CACHE" ? "/c" : undefined }),
    /^ProbeRsMissingError: Cannot find probe-rs: it is not at PATH, nor at \/c\/probe-rs\/bin/,
  );
});

Deno.test("parseVersion() and atLeast() order versions, and leave what follows a dash out", () => {
  assert.deepEqual(parseVersion("0.33.0-alpha.1"), [0, 33, 0]);
  for (const wrong of ["", "1", "1.2", "v1.2.3", "1.2.x"]) {
    assert.equal(parseVersion(wrong), undefined);
  }
  assert.ok(atLeast([0, 27, 0], MINIMUM_VERSION));
  assert.ok(!atLeast([0, 26, 9], MINIMUM_VERSION));
  assert.ok(atLeast([1, 0, 0], [0, 99, 99]));
});
