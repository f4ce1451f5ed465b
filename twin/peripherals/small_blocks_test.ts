import assert from "node:assert/strict";
import { FakeBoard } from "./fake_board.ts";

const [PWR, SBS, DBGMCU, IWDG, WWDG, RNG, CRC, EXTI, UID] = [
  0x5802_4800,
  0x5800_0400,
  0x5c00_1000,
  0x5800_4800,
  0x4000_2c00,
  0x4802_0000,
  0x5802_4c00,
  0x5800_0000,
  0x08ff_f800,
];

Deno.test("Pwr shows the voltage scale after its settling time", () => {
  const board = new FakeBoard();
  assert.deepEqual([board.read(PWR + 4), board.read(PWR + 0xc), board.read(PWR + 0x14)], [2, 6, 2]);
  board.write(PWR + 0x14, 1);
  assert.equal(board.read(PWR + 0x14), 1);
  board.clock.advance(10_000);
  assert.deepEqual([board.read(PWR + 0x14), board.read(PWR + 4)], [3, 3]);
});

Deno.test("Pwr finds the USB supply once its detector is on", () => {
  const board = new FakeBoard();
  assert.ok(!board.system.usb.supplied);
  board.write(PWR + 0xc, board.read(PWR + 0xc) | 1 << 24 | 1 << 27);
  board.clock.advance(5_000);
  assert.equal(board.read(PWR + 0xc) >>> 26 & 1, 1);
  assert.ok(board.system.usb.supplied && board.system.usb.phyRegulator);
  board.write(PWR + 0xc, 6);
  assert.ok(!board.system.usb.supplied && !board.system.usb.phyRegulator);
});

Deno.test("Sbs compensation cells become ready and fall with their enables", () => {
  const board = new FakeBoard();
  board.write(SBS + 0x110, 1 | 1 << 4);
  assert.equal(board.read(SBS + 0x110) & 0x700, 0);
  board.clock.advance(20_000);
  assert.equal(board.read(SBS + 0x110) & 0x700, 0x500);
  board.write(SBS + 0x110, 1);
  assert.equal(board.read(SBS + 0x110) & 0x700, 0x100);
});

Deno.test("Sbs locks stay until a reset", () => {
  const board = new FakeBoard();
  board.write(SBS + 0x120, 4);
  board.write(SBS + 0x120, 0);
  assert.equal(board.read(SBS + 0x120), 4);
  board.restart("software");
  assert.equal(board.read(SBS + 0x120), 0);
});

Deno.test("Dbgmcu names the chip", () => {
  assert.equal(new FakeBoard().read(DBGMCU) & 0xfff, 0x485);
});

Deno.test("UniqueId is read by 16 and 32 bits only", () => {
  const board = new FakeBoard();
  assert.deepEqual([board.read(UID), board.read(UID + 2, 2)], [0x1122_3344, 0x1122]);
  assert.throws(() => board.read(UID, 1), { name: "BusError" });
  assert.throws(() => board.write(UID, 0), { name: "BusError" });
  assert.equal(board.read(UID + 12, 2), 64);
});

Deno.test("Iwdg resets when it is not fed, and only then", () => {
  const board = new FakeBoard();
  board.write(IWDG, 0xcccc);
  board.write(IWDG, 0x5555);
  board.write(IWDG + 4, 1); // 8 / 32 kHz
  board.write(IWDG + 8, 399);
  board.clock.advance(200_000);
  assert.equal(board.read(IWDG + 0xc), 0x100, "updates are over, it runs");
  for (let i = 0; i < 5; i++) {
    board.write(IWDG, 0xaaaa);
    board.clock.advance(99e6);
  }
  assert.deepEqual(board.resets, []);
  board.clock.advance(1e6);
  assert.deepEqual(board.resets, ["iwdg"]);
});

Deno.test("Iwdg keeps its settings without the key", () => {
  const board = new FakeBoard();
  board.write(IWDG + 8, 5);
  assert.equal(board.read(IWDG + 8), 0xfff);
  board.write(IWDG, 0x5555);
  board.write(IWDG + 8, 5);
  assert.equal(board.read(IWDG + 8), 5);
});

Deno.test("Iwdg resets when it is fed too early for its window", () => {
  const board = new FakeBoard();
  board.write(IWDG, 0xcccc);
  board.write(IWDG, 0x5555);
  board.write(IWDG + 0x10, 0x800);
  board.clock.advance(1e6);
  board.write(IWDG, 0xaaaa);
  assert.deepEqual(board.resets, ["iwdg"]);
});

Deno.test("Iwdg warns early and stands still while the core is held", () => {
  const board = new FakeBoard();
  board.write(IWDG, 0xcccc);
  board.write(IWDG, 0x5555);
  board.write(IWDG + 0x14, 0x8000 | 0x100);
  board.write(DBGMCU + 0x54, 1 << 18);
  board.system.halted(true);
  board.clock.advance(10e9);
  assert.deepEqual(board.resets, []);
  board.system.halted(false);
  board.clock.advance((0x1000 - 0x100) * 125_000);
  assert.ok(board.lines.has("IWDG"));
  board.clock.advance(0x100 * 125_000);
  assert.deepEqual(board.resets, ["iwdg"]);
});

