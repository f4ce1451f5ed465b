import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../support/built.ts";
import { FuzzFailure } from "../support/fuzz.ts";
import { runFuzz } from "../support/fuzz_run.ts";

/** `deno task fuzz --messages 1000000` sends as many as one likes; this many keep the gate quick. */
const MESSAGES = 10_000;

Deno.test(`${MESSAGES} mixed messages: no reset, no wrong reply, every drop counted`, async () => {
  try {
    const { steps, kinds, heapBefore, heapAfter } = await runFuzz({
      device: join(ROOT, "tests/support/fuzz_device.ts"),
      seed: 20_261,
      goesOn: (steps) => steps < MESSAGES,
    });
    assert.equal(steps, MESSAGES);
    assert.ok(kinds.size > 20, [...kinds.keys()].join());
    // What the device remembers, events and errors, has bounds that are not reached at once.
    assert.ok(heapAfter - heapBefore < 4096, `script heap ${heapBefore} -> ${heapAfter} bytes`);
  } catch (error) {
    if (error instanceof FuzzFailure) console.log(error.vector);
    throw error;
  }
});
