import assert from "node:assert/strict";
import { ScriptedCpu, type Step } from "../cpu/scripted.ts";
import { CoreRig } from "../testing/core_rig.ts";

const REPORT = 0x4000_0000;
const RAISE = 0x4000_0004;
const LOWER = 0x4000_0008;
const SCS = 0xe000_e000;

/** Vector table: stack, and handlers at 0x1000, 0x2000, … for exceptions 1, 2, …. */
function table(): Uint8Array {
  const words = Uint32Array.from({ length: 24 }, (_, i) => i === 0 ? 0x2000_8000 : i * 0x1000 + 1);
  return new Uint8Array(words.buffer);
}

function rig(programs: Record<number, Step[]>): { rig: CoreRig; cpu: ScriptedCpu } {
  let cpu: ScriptedCpu | undefined;
  const made = new CoreRig(table(), (bus) => cpu = new ScriptedCpu(bus));
  for (const [number, steps] of Object.entries(programs)) {
    cpu!.place(Number(number) * 0x1000, steps);
  }
  return { rig: made, cpu: cpu! };
}

const write = (address: number, value: number, size = 4): Step => ({
  op: "write",
  address,
  value,
  size,
});
const read = (address: number, size = 4): Step => ({ op: "read", address, size });
const wait: Step = { op: "stop", kind: "wfi" };
const back: Step = { op: "stop", kind: "exceptionReturn" };

Deno.test("Core takes an interrupt behind the access that raised its line", () => {
  const { rig: it } = rig({
    1: [write(SCS + 0x100, 1), write(RAISE, 0), write(REPORT, 2), wait],
    16: [write(LOWER, 0), write(REPORT, 1), back],
  });
  assert.equal(it.core.run({}), "idle");
  assert.deepEqual(it.reports, [1, 2]);
  assert.equal(it.core.instructions, 7);
});

Deno.test("Core sleeps to the next alarm and ends where asked", () => {
  const { rig: it } = rig({ 1: [write(REPORT, 1), wait, write(REPORT, 2), wait] });
  it.core.clock.at(5000, () => it.core.exceptions.pend(15));
  it.core.cpu.set(19, 1); // PRIMASK: wakes, but is not taken
  assert.equal(it.core.run({ untilNs: 4000 }), "time");
  assert.equal(it.core.clock.nowNs, 4000);
  assert.deepEqual(it.reports, [1]);
  assert.equal(it.core.run({ until: () => it.reports.length === 2 }), "condition");
  assert.ok(it.times[1] >= 5000);
});

Deno.test("an alarm set by an access ends the slice in time", () => {
  const nops: Step[] = Array.from({ length: 100 }, () => ({ op: "nop" }));
  const { rig: it } = rig({
    1: [{ op: "call", run: () => set() }, ...nops, wait],
    15: [back],
  });
  let rungAt = 0;
  const set = () => it.core.clock.after(10 * 1000 / 64, () => rungAt = it.core.instructions);
  it.core.run({ untilNs: 1e6 });
  assert.equal(rungAt, 11);
});

Deno.test("the system control space tells what the core is", () => {
  const { rig: it, cpu } = rig({
    1: [
      read(SCS + 0xd00),
      read(SCS + 0xd78),
      read(SCS + 0xd80),
      write(SCS + 0xd84, 1),
      read(SCS + 0xd80),
      read(SCS + 0xd90),
      read(SCS + 0xf40),
      read(SCS + 0xd02, 2),
      wait,
    ],
  });
  it.core.run({});
  assert.deepEqual(cpu.values.map((value) => value.toString(16)), [
    "411fc272",
    "9000003",
    "f01fe019",
    "f03fe009",
    "1000",
    "10110221",
    "411f",
  ]);
});

Deno.test("system priorities and fault status are written by bytes", () => {
  const { rig: it, cpu } = rig({
    1: [
      write(SCS + 0xd23, 0xa5, 1),
      read(SCS + 0xd20),
      write(SCS + 0xd28, 0, 4),
      { op: "call", run: () => it.core.scb.cfsr = 0x0101_0101 },
      write(SCS + 0xd29, 1, 1),
      read(SCS + 0xd28),
      wait,
    ],
  });
  it.core.run({});
  assert.deepEqual(cpu.values, [0xa000_0000, 0x0101_0001]);
});

Deno.test("a register that the core's space does not have is named in strict mode", () => {
  const { rig: it } = rig({ 1: [read(SCS + 0xe10)] });
  assert.throws(() => it.core.run({}), /PPB\+0xee10/);
});

Deno.test("trace units take and keep what a program sets up for a debugger that is not there", () => {
  const { rig: it, cpu } = rig({
    1: [write(0xe000_0e00, 1), read(0xe000_0e00), read(0xe000_0000), write(0xe000_0000, 65), wait],
  });
  it.core.run({});
  assert.deepEqual(cpu.values, [1, 1]);
});

Deno.test("Core.halt(), resume() and step() work as a debugger's", () => {
  const { rig: it } = rig({ 1: [write(REPORT, 1), write(REPORT, 2), write(REPORT, 3), wait] });
  it.core.busWrite(0xe000_edf0, 4, 0xa05f_0003);
  assert.equal(it.core.run({}), "halted");
  assert.equal(it.core.readRegister(15), 0x1000);
  it.core.busWrite(0xe000_edf0, 4, 0xa05f_0005);
  assert.equal(it.core.run({}), "halted");
  assert.deepEqual(it.reports, [1]);
  assert.equal(it.core.busRead(0xe000_edf0, 4)! & 1 << 17, 1 << 17);
  it.core.busWrite(0xe000_edf4, 4, 15);
  assert.equal(it.core.busRead(0xe000_edf8, 4), 0x1002);
  it.core.busWrite(0xe000_edf0, 4, 0xa05f_0001);
  assert.equal(it.core.run({}), "idle");
  assert.deepEqual(it.reports, [1, 2, 3]);
});

