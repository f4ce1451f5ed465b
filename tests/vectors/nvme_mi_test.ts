import assert from "node:assert/strict";
import { fromHex, type MessageCase, readCases } from "./vectors.ts";

/** Each command of NVMe-MI that is built, as `kind opcode`, with the statuses that it can end in beside success. */
const STATUSES: Readonly<Record<string, readonly number[]>> = {
  "1 00": [4, 6],
  "1 01": [5, 6],
  "1 02": [4],
  "1 03": [4, 6],
  "1 04": [4],
  "1 05": [4],
  "1 06": [4, 6],
  "1 07": [4],
  "1 0c": [4],
  "0 01": [],
  "0 02": [],
  "0 03": [5],
  "4 00": [4, 5],
};

Deno.test("every NVMe-MI command has a vector for success and for each of its errors", () => {
  const seen = new Map<string, Set<number>>();
  for (const { steps } of readCases<MessageCase>("nvme_mi")) {
    for (const { request, reply } of steps) {
      if (reply === null) continue;
      const octets = fromHex(request);
      const name = `${octets[1] >> 3} ${octets[4].toString(16).padStart(2, "0")}`;
      seen.set(name, (seen.get(name) ?? new Set()).add(fromHex(reply)[4]));
    }
  }
  for (const [name, errors] of Object.entries(STATUSES)) {
    for (const status of [0, ...errors]) {
      assert.ok(seen.get(name)?.has(status), `command ${name}: no vector for status ${status}`);
    }
  }
});
