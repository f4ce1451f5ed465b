import assert from "node:assert/strict";
import { bootOf } from "./boot.ts";

const UUID = "8becee88-b237-40af-a95b-0fe57a21c3be";
const LINES = [
  "10 INFO started 0x00010379, 441328 bytes, flash octal, 10 ms",
  `0 INFO usbnvme. device ${UUID}`,
  "4 INFO usbnvme 0.1.0 0123456789ab-dirty release",
];

Deno.test("bootOf() reads who the firmware is, once it has said all of it", () => {
  assert.deepEqual(bootOf(LINES), {
    uuid: UUID,
    version: "0.1.0",
    revision: "0123456789ab-dirty",
  });
  assert.equal(bootOf(LINES.slice(0, 2)), undefined);
  assert.equal(bootOf([]), undefined);
  assert.equal(bootOf([`INFO usbnvme. device ${UUID}`, LINES[2]]), undefined);
});
