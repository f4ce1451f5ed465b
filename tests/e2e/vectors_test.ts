/** The vectors on the twin, over its USB port. */
import assert from "node:assert/strict";
import { afterTransfers, assignment, holdCase, shareDevices } from "../support/vector_device.ts";
import { vectorImage, VectorTwin } from "../support/vector_twin.ts";
import {
  MESSAGE_FILES,
  type MessageCase,
  readCases,
  TRANSFER_FILES,
  type TransferCase,
} from "../vectors/vectors.ts";

/** Reads files' cases, each named with its file. */
function named<T extends { readonly name: string }>(files: readonly string[]): T[] {
  return files.flatMap((file) =>
    readCases<T>(file).map((one) => ({ ...one, name: `${file}: ${one.name}` }))
  );
}

Deno.test("every message vector on the twin", async (test) => {
  const cases = named<MessageCase>(MESSAGE_FILES);
  let held = 0;
  for (const group of shareDevices(cases)) {
    const twin = new VectorTwin(await vectorImage(group[0].device));
    for (const one of group) {
      await test.step(one.name, () => holdCase(twin, one));
      twin.pause();
      held++;
    }
    twin.close();
  }
  assert.equal(held, cases.length);
});

for (const feature of ["offload", "no-offload"]) {
  Deno.test(`every transfer vector on the twin, ${feature}`, async (test) => {
    const features = feature === "offload" ? [] : [feature];
    const twin = new VectorTwin(await vectorImage(undefined, features));
    let eid = 0;
    for (const one of named<TransferCase>(TRANSFER_FILES).sort((a, b) => a.eid - b.eid)) {
      if (one.eid !== eid) {
        eid = one.eid;
        assert.ok(twin.send(9, 0, 8, assignment(eid)));
        twin.pause();
      }
      await test.step(one.name, () => {
        const wanted = afterTransfers(one);
        const before = twin.drops();
        assert.deepEqual(twin.transfers(one.transfers), wanted.replies);
        const after = Object.entries(twin.drops()).map(([name, count]) =>
          [name, count - (before[name] ?? 0)] as const
        );
        assert.deepEqual(Object.fromEntries(after.filter(([, count]) => count > 0)), wanted.drops);
      });
      twin.pause();
    }
    twin.close();
  });
}
