import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { bundle } from "../../toolkit/bundle.ts";
import {
  MESSAGE_FILES,
  type MessageCase,
  readCases,
  TRANSFER_FILES,
  type TransferCase,
} from "./vectors.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Writes a script to a file for as long as `work` runs. */
async function withScript<T>(text: string, work: (path: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "script-"));
  try {
    const path = join(folder, "script.js");
    writeFileSync(path, text);
    return await work(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs the engine's host program. */
function engine(...args: string[]): { code: number; text: string; errors: string } {
  const { code, stdout, stderr } = new Deno.Command("cargo", {
    args: ["run", "--quiet", "-p", "usbnvme-script", "--", ...args],
    cwd: ROOT,
  }).outputSync();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout), errors: decoder.decode(stderr) };
}

/** The file with which the echoes run, too. */
const ECHO_FILE = "vendor";

/** Runs a file's vectors of one device, `null` for the healthy one; returns a line for each case. */
async function run(device: string, vectors: string): Promise<string[]> {
  const file = `import { defineDevice } from "usbnvme/device";
    export default defineDevice(${device === "null" ? "" : device});`;
  const script = await withScript(
    file,
    async (path) => new TextDecoder().decode((await bundle(ROOT, path)).text),
  );
  return await withScript(script, (path) => {
    const { code, text, errors } = engine(path, join(ROOT, "tests/vectors"), device, vectors);
    const lines = text.split("\n").filter((line) => /^(ok|FAILED) /.test(line));
    assert.equal(code, 0, text + errors);
    return lines;
  });
}

Deno.test("the bundle keeps to the message vectors on JerryScript", async (test) => {
  // A process for each file, since the engine never gives a device's buffers back.
  for (const file of MESSAGE_FILES) {
    const cases = readCases<MessageCase>(file);
    for (const device of new Set(cases.map((one) => JSON.stringify(one.device ?? null)))) {
      const lines = await run(device, file);
      for (const line of lines) {
        await test.step(line.replace(/^\w+ /, ""), () => assert.ok(line.startsWith("ok "), line));
      }
      const own = cases.filter((one) => JSON.stringify(one.device ?? null) === device).length;
      const echoes = file === ECHO_FILE ? 1 : 0;
      assert.equal(lines.length, 2 * (own + echoes), "every case ran, each way");
    }
  }
});

/** Bundles the program that goes through transfers in the script's own transport. */
async function transferScript(cases: readonly TransferCase[]): Promise<string> {
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: [join(ROOT, "tests/script/transfers.ts")],
      bundle: true,
      write: false,
      format: "esm",
      platform: "neutral",
      target: "es2020",
      supported: { "optional-chain": false },
      banner: { js: `"use strict"; const CASES = ${JSON.stringify(cases)};` },
    });
    return outputFiles[0].text;
  } finally {
    await esbuild.stop();
  }
}

Deno.test("UsbLink keeps to the transfer vectors on JerryScript", async (test) => {
  for (const file of TRANSFER_FILES) {
    const cases = readCases<TransferCase>(file);
    const lines = await withScript(await transferScript(cases), (path) => {
      const { code, text, errors } = engine("--eval", path);
      assert.equal(code, 0, text + errors);
      return text.trim().split("\n");
    });
    assert.equal(lines.length, cases.length, "every case ran");
    for (const [i, { name }] of cases.entries()) {
      await test.step(`${file}: ${name}`, () => assert.equal(lines[i].trim(), `2 ok ${name}`));
    }
  }
});

Deno.test("engine.d.ts declares what JerryScript has", async () => {
  const members = declaredMembers(readFileSync(join(ROOT, "firmware_ts/engine.d.ts"), "utf8"));
  assert.ok(members.length > 120, `${members.length} members`);
  const script = `"use strict";
    const missing = [];
    for (const [path, member] of ${JSON.stringify(members)}) {
      let at = globalThis;
      for (const part of path.split(".")) at = at === undefined ? at : at[part];
      if (at === undefined || !(member in Object(at))) missing.push(path + "." + member);
    }
    for (const one of missing) port.log(0, one);
    port.log(2, "looked");
    const f = () => 0;
    port.start(f, f, f, f, f);`;
  await withScript(script, (path) => {
    const { code, text, errors } = engine("--eval", path);
    assert.equal(code, 0, errors);
    assert.deepEqual(text.trim().split("\n"), ["2 looked"]);
  });
});

/** Lists what engine.d.ts declares, as the object that must have it and the member's name. */
function declaredMembers(text: string): [string, string][] {
  const places: Record<string, string[]> = {
    ReadonlyArray: ["Array.prototype"],
    IntegerArray: ["Uint8Array", "Uint16Array", "Uint32Array", "Int32Array"].map((one) =>
      `${one}.prototype`
    ),
    IntegerArrayConstructor: ["Uint8Array", "Uint16Array", "Uint32Array", "Int32Array"],
    Math: ["Math"],
  };
  // Not objects of the engine, but shapes.
  const shapes = /^(IArguments|Iter|Generator|ArrayLike|TemplateStringsArray)/;
  const members: [string, string][] = [];
  let owners: string[] = [];
  for (const line of text.split("\n")) {
    const opened = /^interface (\w+)/.exec(line);
    if (opened) {
      const name = opened[1];
      const constructor = /^(\w+)Constructor$/.exec(name);
      owners = shapes.test(name)
        ? []
        : places[name] ?? (constructor ? [constructor[1]] : [`${name}.prototype`]);
    }
    const member = /^ {2}(?:readonly )?(\w+)[?]?[:(<]/.exec(line);
    if (member && member[1] !== "new") {
      for (const owner of owners) members.push([owner, member[1]]);
    }
  }
  return members;
}
