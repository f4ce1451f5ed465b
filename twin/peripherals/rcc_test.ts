import assert from "node:assert/strict";
import { FakeBoard } from "./fake_board.ts";

const [PWR, RCC, FLASH] = [0x5802_4800, 0x5802_4400, 0x5200_2000];

/** The start-up of a firmware at 600 MHz from the crystal, as register writes. */
export function startAt600MHz(board: FakeBoard): void {
  board.write(PWR + 0x14, 1); // CSR4.VOS
  board.clock.advance(20_000);
  board.write(RCC, board.read(RCC) | 1 << 16); // HSEON
  board.clock.advance(2_100_000);
  board.write(RCC + 0x28, 12 << 4 | 2); // DIVM1 12, HSE
  board.write(RCC + 0x2c, 0b0111 << 5 | 1 << 3); // P, Q, R; 2 to 4 MHz
  board.write(RCC + 0x30, 299 | 0 << 9 | 1 << 16 | 1 << 24);
  board.write(RCC, board.read(RCC) | 1 << 24);
  board.clock.advance(60_000);
  board.write(FLASH, 0x37);
  board.write(RCC + 0x1c, 8); // BMPRE 2
  board.write(RCC + 0x20, 0x4444);
  board.write(RCC + 0x10, 3);
}

Deno.test("Rcc reset values are those of the manual", () => {
  const board = new FakeBoard();
  const expected: [number, number][] = [
    [0x00, 0x25],
    [0x04, 0x4000_0000],
    [0x0c, 0x2000_0000],
    [0x28, 0x0202_0200],
    [0x30, 0x0101_0280],
    [0x38, 0x0101_0280],
    [0x40, 0x0101_0280],
    [0x4c, 0x0a00],
    [0x70, 0x10],
    [0xb0, 0x8000_0000],
    [0xc0, 0x101],
    [0x130, 0x00e0_0000],
    [0x134, 0],
  ];
  for (const [offset, value] of expected) {
    assert.equal(board.read(RCC + offset), value, `offset 0x${offset.toString(16)}`);
  }
  assert.equal(board.system.hz("CPU"), 64e6);
  assert.deepEqual(board.reports, []);
});

Deno.test("Rcc runs the core at 600 MHz from the crystal", () => {
  const board = new FakeBoard();
  startAt600MHz(board);
  assert.equal(board.read(RCC + 0x10) >>> 3 & 7, 3);
  const nodes = ["CPU", "HCLK", "PCLK1", "TIM12", "PLL1_Q", "XSPI2"];
  assert.deepEqual(nodes.map((node) => board.system.hz(node)), [
    600e6,
    300e6,
    150e6,
    300e6,
    300e6,
    300e6,
  ]);
  assert.deepEqual(board.reports, []);
});

Deno.test("Rcc keeps the dividers of a running PLL", () => {
  const board = new FakeBoard();
  startAt600MHz(board);
  const before = board.read(RCC + 0x28);
  board.write(RCC + 0x28, 0);
  // DIVM1 and PLLSRC stay; DIVM2 and DIVM3 belong to PLLs that stand still.
  assert.equal(board.read(RCC + 0x28), before & 0x3f3);
  board.write(RCC + 0x30, 0);
  assert.equal(board.system.hz("CPU"), 600e6);
});

Deno.test("Rcc without a crystal never sets HSERDY", () => {
  const board = new FakeBoard({ hsePresent: false });
  board.write(RCC, board.read(RCC) | 1 << 16);
  board.clock.advance(1e9);
  assert.equal(board.read(RCC) >>> 17 & 1, 0);
});

Deno.test("Rcc switches only to a clock that is ready, then by itself", () => {
  const board = new FakeBoard();
  board.write(RCC + 0x10, 1);
  assert.equal(board.read(RCC + 0x10), 1, "SWS stays HSI while CSI is off");
  board.write(RCC, board.read(RCC) | 1 << 7);
  board.clock.advance(10_000);
  assert.equal(board.read(RCC + 0x10), 1 | 1 << 3);
  assert.equal(board.system.hz("CPU"), 4e6);
  board.write(RCC, board.read(RCC) & ~(1 << 7));
  assert.equal(board.read(RCC) >>> 7 & 1, 1, "the system's clock cannot be switched off");
});

Deno.test("Rcc names clocks beyond the limits", () => {
  const board = new FakeBoard();
  board.write(RCC, board.read(RCC) | 1 << 16);
  board.clock.advance(2_100_000);
  board.write(RCC + 0x28, 12 << 4 | 2);
  board.write(RCC + 0x2c, 1 << 5 | 1 << 3);
  board.write(RCC + 0x30, 319);
  board.write(RCC, board.read(RCC) | 1 << 24);
  board.clock.advance(60_000);
  board.write(RCC + 0x10, 3);
  const named = board.reports.map(({ what }) => what);
  assert.ok(
    named.includes("clock limits: CPU at 640 MHz, low scale allows 400 MHz"),
    named.join("\n"),
  );
});

Deno.test("Rcc ready interrupt rises with the flag and falls with CICR", () => {
  const board = new FakeBoard();
  board.write(RCC + 0x60, 1 << 5);
  board.write(RCC, board.read(RCC) | 1 << 12);
  assert.ok(!board.lines.has("RCC"));
  board.clock.advance(10_000);
  assert.ok(board.lines.has("RCC"));
  assert.equal(board.read(RCC + 0x64), 1 << 5);
  board.write(RCC + 0x68, 1 << 5);
  assert.equal(board.read(RCC + 0x64), 0);
  assert.ok(!board.lines.has("RCC"));
});

Deno.test("Rcc keeps reset flags until RMVF", () => {
  const board = new FakeBoard();
  board.write(RCC + 0x130, 1 << 16);
  assert.equal(board.read(RCC + 0x130), 1 << 16);
  board.restart("iwdg");
  assert.equal(board.read(RCC + 0x130) & 0x00fe_0000, 1 << 22);
  assert.equal(board.read(RCC + 0x130) >>> 26 & 1, 1);
});

Deno.test("Rcc reset bit resets the block", () => {
  const board = new FakeBoard();
  const tim12 = 0x4000_1800;
  board.write(tim12 + 0x2c, 0x1234);
  board.write(RCC + 0x90, 1 << 6);
  assert.equal(board.read(tim12 + 0x2c), 0xffff);
  assert.equal(board.read(RCC + 0x90), 1 << 6);
});

Deno.test("Rcc gives the PHY its reference only when USBREFCKSEL tells the same", () => {
  const board = new FakeBoard();
  assert.equal(board.system.hz("OTG_HS"), 0);
  board.write(RCC, board.read(RCC) | 1 << 16);
  board.clock.advance(2_100_000);
  assert.equal(board.system.hz("OTG_HS"), 24e6);
  board.write(RCC + 0x4c, 0x0b00);
  assert.equal(board.system.hz("OTG_HS"), 0);
});

Deno.test("Rcc reports an access where no register stands", () => {
  const board = new FakeBoard();
  board.read(RCC + 0x1f0);
  assert.deepEqual(board.reports, [{ what: "RCC+0x1f0", kind: "read" }]);
});
