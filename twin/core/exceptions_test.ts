import assert from "node:assert/strict";
import { assemble, vectors } from "../testing/assemble.ts";
import { allUnicorns, CoreRig } from "../testing/core_rig.ts";

const LIBRARIES = allUnicorns();
/** Ends every program: a handler that must not be reached, and the last line of one that waits. */
const TAIL = `
unexpected:
  mrs r5, ipsr
  report 0xbad00000
  report_register r5
  b .
`;

/** Runs a program on every libunicorn; all must report the same values and count the same. */
function program(
  name: string,
  handlers: Record<number, string>,
  source: string,
  expected: number[],
  check: (rig: CoreRig) => void = () => {},
): void {
  Deno.test(name, async () => {
    const code = await assemble(`${vectors(handlers)}\n${source}\n${TAIL}`);
    const counts: string[] = [];
    for (const library of LIBRARIES) {
      const rig = CoreRig.on(library, code);
      try {
        const got = rig.run(expected.length, 2_000_000);
        assert.deepEqual(got, expected, `${library.path}: ${rig.core.lastFault}`);
        check(rig);
        counts.push(`${rig.core.instructions} ${rig.core.clock.nowNs}`);
      } finally {
        rig.close();
      }
    }
    assert.equal(new Set(counts).size, 1, counts.join(" and "));
  });
}

program(
  "an interrupt is taken behind the write that raises its line, and again while it stays high",
  { 16: "irq0" },
  `
start:
  poke SCS+0x100, 1
  movs r5, #0
  poke RAISE, 0
  report_register r5
  b .
irq0:
  adds r5, #1
  cmp r5, #3
  bne 1f
  poke LOWER, 0
1: bx lr`,
  [3],
);

program(
  "a higher priority interrupts a lower one, an equal one waits",
  { 16: "low", 17: "high", 18: "equal" },
  `
start:
  poke SCS+0x400, 0x00801080  @ line 0: 0x80, line 1: 0x10, line 2: 0x80
  poke SCS+0x100, 7
  poke SCS+0x200, 1
  report 0x99
  b .
low:
  report 1
  poke SCS+0x200, 4
  poke SCS+0x200, 2
  report 2
  bx lr
high:
  report 3
  bx lr
equal:
  report 4
  bx lr`,
  [1, 3, 2, 4, 0x99],
);

program(
  "PRIGROUP makes the low bits of a priority decide order but not preemption",
  { 16: "a", 17: "b", 18: "c" },
  `
start:
  poke SCS+0xd0c, 0x05fa0500    @ 2 bits of group, 2 of sub-priority
  poke SCS+0x400, 0x00809080
  poke SCS+0x100, 7
  cpsid i
  poke SCS+0x200, 6             @ b (0x90) and c (0x80) pend: c comes first
  cpsie i
  report 5
  b .
a: b unexpected
b:
  report 2
  bx lr
c:
  report 3
  poke SCS+0x404, 0
  poke SCS+0x400, 0x00808080    @ now b beats only by sub-priority: no preemption
  report 4
  bx lr`,
  [3, 4, 2, 5],
);

program(
  "PRIMASK holds an interrupt back until the very next instruction behind CPSIE",
  { 16: "irq0" },
  `
start:
  poke SCS+0x100, 1
  movs r5, #0
  cpsid i
  poke SCS+0x200, 1
  movs r5, #1
  cpsie i
  movs r5, #2
  report 9
  b .
irq0:
  mrs r4, primask
  report_register r4
  report_register r5
  bx lr`,
  [0, 1, 9],
);

program(
  "a window of one instruction between CPSIE and CPSID lets an interrupt in",
  { 16: "irq0" },
  `
start:
  poke SCS+0x100, 1
  cpsid i
  movs r5, #0
1: poke SCS+0x200, 1
  nop
  adds r5, #1
  nop
  cpsie i
  cpsid i
  cmp r5, #3
  bne 1b
  report 7
  b .
irq0:
  report_register r5
  bx lr`,
  [1, 2, 3, 7],
);

