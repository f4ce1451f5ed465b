/** The engine on the target: numbers as everywhere, and memory for a script that nearly fills it. */
import assert from "node:assert/strict";
import { pieces } from "../../toolkit/bundle.ts";
import { crc32c } from "../../toolkit/crc32c.ts";
import { Board } from "../../twin/board.ts";
import { ROOT, scriptedImage } from "../support/scripted_image.ts";

/** Runs a script on a board until it has logged `done`; gives the texts of its lines before that. */
async function linesOf(script: string, typed?: string): Promise<string[]> {
  const board = Board.create({ image: await scriptedImage(script), ram: true, strict: true });
  try {
    assert.ok(board.runUntilLog("mctp usb waiting", 900e6), board.log.at(-1)?.text);
    if (typed !== undefined) {
      board.rttWrite(`${typed}\n`);
      assert.ok(board.runUntilLog("done", 900e6), board.log.at(-1)?.text);
    }
    return board.log.map(({ text }) => text.replace(/^\d+ [A-Z]+ /, ""));
  } finally {
    board.close();
  }
}

const START = "port.start(() => 0, () => 0, () => {}, () => {}, onLine);";

Deno.test("the engine's numbers on the target are those of the host", async () => {
  const check = Deno.readTextFileSync(`${ROOT}/native/jerryscript/tests/numbers.js`);
  const literals = [
    ..."0.1 1.5e-7 5e-324 2.2250738585072011e-308 1.7976931348623157e308 9007199254740993".split(
      " ",
    ),
    ..."4294967296.5 123456789012345680000 1e21 1e23 0.000001 1e-7 179769313486231580793e289"
      .split(" "),
  ];
  const crc = crc32c(Uint8Array.from({ length: 256 }, (_, byte) => byte)).toString(16);
  const lines = await linesOf(`
    const onLine = () => {};
    port.log(2, "numbers " + (function () { ${check} })());
    for (const number of [${literals.join()}]) port.log(2, "literal " + number);
    for (const text of ${JSON.stringify(literals)}) port.log(2, "text " + Number(text));
    ${START}`);
  const of = (word: string) => lines.filter((line) => line.startsWith(`${word} `));
  assert.deepEqual(of("numbers"), [`numbers ${crc} ok`]);
  assert.deepEqual(of("literal"), literals.map((text) => `literal ${Number(text)}`));
  assert.deepEqual(of("text"), literals.map((text) => `text ${Number(text)}`));
});

Deno.test("a script of 80 KB starts beside its own text, which is then heap", async () => {
  let script = "var sum = 0;\n";
  for (let i = 0; script.length < 80_000; i++) {
    script += `function part${i}(value) {\n  // ${"x".repeat(120)}\n` +
      `  for (let at = 0; at < value; at++) sum += at ^ ${i};\n  return "part ${i}" + value;\n}\n` +
      `if (part${i}(3) !== "part ${i}3") throw Error("part ${i}");\n`;
  }
  // More than there was beside the text, and less than there is with it.
  script += `function onLine() {
    let bytes = 0;
    const kept = [];
    for (let i = 0; i < 100; i++) { kept.push(new Uint8Array(1000)); bytes += kept[i].length; }
    port.large[65535] = 7;
    let refused = "";
    try { new Function("return 1"); } catch (error) { refused = String(error); }
    port.log(2, "kept " + bytes + ", " + refused);
    port.log(2, "done");
  }
  ${START}`;
  const lines = await linesOf(pieces(script).join("\0"), "go");
  assert.ok(
    lines.includes("kept 100000, SyntaxError: no source is parsed after the start"),
    lines.join("\n"),
  );
});
