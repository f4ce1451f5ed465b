import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../toolkit/bundle.ts";
import { type MessageCase, readCases } from "./vectors.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

Deno.test("the bundle keeps to the message vectors on JerryScript", async (test) => {
  const folder = mkdtempSync(join(tmpdir(), "script-"));
  try {
    const path = join(folder, "bundle.js");
    writeFileSync(path, (await bundle(ROOT)).text);
    const { code, stdout, stderr } = new Deno.Command("cargo", {
      args: ["run", "--quiet", "-p", "usbnvme-script", "--", path, join(ROOT, "tests/vectors")],
      cwd: ROOT,
    }).outputSync();
    const text = new TextDecoder().decode(stdout);
    const lines = text.split("\n").filter((line) => /^(ok|FAILED) /.test(line));
    for (const line of lines) {
      await test.step(line.replace(/^\w+ /, ""), () => assert.ok(line.startsWith("ok "), line));
    }
    assert.equal(code, 0, text + new TextDecoder().decode(stderr));
    const cases = ["control", "vendor"].flatMap((file) => readCases<MessageCase>(file));
    assert.equal(lines.length, 2 * (cases.length + 1), "every case ran, each way");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
