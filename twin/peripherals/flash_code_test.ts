import assert from "node:assert/strict";
import { Board } from "../board.ts";

const CODE = 0x2000_0000;
/** STR r0, [r1]; BKPT 0. */
const STORE = [0x08, 0x60, 0x00, 0xbe];

/** Runs one store on the CPU and gives back how it ended. */
function store(board: Board, address: number, value: number): void {
  const { core } = board;
  core.busWrite(0xe000_edf0, 4, 0xa05f_0003);
  core.halt(1);
  assert.ok(core.memory.write(CODE, Uint8Array.from(STORE)));
  core.writeRegister(0, value);
  core.writeRegister(1, address);
  core.writeRegister(13, CODE + 0x1000);
  core.writeRegister(15, CODE);
  core.writeRegister(16, 1 << 24);
  core.resume();
  assert.equal(core.run({ maxInstructions: 100 }), "halted");
}

Deno.test("FlashInterface takes a store by the CPU into its buffer, not into the flash", () => {
  const board = Board.create();
  store(board, 0x0800_0010, 0x1234_5678);
  assert.deepEqual([...board.state.internalFlash.subarray(0x10, 0x14)], [255, 255, 255, 255]);
  assert.equal(board.core.busRead(0x5200_2024, 4), 1 << 18, "PGSERRF: it was locked");
  board.core.busWrite(0x5200_2004, 4, 0x4567_0123);
  board.core.busWrite(0x5200_2004, 4, 0xcdef_89ab);
  board.core.busWrite(0x5200_2010, 4, 2);
  store(board, 0x0800_0010, 0x1234_5678);
  assert.deepEqual([...board.state.internalFlash.subarray(0x10, 0x14)], [255, 255, 255, 255]);
  assert.equal(board.core.busRead(0x5200_2014, 4), 2, "WBNE");
  board.close();
});