program(
  "BASEPRI masks equal and lower priorities only",
  { 16: "high", 17: "low" },
  `
start:
  poke SCS+0x400, 0x00008040
  poke SCS+0x100, 3
  movs r0, #0x80
  msr basepri, r0
  poke SCS+0x200, 3
  report 2
  movs r0, #0
  msr basepri, r0
  report 4
  b .
high:
  report 1
  bx lr
low:
  report 3
  bx lr`,
  [1, 2, 3, 4],
);

program(
  "FAULTMASK masks all but NMI and is cleared by the return of a handler",
  { 2: "nmi", 3: "hard", 16: "irq0" },
  `
start:
  poke SCS+0x100, 1
  cpsid f
  poke SCS+0x200, 1
  poke SCS+0xd04, 0x80000000
  report 2
  cpsie f
  report 4
  b .
nmi:
  report 1
  bx lr
hard:
  b unexpected
irq0:
  report 3
  mrs r4, faultmask
  bx lr`,
  [1, 2, 3, 4],
);

program(
  "tail-chaining runs the next handler on the same frame",
  { 16: "first", 17: "second" },
  `
start:
  poke SCS+0x100, 3
  mov r8, sp
  poke SCS+0x200, 3
  report 3
  mov r5, sp
  sub r5, r8, r5
  report_register r5
  b .
first:
  mov r5, sp
  sub r5, r8, r5
  report_register r5
  bx lr
second:
  mov r5, sp
  sub r5, r8, r5
  report_register r5
  bx lr`,
  [0x20, 0x20, 3, 0],
);

program(
  "a stack that is not a multiple of 8 is aligned on entry and restored on return",
  { 11: "svc_handler" },
  `
start:
  sub sp, #4
  mov r8, sp
  svc #5
  mov r5, sp
  cmp r5, r8
  ite eq
  moveq r5, #1
  movne r5, #2
  report_register r5
  b .
svc_handler:
  mov r5, sp
  ands r5, #7
  report_register r5
  ldr r5, [sp, #0x1c]
  lsrs r5, #9
  and r5, #1
  report_register r5
  ldr r5, [sp, #0x18]      @ the return address, and behind it the SVC's number
  ldrh r5, [r5, #-2]
  and r5, #0xff
  report_register r5
  bx lr`,
  [0, 1, 5, 1],
);

program(
  "thread mode on the process stack: entry saves there, EXC_RETURN tells, the handler has the main stack",
  { 11: "svc_handler", 14: "pend_sv" },
  `
start:
  ldr r0, =0x20004000
  msr psp, r0
  movs r0, #3            @ unprivileged, process stack
  msr control, r0
  isb
  svc #0
  mov r5, sp
  report_register r5
  mrs r5, control
  report_register r5
  b .
svc_handler:
  report_register lr
  mrs r5, psp
  report_register r5
  mrs r5, control
  report_register r5
  mrs r5, ipsr
  report_register r5
  bx lr
pend_sv: b unexpected`,
  [0xffff_fffd, 0x2000_3fe0, 1, 11, 0x2000_4000, 3],
);

program(
  "an FPU context is saved in a long frame, lazily, and comes back",
  { 11: "svc_handler" },
  `
start:
  poke SCS+0xd88, 0x00f00000
  dsb
  isb
  vmov.f32 s0, #1.5
  vmov.f32 s15, #2.5
  svc #0
  vmov r5, s0
  report_register r5
  vmov r5, s15
  report_register r5
  mrs r5, control
  report_register r5
  b .
svc_handler:
  report_register lr
  mrs r5, control
  report_register r5         @ FPCA is clear in the handler
  ldr r7, =SCS+0xf34
  ldr r5, [r7]
  and r5, #1
  report_register r5         @ the context is only reserved
  vmov.f32 s0, #8.0
  ldr r7, =SCS+0xf34
  ldr r5, [r7]
  and r5, #1
  report_register r5         @ now it was saved
  ldr r5, [sp, #0x20]
  report_register r5
  bx lr`,
  [0xffff_ffe9, 0, 1, 0, 0x3fc0_0000, 0x3fc0_0000, 0x4020_0000, 4],
);

