import assert from "node:assert/strict";
import { Board } from "../../twin/board.ts";
import { buildOnce } from "../support/built.ts";

const WAITING = "mctp usb waiting";
const LOADING_NS = 14e6;
const CUTS = 24;

Deno.test("power cut at any point of loading: the next boot runs the whole image", async () => {
  const { image, loader } = await buildOnce();
  for (let cut = 0; cut < CUTS; cut++) {
    const board = Board.create({ loader, image: image.file });
    try {
      board.runFor(LOADING_NS * (cut + 0.37) / CUTS);
      board.powerCycle();
      const from = board.log.length;
      assert.ok(board.runUntilLog(WAITING, 200e6, from), `cut ${cut}: ${lastLines(board)}`);
      assert.deepEqual(board.leds.LD3, false);
    } finally {
      board.close();
    }
  }
});

Deno.test("a damaged, cut or missing image is reported, not run", async (t) => {
  const { image, loader } = await buildOnce();
  const length = image.file.length;
  const flip = (at: number) => {
    const file = image.file.slice();
    file[at] ^= 0x10;
    return file;
  };
  const cut = (at: number) => image.file.slice(0, at);
  const cases: Record<string, Uint8Array> = {
    "no image": new Uint8Array(64).fill(0xff),
    "noise": Uint8Array.from({ length: 4096 }, (_, index) => (index * 2654435761) >>> 24),
    "a flipped bit of the header": flip(4),
    "a flipped bit of the entry": flip(25),
    "a flipped bit of a program header": flip(52 + 32 + 12),
    "a flipped bit of the code": flip(length >> 1),
    "a flipped bit of the last byte": flip(length - 1),
    "cut behind the header": cut(60),
    "cut in the middle": cut(length >> 1),
    "cut by one byte": cut(length - 1),
  };
  for (const [what, file] of Object.entries(cases)) {
    await t.step(what, () => {
      const board = Board.create({ loader, image: file });
      try {
        board.runUntilLog("ERROR", 300e6);
        board.runFor(10e6);
        const log = board.log.map(({ text }) => text).join("\n");
        assert.ok(!log.includes("usbnvme. device"), log);
        assert.match(log, /ERROR/);
        assert.equal(board.lockup, undefined);
      } finally {
        board.close();
      }
    });
  }
});

function lastLines(board: Board): string {
  return board.log.slice(-3).map(({ text }) => text).join(" | ");
}
