import assert from "node:assert/strict";
import { Timers } from "./timers.ts";

function rig() {
  const deadlines: number[] = [];
  const timers = new Timers((ms) => deadlines.push(ms));
  return { timers, deadlines };
}

Deno.test("Timers brings the seam's deadline nearer, and finds the next when it has come", () => {
  const { timers, deadlines } = rig();
  const a = timers.slot(() => {});
  const b = timers.slot(() => {});
  timers.set(a, 100);
  timers.set(b, 200);
  timers.set(b, 50);
  timers.set(b, -1);
  timers.set(a, -1);
  assert.deepEqual(deadlines, [100, 50]);
  timers.set(b, 300);
  timers.due(50);
  assert.deepEqual(deadlines, [100, 50, 300]);
});

Deno.test("Timers calls each owner once when due, who may set its slot again", () => {
  const { timers, deadlines } = rig();
  const calls: string[] = [];
  const a: number = timers.slot((nowMs) => {
    calls.push(`a ${nowMs}`);
    if (nowMs < 300) timers.set(a, nowMs + 100);
  });
  const b = timers.slot((nowMs) => calls.push(`b ${nowMs}`));
  timers.set(a, 100);
  timers.set(b, 200);
  for (const nowMs of [100, 250, 350, 400]) timers.due(nowMs);
  assert.deepEqual(calls, ["a 100", "a 250", "b 250", "a 350"]);
  assert.deepEqual(deadlines, [100, 200, 350]);
});

Deno.test("Timers sets the seam's deadline again after an early call", () => {
  const { timers, deadlines } = rig();
  timers.set(timers.slot(() => {}), 100);
  timers.due(99);
  assert.deepEqual(deadlines, [100, 100]);
});
