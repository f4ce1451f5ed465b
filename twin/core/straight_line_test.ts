import assert from "node:assert/strict";
import { ScriptedCpu } from "../cpu/scripted.ts";
import { MemoryMap } from "../memory/memory_map.ts";
import { assemble } from "../testing/assemble.ts";
import { straightLine } from "./straight_line.ts";

async function lengthOf(source: string): Promise<number> {
  const cpu = new ScriptedCpu({ read: () => 0, write: () => {}, faulted: () => false });
  const memory = new MemoryMap(cpu, new Uint8Array(64 * 1024), new Uint8Array(0));
  memory.write(0, await assemble(source));
  return straightLine(memory, 0);
}

Deno.test("straightLine() ends behind whatever may branch or change a mask", async () => {
  const turns = [
    "b .",
    "beq .",
    "b.w .",
    "bl .",
    "bx lr",
    "blx r3",
    "cbz r0, .+4",
    "cpsie i",
    "cpsid f",
    "msr primask, r0",
    "msr basepri, r0",
    "mrs r0, primask",
    "pop {r0, pc}",
    "pop.w {r4, r8, pc}",
    "mov pc, r0",
    "ldr pc, [r0]",
    "tbb [pc, r0]",
    "svc #0",
    "bkpt #0",
    "udf #0",
    "wfi",
    "wfe",
    "isb",
    "it eq\nmoveq r0, #1",
  ];
  for (const turn of turns) {
    assert.equal(await lengthOf(`adds r0, #1\nmovw r1, #4\n${turn}\nnop`), 3, turn);
  }
});

Deno.test("straightLine() goes on over plain instructions, 64 at most", async () => {
  const plain = [
    "adds r0, #1",
    "add.w r0, r1, #0x100",
    "movw r0, #1",
    "ldr r0, [r1]",
    "str.w r0, [r1, #4]",
    "push {r0, r1}",
    "sxth r0, r1",
    "ubfx r0, r1, #2, #3",
    "vadd.f64 d0, d1, d2",
    "mul r0, r1, r2",
  ];
  for (const line of plain) assert.equal(await lengthOf(`${line}\nb .`), 2, line);
  assert.equal(await lengthOf(".rept 100\nadds r0, #1\n.endr"), 64);
});
