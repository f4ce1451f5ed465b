import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CONFIG = fileURLToPath(new URL("engine.json", import.meta.url));

/** Type-checks a text as firmware; returns the error lines. */
function check(text: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "engine-"));
  try {
    const path = join(folder, "sample.ts");
    writeFileSync(path, text);
    const { stderr } = new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--config", CONFIG, path],
      env: { NO_COLOR: "1" },
    }).outputSync();
    return new TextDecoder().decode(stderr).split("\n").filter((line) => line.includes("[ERROR]"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

Deno.test("engine.json makes what the engine lacks a type error", () => {
  const lacking = [
    "JSON.stringify(1)",
    "new Float64Array(1)",
    "console.log(1)",
    "setTimeout(() => {}, 1)",
    "new Date()",
    "Deno.args",
    "new TextEncoder()",
    "structuredClone(1)",
    "new WeakMap()",
    "/a/.test('a')",
    "Math.random()",
    "performance.now()",
  ];
  const faults = check(lacking.map((one, i) => `export const x${i} = ${one};`).join("\n"));
  assert.equal(faults.length, lacking.length, faults.join("\n"));
});

Deno.test("engine.json lets through what the firmware may use", () => {
  const text = `
    export class A { x = 1; get y(): number { return this.x; } }
    export function* count(): Generator<number> { yield 1; }
    export const all = [...count(), ...[1, 2].map((x) => x ** 2)];
    export const view = new DataView(new ArrayBuffer(8)).getUint32(0, true) >>> 1;
    export const text = String(new Map([[1, BigInt(2) * 3n]]).get(1) ?? "none").padStart(4);
  `;
  assert.deepEqual(check(text), []);
});
