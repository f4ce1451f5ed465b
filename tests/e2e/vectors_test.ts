/** The vectors on the twin, over its USB port. */
import assert from "node:assert/strict";
import { afterTransfers, assignment, holdCase, shareDevices } from "../support/vector_device.ts";
import { vectorImage, VectorTwin } from "../support/vector_twin.ts";
import {
  MESSAGE_FILES,
  type MessageCase,
  readCases,
  type SpanningCase,
  TRANSFER_FILES,
  type TransferCase,
} from "../vectors/vectors.ts";

type Counts = Readonly<Record<string, number>>;

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
        assert.deepEqual(gained(before, twin.drops()), wanted.drops);
      });
      twin.pause();
    }
    twin.close();
  });
}

Deno.test("every spanning vector on the twin", async (test) => {
  const twin = new VectorTwin(await vectorImage(undefined, ["spanning"]));
  assert.ok(twin.session.mctp.spanning);
  assert.ok(twin.send(9, 0, 8, assignment(8)));
  twin.pause();
  for (const one of readCases<SpanningCase>("spanning")) {
    await test.step(one.name, () => {
      assert.equal(one.eid, 8);
      const before = twin.drops();
      const replies = twin.replyTransfers(one.transfers.map(([, hex]) => hex));
      assert.deepEqual(replies, one.replies);
      assert.deepEqual(gained(before, twin.drops()), one.counters);
    });
    twin.pause();
  }
  twin.close();
});

/** Says by how much counters have grown, where they have. */
function gained(before: Counts, after: Counts): Counts {
  const pairs = Object.entries(after).map(([name, n]) => [name, n - (before[name] ?? 0)] as const);
  return Object.fromEntries(pairs.filter(([, n]) => n > 0));
}
