import assert from "node:assert/strict";
import { COST_BUDGETS, SIZE_BUDGETS } from "../../toolkit/budgets.ts";
import { buildOnce } from "../support/built.ts";
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