program(
  "an FPU instruction faults while CPACR keeps the FPU closed",
  { 3: "hard" },
  `
start:
  vmov.f32 s0, #1.0
  b unexpected
hard:
  ldr r7, =SCS+0xd28
  ldr r5, [r7]
  report_register r5
  ldr r7, =SCS+0xd2c
  ldr r5, [r7]
  report_register r5
  ldr r5, [sp, #0x18]
  report_register r5
  b .`,
  [1 << 19, 0x4000_0000, 0x80],
);

program(
  "SysTick ticks at the core's clock, and COUNTFLAG tells",
  { 15: "tick" },
  `
start:
  movs r5, #0
  poke SCS+0x14, 999
  poke SCS+0x18, 0
  poke SCS+0x10, 7
1: wfi
  cmp r5, #3
  bne 1b
  ldr r7, =SCS+0x10
  ldr r4, [r7]
  lsrs r4, #16
  report_register r4
  report_register r5
  b .
tick:
  adds r5, #1
  report_register r5
  bx lr`,
  [1, 2, 3, 1, 3],
  ({ times }) => {
    assert.equal(Math.round((times[1] - times[0]) / (1000 / 64)), 1000);
    assert.equal(Math.round((times[2] - times[1]) / (1000 / 64)), 1000);
  },
);

program(
  "WFI wakes for an interrupt that PRIMASK holds back, without taking it",
  { 15: "tick" },
  `
start:
  cpsid i
  poke SCS+0x14, 999
  poke SCS+0x18, 0
  poke SCS+0x10, 3
  wfi
  report 1
  cpsie i
  report 3
  b .
tick:
  report 2
  poke SCS+0x10, 0
  bx lr`,
  [1, 2, 3],
);

program(
  "WFE passes once behind SEV and behind an exception, and sleeps without an event",
  { 15: "tick", 16: "irq0" },
  `
start:
  poke SCS+0x100, 1
  wfe                     @ the first may wake for nothing
  sev
  wfe
  report 1
  poke SCS+0x200, 1
  wfe                     @ entry and return set the event
  report 3
  poke SCS+0x14, 9999
  poke SCS+0x18, 0
  poke SCS+0x10, 7
  wfe
  report 5
  b .
tick:
  report 4
  poke SCS+0x10, 0
  bx lr
irq0:
  report 2
  bx lr`,
  [1, 2, 3, 4, 5],
  ({ times }) => assert.ok(times[3] - times[2] > 9000 * 1000 / 64),
);

program(
  "SVC that its priority does not allow, BKPT without a debugger: HardFault with its reason",
  { 3: "hard", 16: "irq0" },
  `
start:
  poke SCS+0x100, 1
  poke SCS+0x200, 1
  bkpt #1
  b unexpected
irq0:
  svc #1                  @ same priority: escalates
  report 2
  bx lr
hard:
  ldr r7, =SCS+0xd2c
  ldr r5, [r7]
  str r5, [r7]
  report_register r5
  ldr r0, [sp, #0x18]
  ldrh r1, [r0]
  lsrs r1, #8
  cmp r1, #0xbe
  bne 1f
  adds r0, #2             @ steps over BKPT
  str r0, [sp, #0x18]
  report 3
  b .
1: bx lr`,
  [0x4000_0000, 2, 0x8000_0000, 3],
);

