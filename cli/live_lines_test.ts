import assert from "node:assert/strict";
import { barText } from "./bar.ts";
import { LiveLines } from "./live_lines.ts";

Deno.test("LiveLines keeps its lines below what is printed, and takes them away", () => {
  let out = "";
  const write = (text: string) => void (out += text);
  const lines = new LiveLines(write, () => 10);
  lines.set("a", "0123456789abc");
  assert.equal(out, "012345678\n", "cut, so that it never wraps");
  out = "";
  lines.set("b", "two");
  assert.equal(out, "\x1b[1A\r\x1b[J012345678\ntwo\n");
  out = "";
  lines.set("b", "two");
  assert.equal(out, "", "nothing has changed");
  lines.around(() => write("printed\n"));
  assert.equal(out, "\x1b[2A\r\x1b[Jprinted\n012345678\ntwo\n");
  out = "";
  lines.set("a", undefined);
  lines.set("b", undefined);
  lines.set("b", undefined);
  lines.around(() => write("printed\n"));
  assert.equal(out, "\x1b[2A\r\x1b[Jtwo\n\x1b[1A\r\x1b[Jprinted\n");
});

Deno.test("barText shows step, share, bytes and time", () => {
  const state = { step: "erasing", sizeBytes: 430_656, elapsedMs: 1234 };
  assert.equal(
    barText({ ...state, doneBytes: 65_536 }),
    "erasing [###---------------------]  65,536 of 430,656 bytes, 1.2 s",
  );
  assert.match(barText({ ...state, doneBytes: 430_656 }), /^erasing \[#{24}\] 430,656 of/);
  assert.match(barText({ ...state, sizeBytes: 0, doneBytes: 0 }), /\[#{24}\] 0 of 0 bytes/);
});
