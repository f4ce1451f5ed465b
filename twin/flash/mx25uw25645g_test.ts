import assert from "node:assert/strict";
import { FakeClock } from "../peripherals/fake_board.ts";
import { Mx25uw25645g } from "./mx25uw25645g.ts";
import type { Signalling } from "./nor_bus.ts";

const SPI: Signalling = { lines: 1, dtr: false };
const STR: Signalling = { lines: 8, dtr: false };
const DTR: Signalling = { lines: 8, dtr: true };

interface Bench {
  clock: FakeClock;
  bytes: Uint8Array;
  part: Mx25uw25645g;
  unmodelled: string[];
  /** Sends bytes, waits clocks, reads bytes. */
  run(how: Signalling, sent: number[], dummy?: number, count?: number, data?: Signalling): number[];
}

function bench(): Bench {
  const clock = new FakeClock();
  const bytes = new Uint8Array(256 * 1024).fill(0xff);
  const unmodelled: string[] = [];
  const part = new Mx25uw25645g({
    clock,
    bytes,
    timeScale: 1,
    changed: () => {},
    unmodelled: (what) => void unmodelled.push(what),
  });
  const run: Bench["run"] = (how, sent, dummy = 0, count = 0, data = how) => {
    part.select();
    part.send(Uint8Array.from(sent), how);
    if (dummy) part.idle(dummy);
    const read = count ? part.receive(count, data)! : new Uint8Array(0);
    part.deselect();
    return [...read];
  };
  return { clock, bytes, part, unmodelled, run };
}

/** Puts the part into an octal mode through CR2. */
function octal({ run }: Bench, value: number): void {
  run(SPI, [0x06]);
  run(SPI, [0x72, 0, 0, 0, 0, value]);
}

Deno.test("Mx25uw25645g answers RDID c2 81 39 in every mode", () => {
  const flash = bench();
  assert.deepEqual(flash.run(SPI, [0x9f], 0, 3), [0xc2, 0x81, 0x39]);
  octal(flash, 1);
  assert.equal(flash.part.mode, "STR OPI");
  assert.deepEqual(flash.run(STR, [0x9f, 0x60, 0, 0, 0, 0], 4, 3), [0xc2, 0x81, 0x39]);
  flash.run(STR, [0x06, 0xf9]);
  flash.run(STR, [0x72, 0x8d, 0, 0, 0, 0, 2]);
  assert.equal(flash.part.mode, "DTR OPI");
  // At double rate a register stands for a whole clock: read at single rate, or twice.
  assert.deepEqual(flash.run(DTR, [0x9f, 0x60, 0, 0, 0, 0], 5, 3, STR), [0xc2, 0x81, 0x39]);
  assert.deepEqual(
    flash.run(DTR, [0x9f, 0x60, 0, 0, 0, 0], 5, 6),
    [0xc2, 0xc2, 0x81, 0x81, 0x39, 0x39],
  );
});

Deno.test("Mx25uw25645g reads its array with every SPI read command", () => {
  const { bytes, run } = bench();
  bytes.set([1, 2, 3, 4], 0x1_2340);
  assert.deepEqual(run(SPI, [0x03, 1, 0x23, 0x40], 0, 4), [1, 2, 3, 4]);
  assert.deepEqual(run(SPI, [0x0b, 1, 0x23, 0x40], 8, 4), [1, 2, 3, 4]);
  assert.deepEqual(run(SPI, [0x13, 0, 1, 0x23, 0x40], 0, 4), [1, 2, 3, 4]);
  assert.deepEqual(run(SPI, [0x0c, 0, 1, 0x23, 0x40], 8, 4), [1, 2, 3, 4]);
});

Deno.test("Mx25uw25645g shifts data when the dummy clocks are wrong", () => {
  const { bytes, run } = bench();
  bytes.set([0x12, 0x34, 0x56], 0);
  assert.deepEqual(run(SPI, [0x0b, 0, 0, 0], 4, 2), [0xf1, 0x23]);
  assert.deepEqual(run(SPI, [0x0b, 0, 0, 0], 16, 2), [0x34, 0x56]);
  assert.deepEqual(run(SPI, [0x0b, 0, 0, 0], 0, 2), [0xff, 0x12]);
});