const DHCSR = SCS + 0xdf0;
const DEMCR = SCS + 0xdfc;
const HALTED = 1 << 17, SLEEPING = 1 << 18, LOCKED = 1 << 19, RETIRED = 1 << 24, RESET = 1 << 25;

Deno.test("a reset ends a halt, and is shown once; with a vector catch it halts at the first instruction", () => {
  const { rig: it } = rig({ 1: [write(REPORT, 1), wait] });
  it.core.busWrite(DHCSR, 4, 0xa05f_0003);
  assert.equal(it.core.run({}), "halted");
  it.core.busWrite(SCS + 0xd0c, 4, 0x05fa_0004);
  assert.ok(!it.core.halted);
  assert.equal(it.core.busRead(DHCSR, 4)! & (RESET | HALTED | 3), RESET | 1);
  assert.equal(it.core.busRead(DHCSR, 4)! & RESET, 0);
  it.core.run({ untilNs: 1e6 });
  assert.deepEqual(it.reports, [1]);
  it.core.busWrite(DEMCR, 4, 1);
  it.core.busWrite(SCS + 0xd0c, 4, 0x05fa_0004);
  assert.ok(it.core.halted);
  assert.equal(it.core.readRegister(15), 0x1000);
  assert.equal(it.core.busRead(SCS + 0xd30, 4)! & 8, 8, "DFSR.VCATCH");
  assert.deepEqual(it.reports, [1]);
});

Deno.test("a halt ends a wait, and DHCSR tells of sleep and of instructions done", () => {
  const { rig: it } = rig({ 1: [write(REPORT, 1), wait, write(REPORT, 2), wait] });
  it.core.run({ untilNs: 1e6 });
  assert.equal(it.core.busRead(DHCSR, 4)! & (SLEEPING | RETIRED), SLEEPING | RETIRED);
  it.core.busWrite(DHCSR, 4, 0xa05f_0003);
  assert.equal(it.core.busRead(DHCSR, 4)! & (SLEEPING | RETIRED | HALTED), HALTED);
  it.core.busWrite(DHCSR, 4, 0xa05f_0001);
  it.core.run({ untilNs: 2e6 });
  assert.deepEqual(it.reports, [1, 2]);
});

Deno.test("a core held in reset stands while time passes, and starts when it is let go", () => {
  const { rig: it } = rig({ 1: [write(REPORT, 1), wait] });
  it.core.run({ untilNs: 1e6 });
  it.core.holdReset(true, 0);
  it.core.busWrite(DHCSR, 4, 0xa05f_0003);
  it.core.run({ untilNs: 2e6 });
  assert.equal(it.core.busRead(DHCSR, 4)! & HALTED, 0, "in reset nothing halts");
  assert.deepEqual(it.reports, [1]);
  it.core.busWrite(DHCSR, 4, 0xa05f_0001);
  it.core.holdReset(false, 0);
  it.core.run({ untilNs: 3e6 });
  assert.deepEqual(it.reports, [1, 1]);
});

Deno.test("a debugger frees a core that is locked up by moving PC", () => {
  const { rig: it } = rig({
    1: [{ op: "stop", kind: "fetchFault" }],
    3: [{ op: "stop", kind: "fetchFault" }],
    5: [write(REPORT, 5), wait],
  });
  assert.equal(it.core.run({}), "lockup");
  assert.equal(it.core.busRead(DHCSR, 4)! & LOCKED, LOCKED);
  it.core.busWrite(DHCSR, 4, 0xa05f_0003);
  assert.equal(it.core.busRead(DHCSR, 4)! & (LOCKED | HALTED), HALTED);
  it.core.busWrite(SCS + 0xdf8, 4, 0x5000);
  it.core.busWrite(SCS + 0xdf4, 4, 1 << 16 | 15);
  it.core.busWrite(DHCSR, 4, 0xa05f_0001);
  it.core.run({ untilNs: it.core.clock.nowNs + 1e6 });
  assert.deepEqual(it.reports, [5]);
});

Deno.test("DEMCR catches a bus fault at its handler's first instruction", () => {
  const { rig: it } = rig({
    1: [write(SCS + 0xd24, 1 << 17), { op: "stop", kind: "dataFault" }],
    5: [write(REPORT, 5), back],
  });
  it.core.busWrite(DHCSR, 4, 0xa05f_0001);
  it.core.busWrite(DEMCR, 4, 1 << 8);
  assert.equal(it.core.run({}), "halted");
  assert.equal(it.core.readRegister(15), 0x5000);
  assert.deepEqual(it.reports, []);
});

Deno.test("the ROM tables name the core's components to a debugger, and to a debugger only", () => {
  const { rig: it } = rig({ 1: [wait] });
  const word = (address: number) => it.core.busRead(address, 4)! >>> 0;
  assert.equal(word(0xe00f_d000), 0x0000_1003, "the processor's table is one page on");
  assert.equal(word(0xe00f_f000), 0xfff0_f003, "the system control space");
  assert.equal(word(0xe00f_ffe0), 0xc7, "part 0x4c7");
  assert.deepEqual([0xff0, 0xff4, 0xff8, 0xffc].map((at) => word(0xe00f_f000 + at)), [
    0x0d,
    0x10,
    0x05,
    0xb1,
  ]);
  assert.equal(word(0xe004_2000), 0);
});
