import assert from "node:assert/strict";
import { logRing } from "./log_ring.ts";
import { splitAtBoot } from "./logs.ts";

const START = 0x2000_e800;
const HEAD = 48;
const BOOT = "0 INFO usbnvme. device x";

/** A region with a control block, and a ring of `size` bytes that `text` was written to, all but the last `fresh` read. */
function region(text: string, fresh: number, size: number): Uint8Array {
  const bytes = new Uint8Array(HEAD + size);
  bytes.set(new TextEncoder().encode("SEGGER RTT"));
  const view = new DataView(bytes.buffer);
  [1, 1, 0, START + HEAD, size, text.length % size, (text.length - fresh) % size].forEach(
    (word, index) => view.setUint32(16 + 4 * index, word, true),
  );
  [...text].forEach((letter, index) => bytes[HEAD + index % size] = letter.charCodeAt(0));
  return bytes;
}

Deno.test("logRing tells what was taken from what was not, the oldest first", () => {
  const read = (text: string, fresh: number, size = 32) =>
    logRing(region(text, fresh, size), START);
  assert.deepEqual(read("", 0), { taken: "", fresh: "" });
  assert.deepEqual(read("one\ntwo\n", 0), { taken: "one\ntwo\n", fresh: "" });
  assert.deepEqual(read("one\ntwo\n", 4), { taken: "one\n", fresh: "two\n" });
  assert.deepEqual(read("one\ntwo\n", 6), { taken: "on", fresh: "e\ntwo\n" });
  // Of 12 bytes the ring has the last 8; the rest of the first line is left out.
  assert.deepEqual(read("first\nabc\nd\n", 2, 8), { taken: "abc\n", fresh: "d\n" });
});

Deno.test("logRing refuses what is no control block, or a damaged one", () => {
  assert.equal(logRing(new Uint8Array(100), START), undefined);
  assert.equal(logRing(new Uint8Array(10), START), undefined);
  for (const offset of [28, 32, 36, 40]) {
    const damaged = region("one\n", 0, 32);
    new DataView(damaged.buffer).setUint32(offset, 0xffff_fff0, true);
    assert.equal(logRing(damaged, START), undefined, String(offset));
  }
});

Deno.test("splitAtBoot begins at the last start, read or not, and without one with all", () => {
  assert.deepEqual(splitAtBoot({ taken: `a\n${BOOT}\nb\n${BOOT}\nc\n`, fresh: "d\n" }), {
    lines: [BOOT, "c"],
    begun: "",
    skip: 0,
  });
  assert.deepEqual(splitAtBoot({ taken: `${BOOT}\nc\nd`, fresh: `e\n${BOOT}\nf\n` }), {
    lines: [],
    begun: "",
    skip: 1,
  });
  assert.deepEqual(
    splitAtBoot({ taken: `c\n${BOOT.slice(0, 9)}`, fresh: `${BOOT.slice(9)}\nf\n` }),
    {
      lines: [],
      begun: BOOT.slice(0, 9),
      skip: 0,
    },
  );
  assert.deepEqual(splitAtBoot({ taken: "a\nb", fresh: "c\n" }), {
    lines: ["a"],
    begun: "b",
    skip: 0,
  });
});
