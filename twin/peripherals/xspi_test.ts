import assert from "node:assert/strict";
import { FakeBoard } from "./fake_board.ts";

const [XSPI2, XSPIM, RCC, PWR, GPION] = [
  0x5200_a000,
  0x5200_b400,
  0x5802_4400,
  0x5802_4800,
  0x5802_3400,
];
const [CR, DCR1, DCR2, SR, FCR, DLR, AR, DR, PSMKR, PSMAR, CCR, TCR, IR] = [
  0,
  8,
  0xc,
  0x20,
  0x24,
  0x40,
  0x48,
  0x50,
  0x80,
  0x88,
  0x100,
  0x108,
  0x110,
];
const SPI_READ4 = 1 | 1 << 8 | 3 << 12 | 1 << 24;
const OCTAL = 4 | 1 << 4 | 4 << 8 | 3 << 12 | 4 << 24;
const DOUBLE = 1 << 3 | 1 << 11 | 1 << 27;
const WINDOW = 0x7000_0000;

/** A board whose pins and controller are set up as a driver does. */
function ready(): FakeBoard {
  const bytes = new Uint8Array(32 * 1024 * 1024).fill(0xff);
  const board = new FakeBoard({}, { externalFlash: bytes });
  board.write(RCC + 0x140, 1 << 13);
  board.write(PWR + 0xc, board.read(PWR + 0xc) | 1 << 15);
  let modes = board.read(GPION);
  for (const pin of [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11]) {
    modes = (modes & ~(3 << (2 * pin))) | 2 << (2 * pin);
  }
  board.write(GPION, modes);
  board.write(GPION + 0x20, 0x0999_9999);
  board.write(GPION + 0x24, 0x0000_9999);
  board.write(XSPIM, 1 << 16);
  board.write(XSPI2 + DCR1, 24 << 16 | 1 << 24 | 1 << 8);
  board.write(XSPI2 + CR, 1);
  return board;
}

function wait(board: FakeBoard, flag: number): void {
  for (let i = 0; i < 100_000 && !(board.read(XSPI2 + SR) & flag); i++) board.clock.advance(10);
  assert.ok(board.read(XSPI2 + SR) & flag, `flag ${flag} never came`);
}

function command(board: FakeBoard, ccr: number, instruction: number, address?: number): void {
  board.write(XSPI2 + CR, 1);
  board.write(XSPI2 + CCR, ccr);
  board.write(XSPI2 + TCR, 0);
  board.write(XSPI2 + IR, instruction);
  if (address !== undefined) board.write(XSPI2 + AR, address);
  wait(board, 2);
  board.write(XSPI2 + FCR, 2);
}

function read(
  board: FakeBoard,
  ccr: number,
  dummy: number,
  instruction: number,
  address: number | undefined,
  count: number,
): number[] {
  board.write(XSPI2 + CR, 1 | 1 << 28);
  board.write(XSPI2 + DLR, count - 1);
  board.write(XSPI2 + CCR, ccr);
  board.write(XSPI2 + TCR, dummy);
  board.write(XSPI2 + IR, instruction);
  if (address !== undefined) board.write(XSPI2 + AR, address);
  const data: number[] = [];
  for (let i = 0; i < count; i++) {
    wait(board, 6);
    data.push(board.read(XSPI2 + DR, 1));
  }
  wait(board, 2);
  board.write(XSPI2 + FCR, 2);
  return data;
}

function write(
  board: FakeBoard,
  ccr: number,
  instruction: number,
  address: number | undefined,
  data: number[],
): void {
  board.write(XSPI2 + CR, 1);
  board.write(XSPI2 + DLR, data.length - 1);
  board.write(XSPI2 + CCR, ccr);
  board.write(XSPI2 + TCR, 0);
  board.write(XSPI2 + IR, instruction);
  if (address !== undefined) board.write(XSPI2 + AR, address);
  for (const byte of data) {
    wait(board, 4);
    board.write(XSPI2 + DR, byte, 1);
  }
  wait(board, 2);
  board.write(XSPI2 + FCR, 2);
}

