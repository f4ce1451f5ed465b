import assert from "node:assert/strict";
import { Board, type BoardOptions } from "./board.ts";
import { assemble, vectors } from "./testing/assemble.ts";
import { makeElf } from "./testing/make_elf.ts";

/** Registers: RCC AHB4ENR, GPIOD, and the clock enables of AHB SRAM. */
const NAMES = `
.equ RCC, 0x58024400
.equ AHB2ENR, RCC + 0x13c
.equ AHB4ENR, RCC + 0x140
.equ GPIOD, 0x58020c00
unexpected: b .
hard:
  ldr r0, =0x2000f000
  ldr r1, [r0]
  adds r1, #1
  str r1, [r0]
  b .
`;

/** Switches port D on and LD1 (PD10) and LD2 (PD13) to outputs, lights LD1. */
const BLINK = `
start:
  poke AHB4ENR, 8
  poke GPIOD, 0xf7dfffff
  poke GPIOD+0x18, 0x400
`;

async function program(source: string): Promise<Uint8Array> {
  const code = await assemble(`${vectors({ 3: "hard" })}\n${source}\n${NAMES}`);
  const entry = new DataView(code.buffer, code.byteOffset).getUint32(4, true);
  return makeElf(entry, [[0, code]]);
}

async function withBoard(
  options: BoardOptions,
  test: (board: Board) => unknown,
): Promise<void> {
  const board = Board.create({ strict: true, ...options });
  try {
    await test(board);
  } finally {
    board.close();
  }
}

Deno.test("Board starts an image in RAM and tells LED changes with their time", async () => {
  const image = await program(`${BLINK}
  poke GPIOD+0x18, 0x2000
  poke GPIOD+0x18, 0x04000000
  b .`);
  await withBoard({ image, ram: true }, (board) => {
    const changes: string[] = [];
    board.onLed(({ led, on, atNs }) => changes.push(`${led} ${on} ${atNs > 0}`));
    assert.equal(board.runFor(10_000), "time");
    assert.deepEqual(changes, ["LD1 true true", "LD2 true true", "LD1 false true"]);
    assert.deepEqual(board.leds, { LD1: false, LD2: true, LD3: false });
    assert.equal(board.nowNs, 10_000);
    assert.deepEqual(board.unmodelled, []);
  });
});

Deno.test("Board runs a loader from internal flash; RAM is lost with power and kept by a reset", async () => {
  const code = await assemble(`${vectors({ 3: "hard" })}
start:
  ldr r0, =0x20001000
  ldr r1, [r0]
  adds r1, #1
  str r1, [r0]
  wfi
  b .
${NAMES}`);
  // Position-independent but for the vectors: those are moved to where the flash is.
  const words = new Uint32Array(code.slice(0, 128).buffer);
  for (let i = 1; i < 32; i++) words[i] += 0x0800_0000;
  code.set(new Uint8Array(words.buffer));
  await withBoard({ loader: makeElf(words[1], [[0x0800_0000, code]]) }, (board) => {
    const count = () => new Uint32Array(board.readMemory(0x2000_1000, 4)!.buffer)[0];
    assert.equal(board.runFor(1000), "time");
    assert.equal(count(), 1);
    board.reset();
    board.runFor(1000);
    assert.equal(count(), 2);
    board.powerCycle();
    board.runFor(1000);
    assert.equal(count(), 1);
    assert.deepEqual(board.resets, ["power-on", "pin", "power-on"]);
    assert.equal(board.nowNs, 3000);
  });
});

Deno.test("Board.run() gives the same counts twice, and ends at limits", async () => {
  const image = await program(`${BLINK}
1: adds r0, #1
  b 1b`);
  const counts: string[] = [];
  for (let i = 0; i < 2; i++) {
    await withBoard({ image, ram: true }, (board) => {
      assert.equal(board.run({ maxInstructions: 1000 }), "instructions");
      assert.equal(board.instructions, 1000);
      assert.equal(board.run({ until: () => board.instructions > 50_000 }), "condition");
      board.runFor(123_456);
      counts.push(`${board.instructions} ${board.nowNs}`);
    });
  }
  assert.equal(counts[0], counts[1]);
});

Deno.test("a loop on itself is counted, not executed: ten seconds of it cost nothing", async () => {
  const image = await program("start:\n  cpsid i\n  b .");
  await withBoard({ image, ram: true }, (board) => {
    assert.equal(board.runFor(10e9), "time");
    assert.equal(board.instructions, 640_000_000);
  });
});

Deno.test("AHB SRAM is on the bus while its clock runs, and faults otherwise", async () => {
  const image = await program(`
start:
  poke AHB2ENR, 0x20000000
  poke 0x30000000, 0x1234
  poke AHB2ENR, 0
  poke 0x30000000, 0x1234
  b .`);
  await withBoard({ image, ram: true }, (board) => {
    board.runFor(10_000);
    assert.match(board.lastFault, /bus error on write to 0x30000000/);
    assert.deepEqual(board.readMemory(0x2000_f000, 1), Uint8Array.of(1));
  });
});

Deno.test("an erased board locks up and says so; what it has no model for is named", async () => {
  await withBoard({}, (board) => {
    assert.equal(board.runFor(1e6), "lockup");
    assert.match(board.lockup!, /vector|fetch|instruction|Thumb/);
  });
  const image = await program("start:\n  poke 0x40028000, 1\n  b .");
  await withBoard({ image, ram: true }, (board) => {
    assert.throws(() => board.runFor(10_000), /ETH\+0x0/);
  });
  await withBoard({ image, ram: true, strict: false }, (board) => {
    board.runFor(10_000);
    const told = board.unmodelled.map(({ what, kind, value }) => [what, kind, value]);
    assert.deepEqual(told, [["ETH+0x0", "write", 1]]);
  });
});

Deno.test("Board keeps flashes and unique ID in its file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const boardFile = `${folder}/board`;
    const uniqueId = Uint8Array.from({ length: 12 }, (_, i) => i);
    const image = await program("start: b .");
    await withBoard({ boardFile, uniqueId, image }, (board) => board.runFor(10));
    await withBoard({ boardFile }, ({ state }) => {
      assert.deepEqual(state.uniqueId, uniqueId);
      assert.deepEqual(state.externalFlash.subarray(0, image.length), image);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Board halts, steps and resumes", async () => {
  const image = await program("start:\n  movs r0, #0\n1: adds r0, #1\n  b 1b");
  await withBoard({ image, ram: true }, (board) => {
    board.run({ maxInstructions: 5 });
    board.halt();
    assert.equal(board.runFor(1000), "halted");
    const at = board.instructions;
    board.step();
    assert.equal(board.instructions, at + 1);
    board.resume();
    assert.equal(board.runFor(1000), "time");
    assert.ok(board.instructions > at + 10);
  });
});

Deno.test("Board refuses an image that cannot be loaded into RAM, and an address that is no flash", async () => {
  const code = await assemble(`${vectors({})}\nstart: b .\nunexpected: b .`);
  const entry = new DataView(code.buffer, code.byteOffset).getUint32(4, true);
  const create = (options: BoardOptions) => () => Board.create(options);
  const nowhere = makeElf(entry, [[0, code], [0x6000_0000, code]]);
  assert.throws(create({ image: nowhere, ram: true }), /no RAM at 0x60000000/);
  assert.throws(create({ image: makeElf(2, [[0, code]]), ram: true }), /vector table/);
  assert.throws(create({ loader: makeElf(entry, [[0, code]]) }), /internal flash/);
  assert.throws(create({ image: Uint8Array.of(1, 2), ram: true }), /not an ELF file/);
});
