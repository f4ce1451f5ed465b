import assert from "node:assert/strict";
import { EXCEPTION, ExceptionState, THREAD_PRIORITY } from "./exception_state.ts";
import { Nvic } from "./nvic.ts";

Deno.test("ExceptionState.best() goes by group priority, then sub-priority, then number", () => {
  const state = new ExceptionState();
  for (const number of [20, 21, 22]) {
    state.enable(number, true);
    state.setPriority(number, 0x80);
    state.pend(number);
  }
  assert.equal(state.best(), 20);
  state.setPriority(22, 0x70);
  assert.equal(state.best(), 22);
  state.prigroup = 7;
  assert.equal(state.best(), 22, "sub-priority decides in one group");
  state.pend(EXCEPTION.NMI);
  state.pend(EXCEPTION.HARD_FAULT);
  assert.equal(state.best(), EXCEPTION.NMI);
});

Deno.test("ExceptionState keeps the upper four bits of a priority", () => {
  const state = new ExceptionState();
  state.setPriority(16, 0xff);
  assert.equal(state.priority(16), 0xf0);
});

Deno.test("a line that is high pends again when its handler ends or its pending bit is cleared", () => {
  const state = new ExceptionState();
  state.enable(16, true);
  state.setLevel(16, true);
  state.activate(16);
  assert.equal(state.anyPending, false);
  state.deactivate(16);
  assert.equal(state.best(), 16);
  state.unpend(16);
  assert.equal(state.isPending(16), true);
  state.setLevel(16, false);
  state.unpend(16);
  assert.equal(state.anyPending, false);
});

Deno.test("executionPriority() takes the best of what is active and what masks", () => {
  const state = new ExceptionState();
  assert.equal(state.executionPriority(0, 0, 0), THREAD_PRIORITY);
  assert.equal(state.executionPriority(0, 0x40, 0), 0x40);
  assert.equal(state.executionPriority(1, 0x40, 0), 0);
  assert.equal(state.executionPriority(1, 0x40, 1), -1);
  state.setPriority(16, 0x20);
  state.activate(16);
  assert.equal(state.executionPriority(0, 0x40, 0), 0x20);
});

Deno.test("Nvic sets and clears enables and pending bits, and priorities by byte", () => {
  const state = new ExceptionState();
  const nvic = new Nvic(state);
  nvic.write(0x104, 4, 1 << 5);
  assert.equal(nvic.read(0x104), 1 << 5);
  assert.equal(nvic.read(0x184), 1 << 5);
  nvic.write(0x204, 4, 1 << 5);
  assert.equal(state.best(), 16 + 37);
  nvic.write(0x284, 4, 1 << 5);
  assert.equal(state.best(), 0);
  nvic.write(0x184, 4, 1 << 5);
  assert.equal(nvic.read(0x104), 0);
  nvic.write(0x425, 1, 0xa0);
  assert.equal(nvic.read(0x424), 0xa000);
  nvic.trigger(7);
  assert.equal(state.isPending(16 + 7), true);
  nvic.write(0x1f0, 4, -1);
  assert.equal(nvic.read(0x1f0), 0, "lines that the chip lacks");
});
