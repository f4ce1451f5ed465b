import assert from "node:assert/strict";
import { FakeBoard } from "./fake_board.ts";

const TIM12 = 0x4000_1800;
const TIM2 = 0x4000_0000;
const [CR1, DIER, SR, EGR, CNT, PSC, ARR, CCR1, CCR2] = [
  0,
  0x0c,
  0x10,
  0x14,
  0x24,
  0x28,
  0x2c,
  0x34,
  0x38,
];

/** TIM12 at 1 MHz from the 64 MHz after reset. */
function microseconds(board: FakeBoard, base = TIM12): void {
  board.write(base + PSC, 63);
  board.write(base + CR1, 4);
  board.write(base + EGR, 1);
  board.write(base + CR1, 0);
  assert.equal(board.read(base + SR), 0, "URS keeps UIF from UG");
}

Deno.test("Tim loads the prescaler at an update only", () => {
  const board = new FakeBoard();
  board.write(TIM12 + PSC, 63);
  board.write(TIM12 + ARR, 63);
  board.write(TIM12 + CR1, 1);
  board.clock.advance(500);
  assert.equal(board.read(TIM12 + CNT), 32, "still 64 MHz");
  board.clock.advance(500 + 10_000);
  assert.equal(board.read(TIM12 + CNT), 10, "1 MHz after the overflow");
});

Deno.test("Tim counts, matches and overflows with flags that writing 0 clears", () => {
  const board = new FakeBoard();
  microseconds(board);
  board.write(TIM12 + CCR1, 0x8000);
  board.write(TIM12 + CCR2, 100);
  board.write(TIM12 + CR1, 1);
  board.clock.advance(99_000);
  assert.deepEqual([board.read(TIM12 + CNT), board.read(TIM12 + SR)], [99, 0]);
  board.clock.advance(1_000);
  assert.deepEqual([board.read(TIM12 + CNT), board.read(TIM12 + SR)], [100, 4]);
  board.clock.advance(65_436_000);
  assert.deepEqual([board.read(TIM12 + CNT), board.read(TIM12 + SR)], [0, 7]);
  board.write(TIM12 + SR, ~2);
  assert.equal(board.read(TIM12 + SR), 5);
  board.write(TIM12 + SR, 0);
  assert.equal(board.read(TIM12 + SR), 0);
});

Deno.test("Tim raises its interrupt at the tick and lowers it with the flag", () => {
  const board = new FakeBoard();
  microseconds(board);
  board.write(TIM12 + CCR2, 250);
  board.write(TIM12 + DIER, 4);
  board.write(TIM12 + CR1, 1);
  board.clock.advance(249_999);
  assert.ok(!board.lines.has("TIM12"));
  board.clock.advance(1);
  assert.ok(board.lines.has("TIM12"));
  board.write(TIM12 + SR, ~4);
  assert.ok(!board.lines.has("TIM12"));
  board.clock.advance(65_536_000);
  assert.ok(board.lines.has("TIM12"), "again one period later");
});

Deno.test("Tim stops after one pulse", () => {
  const board = new FakeBoard();
  microseconds(board);
  board.write(TIM12 + ARR, 9);
  board.write(TIM12 + CR1, 8 | 1);
  board.clock.advance(1e9);
  assert.deepEqual([board.read(TIM12 + CR1), board.read(TIM12 + CNT)], [8, 0]);
  assert.equal(board.read(TIM12 + SR) & 1, 1);
});

Deno.test("Tim preloads the reload value with ARPE", () => {
  const board = new FakeBoard();
  microseconds(board);
  board.write(TIM12 + ARR, 9);
  board.write(TIM12 + EGR, 1);
  board.write(TIM12 + CR1, 0x81);
  board.write(TIM12 + ARR, 99);
  board.clock.advance(10_000);
  assert.equal(board.read(TIM12 + CNT), 0);
  board.clock.advance(50_000);
  assert.equal(board.read(TIM12 + CNT), 50);
});

Deno.test("Tim counts in 32 bits where the chip does", () => {
  const board = new FakeBoard();
  microseconds(board, TIM2);
  board.write(TIM2 + CR1, 1);
  board.clock.advance(70_000_000);
  assert.equal(board.read(TIM2 + CNT), 70_000);
  board.write(TIM2 + CNT, 0xffff_fff0);
  board.clock.advance(16_000);
  assert.deepEqual([board.read(TIM2 + CNT), board.read(TIM2 + SR) & 1], [0, 1]);
});

Deno.test("Tim stands still while the core is held and DBGMCU says so", () => {
  const board = new FakeBoard();
  microseconds(board);
  board.write(TIM12 + CR1, 1);
  board.clock.advance(10_000);
  board.write(0x5c00_1000 + 0x3c, 1 << 6);
  board.system.halted(true);
  board.clock.advance(100_000);
  assert.equal(board.read(TIM12 + CNT), 10);
  board.system.halted(false);
  board.clock.advance(5_000);
  assert.equal(board.read(TIM12 + CNT), 15);
});

Deno.test("Tim follows a change of its clock", () => {
  const board = new FakeBoard();
  microseconds(board);
  board.write(TIM12 + CR1, 1);
  board.clock.advance(10_000);
  board.write(0x5802_4400 + 0x1c, 8); // HCLK 32 MHz
  board.clock.advance(10_000);
  assert.equal(board.read(TIM12 + CNT), 15);
});

Deno.test("Tim names what it cannot do", () => {
  const board = new FakeBoard();
  board.write(TIM2 + CR1, 0x11);
  assert.deepEqual(board.reports, [{
    what: "TIM2: counting down or centre-aligned",
    kind: "behaviour",
  }]);
});