Deno.test("Xspi reads, programs and polls the part on one line", () => {
  const board = ready();
  assert.deepEqual(read(board, 1 | 1 << 24, 0, 0x9f, undefined, 3), [0xc2, 0x81, 0x39]);
  command(board, 1, 0x06);
  assert.deepEqual(read(board, 1 | 1 << 24, 0, 0x05, undefined, 1), [2]);
  write(board, SPI_READ4, 0x12, 0x1_0000, [1, 2, 3, 4, 5]);
  // Polling: BUSY until WIP falls, then SMF.
  board.write(XSPI2 + PSMKR, 1);
  board.write(XSPI2 + PSMAR, 0);
  board.write(XSPI2 + CR, 1 | 2 << 28 | 1 << 22);
  board.write(XSPI2 + DLR, 0);
  board.write(XSPI2 + CCR, 1 | 1 << 24);
  board.write(XSPI2 + IR, 0x05);
  board.clock.advance(1_000);
  assert.equal(board.read(XSPI2 + SR) & (8 | 1 << 5), 1 << 5);
  board.clock.advance(200_000);
  assert.equal(board.read(XSPI2 + SR) & (8 | 1 << 5), 8);
  board.write(XSPI2 + FCR, 8);
  assert.equal(board.read(XSPI2 + SR) & 8, 0);
  assert.deepEqual(read(board, SPI_READ4, 8, 0x0c, 0x1_0000, 6), [1, 2, 3, 4, 5, 0xff]);
  assert.deepEqual(board.reports, []);
});

Deno.test("Xspi reads and programs at double rate, both bytes in order", () => {
  const board = ready();
  command(board, 1, 0x06);
  write(board, SPI_READ4, 0x72, 0, [2]);
  command(board, (OCTAL | DOUBLE) & 0xff, 0x06f9);
  write(board, OCTAL | DOUBLE, 0x12ed, 0x100, [10, 11, 12, 13]);
  board.clock.advance(200_000);
  assert.deepEqual([...board.state.externalFlash.subarray(0x100, 0x104)], [10, 11, 12, 13]);
  assert.deepEqual(read(board, OCTAL | DOUBLE | 1 << 29, 20, 0xee11, 0x100, 4), [10, 11, 12, 13]);
  board.write(XSPI2 + DCR1, 24 << 16);
  assert.deepEqual(
    read(board, OCTAL | DOUBLE | 1 << 29, 20, 0xee11, 0x100, 4),
    [11, 10, 13, 12],
    "without Macronix mode the pairs are swapped",
  );
});

Deno.test("Xspi takes the time of its clock", () => {
  const board = ready();
  board.write(XSPI2 + DCR2, 3); // 16 MHz
  board.write(XSPI2 + CR, 1 | 1 << 28);
  board.write(XSPI2 + DLR, 99);
  board.write(XSPI2 + CCR, SPI_READ4);
  board.write(XSPI2 + TCR, 8);
  board.write(XSPI2 + IR, 0x0c);
  board.write(XSPI2 + AR, 0);
  // 8 + 32 + 8 clocks and 2 with NCS high: 3,125 ns; then 500 ns a byte, 64 of them held.
  board.clock.advance(3_124 + 500);
  assert.equal(board.read(XSPI2 + SR) >>> 8 & 127, 0);
  board.clock.advance(1);
  assert.equal(board.read(XSPI2 + SR) >>> 8 & 127, 1);
  board.clock.advance(1e6);
  assert.equal(board.read(XSPI2 + SR) >>> 8 & 127, 64);
  assert.equal(board.read(XSPI2 + SR) & 2, 0, "not complete while the FIFO is full");
});

Deno.test("Xspi maps the part into memory only when every read gives its bytes", () => {
  const board = ready();
  board.state.externalFlash.set([1, 2, 3, 4, 5, 6, 7, 8], 0x40);
  const { xspiWindow } = board.system;
  assert.throws(() => xspiWindow.read(WINDOW, 4), /not in memory-mapped mode/);
  board.write(XSPI2 + CCR, SPI_READ4);
  board.write(XSPI2 + TCR, 8);
  board.write(XSPI2 + IR, 0x0c);
  board.write(XSPI2 + CR, 1 | 3 << 28);
  assert.ok(board.xspiMapped);
  assert.equal(xspiWindow.read(WINDOW + 0x40, 4), 0x0403_0201);
  board.write(XSPI2 + TCR, 0);
  assert.ok(!board.xspiMapped);
  assert.equal(xspiWindow.read(WINDOW + 0x40, 4), 0x0302_01ff, "one byte late");
  board.write(XSPI2 + TCR, 8);
  board.write(GPION + 0x20, 0x0999_9990);
  assert.ok(board.xspiMapped, "the strobe is not used on one line");
  board.write(GPION + 0x20, 0x0099_9999);
  assert.ok(!board.xspiMapped, "no clock at the part");
  assert.equal(xspiWindow.read(WINDOW + 0x40, 4), 0xffff_ffff);
});

