import { formatTable } from "../../cli/table.ts";
import { measureCosts } from "../../tests/support/costs.ts";
import { COST_BUDGETS } from "../../toolkit/budgets.ts";
import { build } from "../../toolkit/build.ts";
import { writeAtomically } from "../../toolkit/cache.ts";
import { loader } from "../../toolkit/images.ts";

/** Builds, measures, prints and writes. Gives 1 as the exit code if something is over its budget. */
export async function bench(root: string): Promise<number> {
  const context = { root, onProgress: (line: string) => console.error(line) };
  const [boot, image] = [await loader(context), await build({}, context)];
  const costs = measureCosts(boot.elf, image.file);
  const names = Object.keys(COST_BUDGETS) as (keyof typeof COST_BUDGETS)[];
  const rows = names.map((name) => {
    const { what, unit, most } = COST_BUDGETS[name];
    const measured = Math.round(costs[name] * 10) / 10;
    return { what, unit, measured, most, over: costs[name] > most };
  });
  const table = rows.map(({ what, measured, most, unit, over }) => [
    what,
    measured,
    most,
    unit + (over ? ", over budget" : ""),
  ]);
  for (const line of formatTable([["cost", "measured", "at most", "unit"], ...table])) {
    console.log(line);
  }
  const { version, revision, script, regions, scriptHeapBytes } = image.report;
  const sizes = { scriptBytes: script.bytes, scriptHeapBytes, regions };
  const result = { version, revision, costs, budgets: COST_BUDGETS, sizes };
  const path = `${root}/build/bench.json`;
  writeAtomically(path, JSON.stringify(result, null, 2) + "\n");
  console.error(`wrote ${path}`);
  return rows.some(({ over }) => over) ? 1 : 0;
}
