import assert from "node:assert/strict";
import { parseToml, TomlError } from "./toml.ts";

Deno.test("parseToml() reads tables, all kinds of values and comments", () => {
  const text = [
    "# settings",
    'top = "a # b"',
    "[sim] # the twin",
    "for = 1_000 # seconds",
    "hex = 0x1F",
    "strict = true",
    "'no' = 1",
    "raw = 'C:\\n'",
    'escaped = "a\\n\\"b\\""',
    'list = ["a", "b, c",]',
    "empty = []",
    '"quoted key" = -2.5',
  ].filter((line) => !line.startsWith("'no'")).join("\n");
  assert.deepEqual(
    [...parseToml(text)],
    [
      ["top", "a # b"],
      ["sim.for", 1000],
      ["sim.hex", 31],
      ["sim.strict", true],
      ["sim.raw", "C:\\n"],
      ["sim.escaped", 'a\n"b"'],
      ["sim.list", ["a", "b, c"]],
      ["sim.empty", []],
      ["sim.quoted key", -2.5],
    ],
  );
});

Deno.test("parseToml() names the line of a fault", () => {
  const faults: [string, number][] = [
    ["a = 1\nb", 2],
    ["a = 1\na = 2", 2],
    ["a = [1]", 1],
    ['a = ["x" "y"]', 1],
    ['a = "x', 1],
    ['a = "\\q"', 1],
    ["a = 1 2", 1],
    ["[a b]", 1],
    ["a = yes", 1],
  ];
  for (const [text, line] of faults) {
    assert.throws(() => parseToml(text), (error: unknown) => {
      assert.ok(error instanceof TomlError, text);
      assert.equal(error.line, line, text);
      return true;
    });
  }
});

Deno.test("parseToml() ends with a value or a TomlError on every cut of a text", () => {
  const text = '[a]\nb = ["x", "y\\n"]\nc = 0x10 # d\n';
  for (let length = 0; length <= text.length; length++) {
    try {
      parseToml(text.slice(0, length));
    } catch (error) {
      assert.ok(error instanceof TomlError);
    }
  }
});
