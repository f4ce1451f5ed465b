import assert from "node:assert/strict";
import { COST_BUDGETS, MESSAGE_HEAP_BYTES, SIZE_BUDGETS } from "../../toolkit/budgets.ts";
import { measureHeap } from "../../cli/measure_heap.ts";
import { buildOnce, buildVariant, ROOT } from "../support/built.ts";
import { measureCosts } from "../support/costs.ts";

Deno.test("boot and messages cost what toolkit/budgets.ts allows", async (t) => {
  const { image, loader } = await buildOnce();
  const costs = measureCosts(loader, image.file);
  for (const [name, { what, unit, most }] of Object.entries(COST_BUDGETS)) {
    const measured = costs[name as keyof typeof costs];
    await t.step(`${what}: ${measured} of ${most} ${unit}`, () => {
      assert.ok(measured <= most, `${measured} ${unit} is more than ${most}`);
    });
  }
  await t.step("a second board costs the very same", () => {
    assert.deepEqual(measureCosts(loader, image.file), costs);
  });
});

Deno.test("the release image keeps to the size budgets", async () => {
  const { image } = await buildOnce();
  for (const { region, usedBytes, budgetBytes } of image.report.regions) {
    assert.ok(usedBytes > 0, region);
    assert.ok(usedBytes <= budgetBytes, `${region}: ${usedBytes} of ${budgetBytes} bytes`);
  }
  assert.ok(image.report.script.bytes <= SIZE_BUDGETS.script);
});

Deno.test("the script heap leaves messages their room, in a debug build and with the largest device, too", async () => {
  const device = `${ROOT}/firmware_ts/device/examples/huge.ts`;
  for (const options of [{}, { debug: true }, { device }, { features: ["mctp-bench"] }]) {
    const image = await buildVariant(options);
    const heap = await measureHeap(image.file, (line) => assert.fail(line));
    assert.ok(heap);
    assert.ok(heap.usedBytes <= heap.peakBytes && heap.leastFreeBytes > 0);
    const room = heap.sizeBytes - heap.peakBytes;
    assert.ok(room >= MESSAGE_HEAP_BYTES, `${JSON.stringify(options)}: ${room} bytes`);
  }
});