Deno.test("Mx25uw25645g programs only 1 to 0, wraps in its page, and needs WREN", () => {
  const { bytes, clock, part, run } = bench();
  run(SPI, [0x02, 0, 0, 0xfe, 0xa5, 0x5a, 0x0f]);
  assert.equal(bytes[0xfe], 0xff);
  assert.equal(part.counters.get("program without write enable"), 1);
  run(SPI, [0x06]);
  assert.deepEqual(run(SPI, [0x05], 0, 1), [2]);
  run(SPI, [0x02, 0, 0, 0xfe, 0xa5, 0x5a, 0x0f]);
  assert.deepEqual(run(SPI, [0x05], 0, 2), [3, 3], "WIP and WEL");
  assert.deepEqual(run(SPI, [0x03, 0, 0, 0xfe], 0, 1), [0xff], "no read while busy");
  clock.advance(200_000);
  assert.deepEqual(run(SPI, [0x05], 0, 1), [0]);
  assert.deepEqual([bytes[0xfe], bytes[0xff], bytes[0]], [0xa5, 0x5a, 0x0f]);
  run(SPI, [0x06]);
  run(SPI, [0x12, 0, 0, 0, 0xfe, 0xf0]);
  clock.advance(200_000);
  assert.equal(bytes[0xfe], 0xa0);
});

Deno.test("Mx25uw25645g erases sector, block and chip in their times", () => {
  const { bytes, clock, run } = bench();
  const cases: [number[], number, number, number][] = [
    [[0x20, 0, 0x12, 0x34], 0x1000, 0x1000, 25e6],
    [[0x21, 0, 0, 0x12, 0x34], 0x1000, 0x1000, 25e6],
    [[0xd8, 1, 0, 5], 0x1_0000, 0x1_0000, 220e6],
    [[0xdc, 0, 1, 0, 5], 0x1_0000, 0x1_0000, 220e6],
    [[0x60], 0, 0x4_0000, 70e9],
    [[0xc7], 0, 0x4_0000, 70e9],
  ];
  for (const [sent, start, length, timeNs] of cases) {
    bytes.fill(0);
    run(SPI, [0x06]);
    run(SPI, sent);
    clock.advance(timeNs - 1);
    assert.equal(run(SPI, [0x05], 0, 1)[0] & 1, 1);
    clock.advance(1);
    assert.equal(run(SPI, [0x05], 0, 1)[0] & 1, 0);
    const erased = bytes.filter((byte) => byte === 0xff).length;
    assert.deepEqual([bytes[start], bytes[start + length - 1], erased], [0xff, 0xff, length]);
  }
});

Deno.test("Mx25uw25645g reads and programs in octal modes with the dummy clocks of CR2", () => {
  const flash = bench();
  const { bytes, clock, run } = flash;
  bytes.set([1, 2, 3, 4, 5, 6], 0x100);
  octal(flash, 1);
  assert.deepEqual(run(STR, [0xec, 0x13, 0, 0, 1, 0], 20, 4), [1, 2, 3, 4]);
  assert.deepEqual(run(STR, [0xec, 0x13, 0, 0, 1, 0], 18, 4), [0xff, 0xff, 1, 2]);
  run(STR, [0x06, 0xf9]);
  run(STR, [0x72, 0x8d, 0, 0, 3, 0, 7]);
  assert.deepEqual(run(STR, [0x71, 0x8e, 0, 0, 3, 0], 4, 1), [7]);
  assert.deepEqual(run(STR, [0xec, 0x13, 0, 0, 1, 1], 6, 2), [2, 3]);
  run(STR, [0x06, 0xf9]);
  run(STR, [0x72, 0x8d, 0, 0, 0, 0, 2]);
  // The odd byte comes first at double rate.
  assert.deepEqual(run(DTR, [0xee, 0x11, 0, 0, 1, 0], 6, 4), [2, 1, 4, 3]);
  run(DTR, [0x06, 0xf9]);
  run(DTR, [0x12, 0xed, 0, 0, 2, 0, 0xbb, 0xaa]);
  clock.advance(200_000);
  assert.deepEqual([...bytes.subarray(0x200, 0x202)], [0xaa, 0xbb]);
  run(DTR, [0x06, 0xf9]);
  run(DTR, [0x21, 0xde, 0, 0, 0, 0]);
  clock.advance(25e6);
  assert.equal(bytes[0x100], 0xff);
});

