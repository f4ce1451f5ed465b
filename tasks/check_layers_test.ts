import assert from "node:assert/strict";
import { forbidden, foreignGlobals } from "./check_layers.ts";

Deno.test("forbidden() lets each layer import what the table gives it", () => {
  assert.deepEqual(
    forbidden([
      { from: "firmware_ts/main.ts", to: "wire/control.ts" },
      { from: "cli/sim.ts", to: "twin/board.ts" },
      { from: "twin/elf_test.ts", to: "tests/support/elf.ts" },
      { from: "tasks/start.ts", to: "firmware_ts/main.ts" },
    ]),
    [],
  );
});

Deno.test("forbidden() finds an edge that goes up or out", () => {
  const edges = [
    { from: "wire/control.ts", to: "node:buffer" },
    { from: "toolkit/bake.ts", to: "twin/board.ts" },
    { from: "chip/memory.ts", to: "wire/control.ts" },
    { from: "cli/sim.ts", to: "https://example.org/x.ts" },
  ];
  assert.deepEqual(forbidden(edges), edges);
});

Deno.test("foreignGlobals() finds a runtime's global in code, not in comments", () => {
  assert.deepEqual(foreignGlobals("wire/a.ts", "// Deno runs this\nconst t = Date.now();"), [
    "wire/a.ts: Date.now",
  ]);
  assert.deepEqual(foreignGlobals("cli/a.ts", "Deno.exit(0)"), []);
});
