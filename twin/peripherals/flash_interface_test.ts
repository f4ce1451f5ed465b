import assert from "node:assert/strict";
import { FakeBoard } from "./fake_board.ts";

const FLASH = 0x5200_2000;
const START = 0x0800_0000;
const [KEYR, CR, SR, IER, ISR, ICR, OPTKEYR, OPTCR, OBW2SR, OBW2SRP] = [
  4,
  0x10,
  0x14,
  0x20,
  0x24,
  0x28,
  0x100,
  0x104,
  0x268,
  0x26c,
];

function unlocked(): FakeBoard {
  const board = new FakeBoard();
  board.write(FLASH + KEYR, 0x4567_0123);
  board.write(FLASH + KEYR, 0xcdef_89ab);
  assert.equal(board.read(FLASH + CR), 0);
  return board;
}

function store(board: FakeBoard, offset: number, words: number[]): void {
  words.forEach((word, i) => board.system.internalFlash.write(START + offset + 4 * i, 4, word));
}

Deno.test("FlashInterface reset values", () => {
  const board = new FakeBoard();
  assert.deepEqual([0, CR, OPTCR].map((offset) => board.read(FLASH + offset)), [0x13, 1, 1]);
  assert.deepEqual(board.split, [64, 64]);
});

Deno.test("FlashInterface programs 128-bit words and erases 8 KB sectors", () => {
  const board = unlocked();
  board.state.internalFlash.fill(0, 0x2000, 0x4000);
  board.write(FLASH + IER, 1 << 16);
  board.write(FLASH + CR, 4 | 1 << 6 | 1 << 5);
  assert.equal(board.read(FLASH + SR) & 0x25, 0x25);
  board.clock.advance(2e6);
  assert.equal(board.read(FLASH + SR), 0);
  assert.ok(board.lines.has("FLASH"));
  board.write(FLASH + ICR, 1 << 16);
  assert.ok(!board.lines.has("FLASH"));
  assert.ok(board.state.internalFlash.subarray(0x2000, 0x4000).every((byte) => byte === 0xff));
  assert.deepEqual(board.changes, ["8002000+8192"]);
  board.write(FLASH + CR, 2);
  store(board, 0x2010, [1, 2, 3]);
  assert.equal(board.read(FLASH + SR), 2, "the write buffer waits");
  store(board, 0x201c, [4]);
  assert.equal(board.read(FLASH + SR) & 0x17, 0x15);
  board.clock.advance(30_000);
  assert.deepEqual(
    [...new Uint32Array(board.state.internalFlash.slice(0x2010, 0x2020).buffer)],
    [1, 2, 3, 4],
  );
});

Deno.test("FlashInterface writes a part of a word with FW", () => {
  const board = unlocked();
  board.write(FLASH + CR, 2);
  store(board, 0, [0x1234_5678]);
  board.write(FLASH + CR, 2 | 16);
  board.clock.advance(30_000);
  assert.deepEqual([...board.state.internalFlash.subarray(0, 5)], [0x78, 0x56, 0x34, 0x12, 0xff]);
  assert.equal(board.read(FLASH + CR), 2);
});

Deno.test("FlashInterface flags wrong sequences", () => {
  const cases: [string, (board: FakeBoard) => void, number][] = [
    ["a write while locked", (board) => {
      board.write(FLASH + CR, 1);
      store(board, 0, [0]);
    }, 1 << 18],
    ["a byte twice", (board) => {
      board.write(FLASH + CR, 2);
      store(board, 0, [0]);
      store(board, 0, [0]);
    }, 1 << 19],
    ["another word too early", (board) => {
      board.write(FLASH + CR, 2);
      store(board, 0, [0]);
      store(board, 16, [0]);
    }, 1 << 21],
  ];
  for (const [name, act, flag] of cases) {
    const board = unlocked();
    act(board);
    assert.equal(board.read(FLASH + ISR), flag, name);
    board.write(FLASH + ICR, flag);
    assert.equal(board.read(FLASH + ISR), 0, name);
  }
});

Deno.test("FlashInterface stays locked after a wrong key until a reset", () => {
  const board = new FakeBoard();
  assert.throws(() => board.write(FLASH + KEYR, 1), { name: "BusError" });
  assert.throws(() => board.write(FLASH + KEYR, 0x4567_0123), { name: "BusError" });
  board.restart("software");
  board.write(FLASH + KEYR, 0x4567_0123);
  board.write(FLASH + KEYR, 0xcdef_89ab);
  assert.equal(board.read(FLASH + CR), 0);
});

/** The writes of a loader that changes the split. */
function split(board: FakeBoard, value: number): void {
  board.write(FLASH + OPTKEYR, 0x0819_2a3b);
  board.write(FLASH + OPTKEYR, 0x4c5d_6e7f);
  board.write(FLASH + OPTCR, 2);
  board.write(FLASH + OBW2SRP, value);
  assert.equal(board.read(FLASH + SR) & 0x45, 0x45);
  assert.equal(board.read(FLASH + OBW2SR), 0);
  board.clock.advance(4e6);
  assert.equal(board.read(FLASH + SR), 0);
  assert.equal(board.read(FLASH + OBW2SR), value);
}

Deno.test("FlashInterface changes the split of the shared memories at once", () => {
  const board = new FakeBoard();
  split(board, 0x12);
  assert.deepEqual(board.split, [192, 128]);
  assert.equal(board.state.optionBytes.get("OBW2SR"), 0x12);
  const next = new FakeBoard({}, board.state);
  assert.deepEqual(next.split, [192, 128], "the board keeps it");
});

Deno.test("FlashInterface with optionBytesLoad at-reset waits for a reset", () => {
  const board = new FakeBoard({ optionBytesLoad: "at-reset" });
  split(board, 0x02);
  assert.deepEqual(board.split, [64, 64]);
  board.restart("software");
  assert.deepEqual(board.split, [192, 64]);
});

Deno.test("FlashInterface ignores option bytes while locked", () => {
  const board = new FakeBoard();
  board.write(FLASH + OBW2SRP, 2);
  board.clock.advance(1e9);
  assert.equal(board.read(FLASH + OBW2SRP), 0);
  assert.deepEqual(board.split, [64, 64]);
});

Deno.test("FlashInterface leaves a sector half erased when power is cut", () => {
  const board = unlocked();
  board.state.internalFlash.fill(0);
  board.write(FLASH + CR, 4 | 1 << 5);
  board.clock.advance(1e6);
  board.system.powerCut();
  const flash = board.state.internalFlash;
  assert.deepEqual([flash[0], flash[4095], flash[4096], flash[8191]], [0xff, 0xff, 0, 0]);
});
