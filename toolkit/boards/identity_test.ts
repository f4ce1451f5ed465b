import assert from "node:assert/strict";
import { identityOf } from "./identity.ts";

Deno.test("identityOf() gives the UUID that the firmware logs", () => {
  // The pairs that tests of the booted image hold too.
  const known = {
    "33003b000c51373136393935": "8becee88-b237-40af-a95b-0fe57a21c3be",
    "000000000000000000000000": "8dcaaa9b-4362-40ce-9efb-bdd7d764c88a",
  };
  for (const [uniqueId, uuid] of Object.entries(known)) {
    const bytes = Uint8Array.from(uniqueId.match(/../g)!, (pair) => parseInt(pair, 16));
    const usbSerial = uuid.replaceAll("-", "").slice(0, 12);
    assert.deepEqual(identityOf(bytes), { uniqueId, uuid, usbSerial });
  }
});