Deno.test("Wwdg warns at 0x40, resets below it and when fed in its closed window", () => {
  const board = new FakeBoard();
  board.write(WWDG + 4, 0x7f | 1 << 9); // 64 MHz / 4096: 64 us
  board.write(WWDG, 0xff);
  board.clock.advance(63 * 64_000);
  assert.ok(board.lines.has("WWDG"));
  board.write(WWDG + 8, 0);
  assert.ok(!board.lines.has("WWDG"));
  board.clock.advance(64_000);
  assert.deepEqual(board.resets, ["wwdg"]);
  board.restart("wwdg");
  board.write(WWDG + 4, 0x50);
  board.write(WWDG, 0xff);
  board.write(WWDG, 0xff);
  assert.deepEqual(board.resets, ["wwdg", "wwdg"]);
});

Deno.test("Rng gives four words at a time, the same in each run", () => {
  const words = () => {
    const board = new FakeBoard();
    board.write(RNG, 1 << 2);
    board.clock.advance(30_000);
    assert.equal(board.read(RNG + 4), 1);
    const four = [0, 1, 2, 3].map(() => board.read(RNG + 8));
    assert.equal(board.read(RNG + 4), 0);
    assert.equal(board.read(RNG + 8), 0);
    return four;
  };
  const first = words();
  assert.equal(new Set(first).size, 4);
  assert.deepEqual(words(), first);
});

Deno.test("Crc gives CRC-32 and CRC-16 of the check string", () => {
  const board = new FakeBoard();
  const check = new TextEncoder().encode("123456789");
  const run = (control: number, polynomial: number, initial: number) => {
    board.write(CRC + 0x14, polynomial);
    board.write(CRC + 0x10, initial);
    board.write(CRC + 8, control | 1);
    for (const byte of check) board.write(CRC, byte, 1);
    return board.read(CRC);
  };
  assert.equal(run(0, 0x04c1_1db7, 0xffff_ffff), 0x0376_e6e7, "CRC-32/MPEG-2");
  assert.equal((run(1 << 5 | 1 << 7, 0x04c1_1db7, 0xffff_ffff) ^ -1) >>> 0, 0xcbf4_3926, "CRC-32");
  assert.equal(run(1 << 3, 0x1021, 0xffff), 0x29b1, "CRC-16/CCITT-FALSE");
});

Deno.test("Gpio outputs reach the LEDs, the button reaches its input and EXTI", () => {
  const board = new FakeBoard();
  const [GPIOB, GPIOC, GPIOD] = [0x5802_0400, 0x5802_0800, 0x5802_0c00];
  board.write(GPIOD, board.read(GPIOD) & ~(3 << 26) | 1 << 26);
  board.write(GPIOD + 0x18, 1 << 13);
  board.write(GPIOB, board.read(GPIOB) & ~(3 << 14) | 1 << 14);
  board.write(GPIOB + 0x18, 1 << 7);
  board.write(GPIOD + 0x18, 1 << 29);
  assert.deepEqual(board.leds, ["LD2 on", "LD3 on", "LD2 off"]);
  board.write(GPIOC, board.read(GPIOC) & ~(3 << 26));
  board.write(SBS + 0x13c, 2 << 4);
  board.write(EXTI, 1 << 13);
  board.write(EXTI + 0x80, 1 << 13);
  board.system.pin("PC13", true);
  assert.equal(board.read(GPIOC + 0x10), 1 << 13);
  assert.ok(board.lines.has("EXTI13"));
  board.write(EXTI + 0x88, 1 << 13);
  assert.ok(!board.lines.has("EXTI13"));
  board.system.pin("PC13", false);
  assert.ok(!board.lines.has("EXTI13"), "rising edges only");
});

Deno.test("Gpio reads pulls, open drain and analog pins as the pad does", () => {
  const board = new FakeBoard();
  const GPIOE = 0x5802_1000;
  assert.equal(board.read(GPIOE), 0xffff_ffff);
  assert.equal(board.read(GPIOE + 0x10), 0);
  board.write(GPIOE, 0xffff_ff00 | 1 << 4); // 0, 1, 3 inputs, 2 output
  board.write(GPIOE + 0xc, 1 | 2 << 2 | 1 << 4);
  board.write(GPIOE + 4, 1 << 2);
  assert.equal(board.read(GPIOE + 0x10), 1);
  board.write(GPIOE + 0x14, 1 << 2);
  assert.equal(board.read(GPIOE + 0x10), 5, "an open drain at 1 is pulled up");
  board.write(GPIOE + 0x18, 1 << 18 | 1 << 2);
  assert.equal(board.read(GPIOE + 0x14), 4, "set wins over reset");
});

Deno.test("Gpio keeps what LCKR locked", () => {
  const board = new FakeBoard();
  const GPIOE = 0x5802_1000;
  for (const key of [1, 0, 1]) board.write(GPIOE + 0x1c, key << 16 | 1);
  assert.equal(board.read(GPIOE + 0x1c), 1 << 16 | 1);
  board.write(GPIOE, 0);
  assert.equal(board.read(GPIOE), 3);
});
