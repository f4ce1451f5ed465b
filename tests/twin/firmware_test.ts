import assert from "node:assert/strict";
import { Board } from "../../twin/board.ts";
import { UsbHost } from "../../twin/usb/host.ts";
import { type TestProgram, testProgram } from "../support/board_programs.ts";

const WITHIN_NS = 5e9;

interface Outcome {
  readonly board: Board;
  /** Names of what held, in order. */
  readonly held: readonly string[];
}

/** Boots a program from RAM and runs it to its last line; fails with each line that says FAIL. */
async function run(
  program: TestProgram,
  prepare: (board: Board) => void = () => {},
  strict = true,
): Promise<Outcome> {
  const board = Board.create({ image: await testProgram(program), ram: true, strict });
  try {
    prepare(board);
    const done = board.runUntilLog("done", WITHIN_NS);
    const lines = board.log.map(({ text }) => text);
    assert.deepEqual(lines.filter((text) => text.startsWith("FAIL")), []);
    assert.ok(done, `no end; fault "${board.lastFault}", lines ${lines.join(", ")}`);
    const held = lines.filter((text) => text.startsWith("ok ")).map((text) => text.slice(3));
    return { board, held };
  } catch (error) {
    board.close();
    throw error;
  }
}

/** How many lines of a program must hold: a check that is left out is noticed. */
const CHECKS = { timers: 19, interrupts: 25, faults: 18 } as const;

for (const [program, count] of Object.entries(CHECKS) as [keyof typeof CHECKS, number][]) {
  Deno.test(`twin runs ${program} as the chip does`, async () => {
    const { board, held } = await run(program);
    board.close();
    assert.equal(held.length, count, held.join(", "));
  });
}

Deno.test("twin counts the same instructions in each run of timers", async () => {
  const counts = [];
  for (let turn = 0; turn < 2; turn++) {
    const { board } = await run("timers");
    counts.push([board.instructions, board.nowNs]);
    board.close();
  }
  assert.deepEqual(counts[0], counts[1]);
});

Deno.test("twin shows pins, pulls, LEDs and the button", async () => {
  const leds: string[] = [];
  const { board, held } = await run("gpio", (board) => {
    board.onLed(({ led, on }) => leds.push(`${led} ${on ? "on" : "off"}`));
    board.onLog(({ text }) => {
      if (text === "press") board.button(true);
    });
  });
  board.close();
  assert.equal(held.length, 13, held.join(", "));
  assert.deepEqual(leds, ["LD1 on", "LD1 off", "LD2 on", "LD2 off", "LD3 on", "LD3 off"]);
});

Deno.test("twin resets by a watchdog that is not fed", async () => {
  const { board, held } = await run("watchdog");
  try {
    assert.deepEqual(held, ["no watchdog reset before", "fed watchdog waits"]);
    assert.deepEqual(board.resets, ["power-on"]);
    board.run({ untilNs: board.nowNs + 100e6, until: () => board.resets.length > 1 });
    assert.deepEqual(board.resets, ["power-on", "iwdg"]);
  } finally {
    board.close();
  }
});

Deno.test("twin's flash reads, writes and erases through embassy's driver", async () => {
  // Not strict: the driver touches XSPI2 once before it gives it its clock.
  const { board, held } = await run("xspi", undefined, false);
  try {
    assert.equal(held.length, 22, held.join(", "));
    const what = new Set(board.unmodelled.map(({ what }) => what));
    assert.deepEqual([...what], ["XSPI2 without its clock"]);
    const sector = board.state.externalFlash.subarray(0x0123_4000, 0x0123_4008);
    assert.deepEqual([...sector], [0x5a, 0x5b, 0x58, 0x59, 0x5e, 0x5f, 0x5c, 0x5d]);
  } finally {
    board.close();
  }
});

Deno.test("twin carries a CDC-ACM echo on embassy", async () => {
  const { board } = await run("usb_echo");
  const host = UsbHost.on(board);
  try {
    const { configurations, descriptor } = host.enumerate();
    assert.deepEqual([descriptor.vendor, descriptor.product], [0xcafe, 0x4001]);
    const endpoints = configurations[0].interfaces.flatMap(({ endpoints }) => endpoints);
    const bulk = endpoints.filter(({ type }) => type === "bulk").map(({ address }) => address);
    const input = bulk.find((address) => address & 0x80)!;
    const output = bulk.find((address) => !(address & 0x80))!;
    for (const length of [1, 2, 3, 4, 5, 63, 64, 65, 511, 0, 512]) {
      const sent = Uint8Array.from({ length }, (_, index) => index * 5 + length);
      host.bulkOut(output, sent);
      assert.deepEqual(host.bulkIn(input, 512), sent, `${length} octets`);
    }
  } finally {
    host.close();
    board.close();
  }
});
