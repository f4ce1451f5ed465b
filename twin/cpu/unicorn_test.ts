import assert from "node:assert/strict";
import { assemble } from "../testing/assemble.ts";
import { allUnicorns } from "../testing/core_rig.ts";
import { type CpuBus, REG } from "./cpu.ts";
import { UnicornCpu } from "./unicorn.ts";
import { openUnicorn, UnicornMissingError } from "./unicorn_library.ts";

const THUMB = 1 << 24;
const DEVICE = 0x4000_0000;

interface Rig {
  readonly cpu: UnicornCpu;
  readonly ram: Uint8Array;
  readonly seen: string[];
}

/** Runs `test` on every libunicorn, with the program at 0, data RAM at 0x20000000, a device at 0x40000000. */
function onEach(name: string, source: string, test: (rig: Rig) => unknown): void {
  Deno.test(name, async () => {
    const code = await assemble(source);
    const results = allUnicorns().map((library) => {
      const seen: string[] = [];
      const bus: CpuBus = {
        read: (address, size) => {
          seen.push(`r ${(address - DEVICE).toString(16)} ${size} #${cpu.executed}`);
          return 0x8765_4321;
        },
        write: (address, size, value) => {
          seen.push(`w ${(address - DEVICE).toString(16)} ${size} ${value >>> 0} #${cpu.executed}`);
        },
        faulted: () => false,
      };
      const cpu: UnicornCpu = new UnicornCpu(bus, library);
      const [program, ram] = [new Uint8Array(0x10000), new Uint8Array(0x10000)];
      program.set(code);
      cpu.map(0, program, { write: true, execute: true });
      cpu.map(0x2000_0000, ram, { write: true, execute: true });
      cpu.mapDevice(DEVICE, 0x10000);
      cpu.set(REG.XPSR, THUMB);
      cpu.set(REG.MSP, 0x2000_8000);
      cpu.set(REG.PC, 0);
      const result = JSON.stringify(test({ cpu, ram, seen }) ?? null);
      cpu.close();
      return result;
    });
    assert.equal(new Set(results).size, 1, "all versions agree");
  });
}

onEach(
  "UnicornCpu counts instructions exactly, inside accesses too, and access sizes are the program's",
  `
  ldr r0, =0x40000000
  movs r1, #7
  ldr r2, [r0]
  nop
  strh r1, [r0, #6]
  ldrb r3, [r0, #1]
  b .`,
  ({ cpu, seen }) => {
    assert.equal(cpu.run(1000), "limit");
    assert.equal(cpu.executed, 1000);
    assert.deepEqual(seen, ["r 0 4 #3", "w 6 2 7 #5", "r 1 1 #6"]);
    assert.equal(cpu.get(3), 0x21);
  },
);

onEach(
  "lower() ends a run behind the access that called it, or so many instructions later",
  `
  ldr r0, =0x40000000
1: ldr r2, [r0]
  adds r1, #1
  b 1b`,
  ({ cpu }) => {
    cpu.run(2);
    assert.equal(cpu.executed, 2);
    cpu.lower(0);
    assert.equal(cpu.run(5), "limit", "a lowering between runs has no effect");
    assert.equal(cpu.executed, 5);
    return cpu.pc;
  },
);

onEach(
  "a limit inside an IT block ends the run behind the block, and the count is what ran",
  `
  movs r0, #1
  cmp r0, #1
  ittt eq
  addeq r1, #1
  addeq r1, #1
  addeq r1, #1
  b .`,
  ({ cpu }) => {
    const counts: number[] = [];
    for (let limit = 1; limit < 8; limit++) {
      cpu.set(REG.PC, 0);
      cpu.set(1, 0);
      cpu.run(limit);
      counts.push(cpu.executed);
      if (cpu.executed >= 6) assert.equal(cpu.get(1), 3);
    }
    assert.deepEqual(counts, [1, 2, 6, 6, 6, 6, 7]);
  },
);

onEach(
  "SEV is noticed once it was looked for, and counts as an instruction",
  `
1: adds r0, #1
  sev
  sev.w
  b 1b`,
  ({ cpu }) => {
    let events = 0;
    cpu.onEvent = () => events++;
    assert.equal(cpu.watchEvents([0]), true);
    assert.equal(cpu.watchEvents([0]), false);
    assert.equal(cpu.run(400), "limit");
    assert.equal(cpu.executed, 400);
    assert.equal(cpu.get(0), 100);
    assert.equal(events, 200);
  },
);

onEach(
  "a limit inside an IT block counts the same with SEV watched",
  `
  movs r0, #1
  cmp r0, #1
  itt eq
  addeq r1, #1
  addeq r1, #1
  nop
  sev
  b .`,
  ({ cpu }) => {
    cpu.watchEvents([0]);
    const counts: number[] = [];
    for (let limit = 1; limit < 8; limit++) {
      cpu.set(REG.PC, 0);
      cpu.run(limit);
      counts.push(cpu.executed);
    }
    assert.deepEqual(counts, [1, 2, 5, 5, 5, 6, 7]);
  },
);

