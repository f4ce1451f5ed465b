import assert from "node:assert/strict";
import { flashEvent } from "./flash_events.ts";

Deno.test("flashEvent reads sectors and pages of the stock probe-rs, and nothing else", () => {
  const says = (text: string) => flashEvent(` INFO probe_rs::flashing::flasher: ${text}`);
  assert.deepEqual(says("Erasing sector at address 0x70010000"), {
    kind: "erase",
    address: 0x7001_0000,
  });
  assert.deepEqual(says("Took 17.90271ms to download 4096 byte page into ram"), {
    kind: "write",
    bytes: 4096,
  });
  assert.equal(says("Done erasing sector. Result is 0. This took 219.717959ms"), undefined);
  assert.equal(flashEvent("Finished in 5.83s"), undefined);
});
