import assert from "node:assert/strict";
import { fillBlocks } from "./documents.ts";
import { memoryX } from "./memory_x.ts";

Deno.test("fillBlocks() replaces what stands between the marks, and only that", () => {
  const text = "a\n<!-- generated: x -->\nold\n<!-- end -->\nb\n";
  const filled = "a\n<!-- generated: x -->\n\nnew\n\n<!-- end -->\nb\n";
  assert.equal(fillBlocks("f", text, { x: ["new"] }), filled);
  assert.equal(fillBlocks("f", filled, { x: ["new"] }), filled);
});

Deno.test("fillBlocks() refuses unknown and open blocks", () => {
  assert.throws(() => fillBlocks("f", "<!-- generated: y -->\n<!-- end -->", {}), /no block "y"/);
  assert.throws(() => fillBlocks("f", "<!-- generated: x -->\n", { x: [] }), /has no end/);
});

Deno.test("memoryX() writes what the linker reads", () => {
  const text = memoryX({ RAM: { start: 0x2406_e000, sizeBytes: 16384 } });
  assert.match(text, /MEMORY\n\{\n {2}RAM : ORIGIN = 0x2406e000, LENGTH = 16K\n\}\n$/);
});