program(
  "faults go to their own handlers once enabled, with status and address",
  { 5: "bus", 6: "usage" },
  `
start:
  poke SCS+0xd24, 0x70000
  ldr r0, =0x60000000
  ldr r1, [r0]
  report 1
  ldr r0, =0x4000000c
  movs r1, #7
  ldr r1, [r0]
  report_register r1       @ a load that faulted did not change its register
  udf #0
  report 2
  b .
bus:
  push {r6, r7, lr}
  ldr r7, =SCS+0xd28
  ldr r5, [r7]
  str r5, [r7]
  report_register r5
  ldr r7, =SCS+0xd38
  ldr r5, [r7]
  report_register r5
  ldr r5, [sp, #0x24]
  adds r5, #2
  str r5, [sp, #0x24]
  pop {r6, r7, pc}
usage:
  push {r6, r7, lr}
  ldr r7, =SCS+0xd28
  ldr r5, [r7]
  str r5, [r7]
  report_register r5
  ldr r5, [sp, #0x24]
  adds r5, #2
  str r5, [sp, #0x24]
  pop {r6, r7, pc}`,
  [0x8200, 0x6000_0000, 1, 0x8200, 0x4000_000c, 7, 0x1_0000, 2],
);

program(
  "a branch to data that cannot execute, to ARM state, and a bad EXC_RETURN fault",
  { 3: "hard", 16: "irq0" },
  `
start:
  movs r4, #0
  ldr r0, =0x40000001
  blx r0
  movs r4, #1
  movs r0, #0x80
  blx r0
  poke SCS+0x100, 1
  poke SCS+0x200, 1
  b unexpected
irq0:
  ldr lr, =0xfffffff3
  bx lr
hard:
  ldr r7, =SCS+0xd28
  ldr r5, [r7]
  str r5, [r7]
  report_register r5
  cmp r5, #0x40000
  beq 1f
  ldr r5, [sp, #0x14]      @ back to the caller
  bic r5, #1
  str r5, [sp, #0x18]
  ldr r5, [sp, #0x1c]
  orr r5, #0x1000000
  str r5, [sp, #0x1c]
  bx lr
1: report 9
  b .`,
  [1, 1 << 17, 1 << 18, 9],
);

program(
  "the cycle counter counts instructions and can be set",
  {},
  `
start:
  poke SCS+0xdfc, 0x1000000
  ldr r7, =0xe0001004
  movs r6, #0
  str r6, [r7]
  poke 0xe0001000, 1
  ldr r7, =0xe0001004
  ldr r0, [r7]
  nop
  nop
  nop
  ldr r1, [r7]
  subs r5, r1, r0
  report_register r5
  b .`,
  [4],
);

program(
  "an unaligned access to a device is a usage fault, a pair of words is none",
  { 6: "usage" },
  `
start:
  poke SCS+0xd24, 0x70000
  ldr r0, =0x40000020
  ldrd r1, r2, [r0]
  ldm r0, {r1, r2}
  ldr r1, [r0, #1]
  b unexpected
usage:
  ldr r7, =SCS+0xd28
  ldr r5, [r7]
  report_register r5
  b .`,
  [1 << 24],
);

program(
  "a stack that cannot be written: HardFault on the stack as it is, and what came waits",
  { 3: "hard", 16: "irq0" },
  `
start:
  poke SCS+0x100, 1
  ldr r0, =0x1ffffff0
  mov sp, r0
  poke SCS+0x200, 1
  b unexpected
hard:
  ldr r7, =SCS+0xd28
  ldr r5, [r7]
  report_register r5
  ldr r7, =SCS+0x200
  ldr r5, [r7]
  report_register r5
  ldr r0, =0x20001000
  mov sp, r0
  report 3
  b .
irq0: b unexpected`,
  [1 << 12, 1, 3],
);

program(
  "an interrupt that is masked for very long is still taken",
  { 16: "irq0" },
  `
start:
  poke SCS+0x100, 1
  cpsid i
  poke SCS+0x200, 1
  ldr r0, =400000
1: subs r0, #1
  bne 1b
  cpsie i
  ldr r0, =2000
1: subs r0, #1
  bne 1b
  report 2
  b .
irq0:
  report 1
  bx lr`,
  [1, 2],
);