onEach(
  "SEV in an IT block is an event only if its condition holds, and the block goes on",
  `
  movs r0, #1
  cmp r0, #1
  ittt eq
  addeq r1, #1
  seveq
  addeq r2, #1
  itet ne
  sevne.w
  addeq r3, #1
  addne r4, #1
  ite eq
  seveq.w
  addne r5, #1
  b .`,
  ({ cpu }) => {
    let events = 0;
    cpu.onEvent = () => events++;
    cpu.watchEvents([0]);
    assert.equal(cpu.run(14), "limit");
    assert.equal(cpu.executed, 14);
    assert.deepEqual([1, 2, 3, 4, 5].map((register) => cpu.get(register)), [1, 1, 1, 0, 0]);
    assert.equal(events, 2);
  },
);

onEach(
  "a breakpoint stops before its instruction; a run that starts on it goes on",
  `
  movs r0, #0
1: adds r0, #1
  b 1b`,
  ({ cpu }) => {
    cpu.setBreakpoint(2, true);
    assert.equal(cpu.run(100), "breakpoint");
    assert.deepEqual([cpu.pc, cpu.executed, cpu.get(0)], [2, 1, 0]);
    assert.equal(cpu.run(100), "breakpoint");
    assert.deepEqual([cpu.pc, cpu.executed, cpu.get(0)], [2, 2, 1]);
    cpu.setBreakpoint(2, false);
    assert.equal(cpu.run(100), "limit");
    assert.equal(cpu.get(0), 51);
  },
);

onEach(
  "code that was written into RAM runs, and runs anew after it was changed",
  `
  ldr r0, =0x20000101
  blx r0
  b .`,
  ({ cpu, ram }) => {
    ram.set([0x2a, 0x21, 0x70, 0x47], 0x100); // movs r1, #42; bx lr
    assert.equal(cpu.run(5), "limit");
    assert.deepEqual([cpu.executed, cpu.get(1)], [5, 42]);
    ram[0x100] = 7;
    cpu.invalidate(0x2000_0100, 2);
    cpu.set(REG.PC, 0);
    cpu.run(5);
    assert.equal(cpu.get(1), 7);
  },
);

onEach(
  "a program that comes to where an SEV was runs as it is, with a breakpoint there too",
  `
  ldr r0, =0x20000101
  blx r0
  b .`,
  ({ cpu, ram }) => {
    let events = 0;
    cpu.onEvent = () => events++;
    ram.set([0x40, 0xbf, 0x70, 0x47], 0x100); // sev; bx lr
    cpu.watchEvents([0x2000_0000]);
    cpu.setBreakpoint(0x2000_0100, true);
    assert.equal(cpu.run(5), "breakpoint");
    assert.equal(cpu.run(3), "limit");
    assert.deepEqual([cpu.executed, events], [3, 1]);
    for (const breakpoint of [true, false]) {
      ram.set([0x2a, 0x21], 0x100); // movs r1, #42
      cpu.invalidate(0x2000_0100, 2);
      cpu.setBreakpoint(0x2000_0100, breakpoint);
      cpu.set(1, 0);
      cpu.set(REG.PC, 0);
      if (breakpoint) assert.equal(cpu.run(5), "breakpoint");
      assert.equal(cpu.run(5), "limit");
      assert.deepEqual([cpu.executed, cpu.get(1), events], [5, 42, 1]);
    }
  },
);

onEach(
  "special registers work from the program: masks, stacks, control",
  `
  cpsid i
  mrs r0, primask
  movs r1, #0x40
  msr basepri, r1
  movs r1, #0x80
  msr basepri_max, r1
  mrs r1, basepri
  ldr r2, =0x20004000
  msr psp, r2
  movs r3, #2
  msr control, r3
  isb
  mov r4, sp
  mrs r5, msp
  mrs r6, control
  b .`,
  ({ cpu }) => {
    cpu.run(30);
    assert.deepEqual(
      [0, 1, 4, 5, 6].map((register) => cpu.get(register)),
      [1, 0x40, 0x2000_4000, 0x2000_8000, 2],
    );
    assert.equal(cpu.get(REG.PRIMASK), 1);
    assert.equal(cpu.get(REG.BASEPRI), 0x40);
  },
);

Deno.test("openUnicorn() says what it tried", () => {
  assert.throws(
    () => openUnicorn("/nowhere/libunicorn.so"),
    (error) => error instanceof UnicornMissingError && error.message.includes("/nowhere/"),
  );
});

Deno.test("UnicornCpu closes its own FPU, among many that were closed before", () => {
  // VMOV S0, R0; B .
  const code = Uint8Array.of(0x00, 0xee, 0x10, 0x0a, 0xfe, 0xe7);
  const bus: CpuBus = { read: () => 0, write: () => {}, faulted: () => false };
  for (const library of allUnicorns()) {
    for (let i = 0; i < 40; i++) {
      const cpu = new UnicornCpu(bus, library);
      const program = new Uint8Array(0x10000);
      program.set(code);
      cpu.map(0, program, { write: true, execute: true });
      const run = (open: boolean) => {
        cpu.openFpu(open);
        cpu.set(REG.XPSR, THUMB);
        cpu.set(REG.PC, 0);
        return cpu.run(3);
      };
      assert.deepEqual([run(true), run(false), run(true)], ["limit", "noCoprocessor", "limit"]);
      cpu.close();
    }
  }
});