Deno.test("Xspi maps the octal modes, with the strobe where it is used", () => {
  const board = ready();
  board.state.externalFlash.set([1, 2, 3, 4], 0x40);
  command(board, 1, 0x06);
  write(board, SPI_READ4, 0x72, 0, [2]);
  board.write(XSPI2 + CCR, OCTAL | DOUBLE | 1 << 29);
  board.write(XSPI2 + TCR, 20 | 1 << 28);
  board.write(XSPI2 + IR, 0xee11);
  board.write(XSPI2 + CR, 1 | 3 << 28);
  assert.ok(board.xspiMapped);
  assert.equal(board.system.xspiWindow.read(WINDOW + 0x41, 2), 0x0302);
  board.write(GPION + 0x20, 0x0999_9990);
  assert.ok(!board.xspiMapped);
  assert.throws(() => board.system.xspiWindow.read(WINDOW + 0x40, 4), /data strobe/);
});

Deno.test("Xspi ABORT ends a read that waits for ever", () => {
  const board = ready();
  board.write(XSPI2 + CR, 1 | 1 << 28);
  board.write(XSPI2 + CCR, OCTAL | DOUBLE | 1 << 29);
  board.write(XSPI2 + IR, 0xee11);
  board.write(XSPI2 + AR, 0);
  board.clock.advance(1e9);
  assert.equal(board.read(XSPI2 + SR), 1 << 5);
  board.write(XSPI2 + CR, 1 | 2);
  assert.equal(board.read(XSPI2 + SR) & (1 << 5 | 2), 2);
});

Deno.test("Xspi sets TEF for an address behind the device", () => {
  const board = ready();
  board.write(XSPI2 + CR, 1 | 1 << 28 | 1 << 16);
  board.write(XSPI2 + CCR, SPI_READ4);
  board.write(XSPI2 + IR, 0x0c);
  board.write(XSPI2 + AR, 0x0200_0000);
  assert.equal(board.read(XSPI2 + SR) & 1, 1);
  assert.ok(board.lines.has("XSPI2"));
  board.write(XSPI2 + FCR, 1);
  assert.ok(!board.lines.has("XSPI2"));
});

Deno.test("Xspi keeps its settings while busy and reads 32 bits at once", () => {
  const board = ready();
  board.state.externalFlash.set([1, 2, 3, 4, 5, 6, 7, 8]);
  board.write(XSPI2 + CR, 1 | 1 << 28);
  board.write(XSPI2 + DLR, 7);
  board.write(XSPI2 + CCR, SPI_READ4);
  board.write(XSPI2 + TCR, 8);
  board.write(XSPI2 + IR, 0x0c);
  board.write(XSPI2 + AR, 0);
  board.write(XSPI2 + IR, 0x03);
  assert.equal(board.read(XSPI2 + IR), 0x0c);
  assert.equal(board.read(XSPI2 + DR), 0x0403_0201, "the bus waits for the data");
  assert.equal(board.read(XSPI2 + DR, 2), 0x0605);
  assert.equal(board.read(XSPI2 + DR, 1), 7);
  assert.equal(board.read(XSPI2 + DR, 1), 8);
  assert.equal(board.read(XSPI2 + SR) & (2 | 1 << 5), 1 << 5, "in time it is not over");
  board.clock.advance(2_000);
  assert.equal(board.read(XSPI2 + SR) & (2 | 1 << 5), 2);
});

Deno.test("Xspi does not answer behind the wrong chip select or with unpowered pads", () => {
  const board = ready();
  board.write(XSPI2 + CR, 1 | 1 << 24);
  assert.ok(board.system.externalFlash);
  const id = (control: number) => {
    board.write(XSPI2 + CR, control | 1 << 28);
    board.write(XSPI2 + DLR, 2);
    board.write(XSPI2 + CCR, 1 | 1 << 24);
    board.write(XSPI2 + TCR, 0);
    board.write(XSPI2 + IR, 0x9f);
    board.clock.advance(10_000);
    return [0, 1, 2].map(() => board.read(XSPI2 + DR, 1));
  };
  assert.deepEqual(id(1 | 1 << 24), [0xff, 0xff, 0xff]);
  assert.deepEqual(id(1), [0xc2, 0x81, 0x39]);
  board.write(XSPIM, 2);
  assert.deepEqual(id(1), [0xff, 0xff, 0xff]);
  board.write(XSPIM, 0);
  board.write(PWR + 0xc, 6);
  assert.deepEqual(id(1), [0xff, 0xff, 0xff]);
});
