import assert from "node:assert/strict";
import { takeNumbers } from "./inline_numbers.ts";

Deno.test("takeNumbers() takes numbers in capitals that are declared at the top", () => {
  const script = "var A = 5e3;\nvar B_2 = -1;\nfunction f() {\n  return A + B_2;\n}\n";
  assert.deepEqual(takeNumbers(script), {
    text: "\n\nfunction f() {\n  return A + B_2;\n}\n",
    numbers: { A: "5e3", B_2: "-1" },
  });
});

Deno.test("takeNumbers() leaves what is no constant number alone", () => {
  const kept = [
    'var A = "text";',
    "var B = 1 + x;",
    "var C = [1];",
    "var D;",
    "var lower = 1;",
    "var E = 1, F = 2;",
    "var G = 1; G = 2;",
    "var H = 1; function f() { H++; }",
    "var I = 1; function f() { --I; }",
    "var J = 1; J += 2;",
    "function f() { var K = 1; return K; }",
    "var text = `\nvar L = 1;\n`;",
  ];
  for (const script of kept) assert.deepEqual(takeNumbers(script), { text: script, numbers: {} });
});