Deno.test("a core that is locked up waits for a reset while time goes on", async () => {
  const code = await assemble(`${vectors({ 3: "hard" })}
start:
  report 1
  udf #0
hard: udf #1
${TAIL}`);
  for (const library of LIBRARIES) {
    const rig = CoreRig.on(library, code);
    rig.core.clock.at(1e6, () => rig.core.reset("iwdg"));
    assert.equal(rig.core.run({ untilNs: 10e6 }), "lockup");
    assert.equal(rig.core.run({ untilNs: 10e6 }), "lockup", "again behind the reset");
    assert.deepEqual(rig.reports, [1, 1]);
    assert.deepEqual(rig.resets, ["iwdg"]);
    rig.close();
  }
});

Deno.test("a fault inside HardFault locks the core up and names the reason", async () => {
  const code = await assemble(`${vectors({ 3: "hard" })}
start: udf #0
hard: udf #1
${TAIL}`);
  for (const library of LIBRARIES) {
    const rig = CoreRig.on(library, code);
    assert.equal(rig.core.run({ maxInstructions: 1000 }), "lockup");
    assert.match(rig.core.lockup!.reason, /undefined instruction/);
    assert.equal(rig.core.lockup!.pc, 0x82);
    rig.close();
  }
});

Deno.test("SYSRESETREQ resets behind its instruction; the program starts again", async () => {
  const code = await assemble(`${vectors({})}
start:
  report 1
  poke SCS+0xd0c, 0x05fa0004
  report 2
${TAIL}`);
  for (const library of LIBRARIES) {
    const rig = CoreRig.on(library, code);
    assert.deepEqual(rig.run(3, 100), [1, 1, 1]);
    assert.deepEqual(rig.resets.slice(0, 2), ["software", "software"]);
    rig.close();
  }
});

Deno.test("costs lengthen the time of accesses and exceptions and leave the instructions", async () => {
  const code = await assemble(`${vectors({ 11: "svc_handler" })}
start:
  report 1
  svc #0
  report 2
  b .
svc_handler: bx lr
${TAIL}`);
  const times = [{}, { registerAccess: 10, exceptionEntry: 12 }].map((costs) => {
    const rig = CoreRig.on(LIBRARIES[0], code, costs);
    rig.run(2);
    const spanNs = rig.times[1] - rig.times[0];
    rig.close();
    return Math.round(spanNs * 64 / 1000);
  });
  assert.equal(times[0], 5);
  assert.equal(times[1], 5 + 10 + 2 * 12);
});

Deno.test("a debugger's breakpoint halts before its instruction, steps over it and goes on", async () => {
  const code = await assemble(`${vectors({})}
start:
  movs r0, #0
1: adds r0, #1
  report_register r0
  b 1b
${TAIL}`);
  for (const library of LIBRARIES) {
    const { core, ...rest } = CoreRig.on(library, code);
    core.busWrite(0xe000_edf0, 4, 0xa05f_0001);
    core.busWrite(0xe000_2008, 4, 0x82 | 1);
    core.busWrite(0xe000_2000, 4, 3);
    assert.equal(core.run({ maxInstructions: 100 }), "halted");
    assert.deepEqual([core.readRegister(15), core.readRegister(0)], [0x82, 0]);
    assert.equal(core.busRead(0xe000_ed30, 4), 2, "DFSR.BKPT");
    core.busWrite(0xe000_edf0, 4, 0xa05f_0001);
    assert.equal(core.run({ maxInstructions: 100 }), "halted");
    assert.deepEqual([core.readRegister(15), core.readRegister(0)], [0x82, 1]);
    assert.deepEqual(rest.reports, [1]);
    core.busWrite(0xe000_2008, 4, 0);
    core.busWrite(0xe000_edf0, 4, 0xa05f_0001);
    assert.equal(core.run({ maxInstructions: 100 }), "instructions");
    core.cpu.close();
  }
});