Deno.test("Mx25uw25645g does not decode what comes in another mode", () => {
  const flash = bench();
  const { bytes, part, run } = flash;
  bytes.fill(0x55);
  assert.deepEqual(run(STR, [0x9f, 0x60, 0, 0, 0, 0], 4, 3), [0xff, 0xff, 0xff]);
  assert.equal(part.counters.get("unknown command in SPI"), 1);
  octal(flash, 2);
  // One line reaches only IO0; what the part samples is no command.
  run(SPI, [0x66]);
  run(SPI, [0x99]);
  assert.equal(part.mode, "DTR OPI");
  assert.deepEqual(run(SPI, [0x9f], 0, 1), [0xff]);
  assert.ok(part.counters.get("unknown command in DTR OPI")! >= 2);
});

Deno.test("Mx25uw25645g returns to SPI by the reset of each mode", () => {
  for (const [value, how] of [[0, SPI], [1, STR], [2, DTR]] as const) {
    const flash = bench();
    octal(flash, value);
    flash.run(how, value ? [0x66, 0x99] : [0x66]);
    flash.run(how, value ? [0x99, 0x66] : [0x99]);
    assert.equal(flash.part.mode, "SPI");
    assert.deepEqual(flash.run(SPI, [0x9f], 0, 3), [0, 0, 0], "not ready yet");
    flash.clock.advance(4_000);
    assert.deepEqual(flash.run(SPI, [0x9f], 0, 3), [0xc2, 0x81, 0x39]);
  }
});

Deno.test("Mx25uw25645g takes RST only behind RSTEN", () => {
  const flash = bench();
  octal(flash, 1);
  flash.run(STR, [0x66, 0x99]);
  flash.run(STR, [0x06, 0xf9]);
  flash.run(STR, [0x99, 0x66]);
  assert.equal(flash.part.mode, "STR OPI");
});

Deno.test("Mx25uw25645g drives its strobe at double rate, and at single rate with DOS", () => {
  const flash = bench();
  flash.bytes.set([9, 8], 0);
  octal(flash, 1);
  const read = (how: Signalling, code: number[]) => {
    flash.part.select();
    flash.part.send(Uint8Array.from([...code, 0, 0, 0, 0]), how);
    flash.part.idle(6);
    const data = flash.part.receive(2, how, true);
    flash.part.deselect();
    return data && [...data];
  };
  assert.equal(read(STR, [0xec, 0x13]), undefined);
  flash.run(STR, [0x06, 0xf9]);
  flash.run(STR, [0x72, 0x8d, 0, 0, 2, 0, 2]);
  assert.deepEqual(read(STR, [0xec, 0x13]), [9, 8], "the strobe waits for the data");
});

Deno.test("Mx25uw25645g keeps what a power cut left half done", () => {
  const { bytes, clock, part, run } = bench();
  bytes.fill(0);
  run(SPI, [0x06]);
  run(SPI, [0x21, 0, 0, 0, 0]);
  clock.advance(12.5e6);
  part.powerCut();
  assert.deepEqual([bytes[0], bytes[2047], bytes[2048], bytes[4095]], [0xff, 0xff, 0, 0]);
  part.powerOn();
  assert.deepEqual(run(SPI, [0x05], 0, 1), [0]);
});

Deno.test("Mx25uw25645g names commands that the model lacks", () => {
  const { run, unmodelled } = bench();
  run(SPI, [0xb9]);
  assert.deepEqual(unmodelled, ["command 0xb9"]);
});

Deno.test("Mx25uw25645g shows its discoverable parameters", () => {
  const { run } = bench();
  assert.deepEqual(run(SPI, [0x5a, 0, 0, 0], 8, 4), [0x53, 0x46, 0x44, 0x50]);
});
