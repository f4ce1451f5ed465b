/** The log's memory over resets: what a debugger has not read yet stays, what it has read is not told again. */
import assert from "node:assert/strict";
import { IMAGE_REGIONS } from "../../chip/memory.ts";
import { Board } from "../../twin/board.ts";
import { buildOnce } from "../support/built.ts";

const { image, loader } = await buildOnce();

/** Offsets in the control block: the up channel's places to write and to read. */
const AT = IMAGE_REGIONS.LOG.start;
const [UP_SIZE, UP_WRITE, UP_READ, DOWN_WRITE] = [AT + 32, AT + 36, AT + 40, AT + 60];

function boot(): Board {
  const board = Board.create({ image: image.file, loader, strict: true });
  assert.ok(board.runUntilLog("mctp usb waiting", 400e6));
  return board;
}

function word(board: Board, address: number): number {
  return board.core.memory.read32(address) ?? NaN;
}

function texts(board: Board): string[] {
  return board.log.map(({ text }) => text.replace(/^\d+ /, ""));
}

Deno.test("RTT's rings go on where they were after a reset", () => {
  const board = boot();
  const first = word(board, UP_WRITE);
  assert.ok(first > 0);
  const seen = board.log.length;
  board.reset();
  assert.ok(board.runUntilLog("mctp usb waiting", 400e6, seen));
  assert.ok(word(board, UP_WRITE) > first);
  assert.equal(word(board, UP_READ), word(board, UP_WRITE));
  const boots = texts(board).filter((text) => /usbnvme\. device/.test(text));
  assert.equal(boots.length, 2);
  board.close();
});

Deno.test("lines that were not read before a reset are there after it", () => {
  const board = boot();
  const [device] = texts(board).filter((text) => /usbnvme\. device/.test(text));
  // As if nobody had read anything: the twin's own debugger reads all of it once more, then the new run.
  board.core.memory.write32(UP_READ, 0);
  const seen = board.log.length;
  board.reset();
  const again = board.log.length;
  assert.ok(board.runUntilLog("mctp usb waiting", 400e6, again));
  assert.equal(texts(board).slice(seen).filter((text) => text === device).length, 2);
  board.close();
});

for (
  const [name, address, value] of [
    ["id", AT, 0x4141_4141],
    ["size", UP_SIZE, 0xffff_ffff],
    ["place to write", UP_WRITE, 0x7fff_ffff],
    ["place to write down", DOWN_WRITE, 0x8000_0000],
  ] as const
) {
  Deno.test(`RTT's rings start over when the ${name} is damaged`, () => {
    const board = boot();
    board.core.memory.write32(address, value);
    const seen = board.log.length;
    board.reset();
    assert.ok(board.runUntilLog("mctp usb waiting", 400e6, seen));
    const size = word(board, UP_SIZE);
    assert.ok(size > 4096 && size < 5120, `${size}`);
    assert.ok(word(board, UP_WRITE) < size);
    assert.ok(texts(board).slice(seen).some((text) => /usbnvme\. device/.test(text)));
    board.close();
  });
}
