import assert from "node:assert/strict";
import { VirtualClock } from "./virtual_clock.ts";

function clock(): { clock: VirtualClock; spend: (cycles: number) => void } {
  let cycles = 0;
  const clock = new VirtualClock(() => cycles);
  clock.setRate(1e9);
  return { clock, spend: (more) => cycles += more };
}

Deno.test("VirtualClock turns cycles into time and keeps it through a change of rate", () => {
  const { clock: time, spend } = clock();
  spend(100);
  assert.equal(time.nowNs, 100);
  time.setRate(500e6);
  assert.equal(time.nowNs, 100);
  spend(100);
  assert.equal(time.nowNs, 300);
});

Deno.test("VirtualClock.ring() rings what is due by deadline, equal ones in order of setting", () => {
  const { clock: time, spend } = clock();
  const rung: string[] = [];
  time.at(30, () => rung.push("c"));
  time.at(10, () => rung.push("a"));
  time.at(10, () => rung.push("b"));
  const dropped = time.at(20, () => rung.push("never"));
  time.at(15, () => time.after(0, () => rung.push("nested")));
  dropped.cancel();
  spend(9);
  assert.equal(time.ring(), false);
  spend(11);
  assert.equal(time.ring(), true);
  assert.deepEqual(rung, ["a", "b", "nested"]);
  assert.equal(time.nextNs, 30);
  spend(10);
  time.ring();
  assert.deepEqual(rung, ["a", "b", "nested", "c"]);
  assert.equal(time.nextNs, Infinity);
});

Deno.test("VirtualClock.jump() moves time forward only; cyclesUntil() is never 0", () => {
  const { clock: time } = clock();
  time.jump(50);
  time.jump(20);
  assert.equal(time.nowNs, 50);
  assert.equal(time.cyclesUntil(60.5), 11);
  assert.equal(time.cyclesUntil(40), 1);
});

Deno.test("VirtualClock says when an alarm becomes the next one", () => {
  const { clock: time } = clock();
  let sooner = 0;
  time.onSooner = () => sooner++;
  time.at(100, () => {});
  time.at(200, () => {});
  time.at(50, () => {});
  assert.equal(sooner, 2);
});

Deno.test("VirtualClock keeps a thousand alarms in order", () => {
  const { clock: time, spend } = clock();
  const rung: number[] = [];
  let seed = 1;
  for (let i = 0; i < 1000; i++) {
    seed = seed * 48271 % 0x7fff_ffff;
    const at = seed % 5000;
    time.at(at, () => rung.push(at));
  }
  spend(5000);
  time.ring();
  assert.equal(rung.length, 1000);
  assert.deepEqual(rung, rung.toSorted((a, b) => a - b));
});
