import { formatTable } from "../../cli/table.ts";
import { runBench } from "../../tests/support/bench_run.ts";
import { measureCosts } from "../../tests/support/costs.ts";
import { COST_BUDGETS, SPEED_BUDGETS } from "../../toolkit/budgets.ts";
import { build, buildInMemory } from "../../toolkit/build.ts";
import { writeAtomically } from "../../toolkit/cache.ts";
import { loader } from "../../toolkit/images.ts";

/** Features of each build whose bench is run, and the name of its budget. */
const SPEEDS: readonly (readonly [readonly string[], (keyof typeof SPEED_BUDGETS)?])[] = [
  [[], "bench"],
  [["spanning"], "benchSpanning"],
  [["no-offload"]],
];

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
  const speeds: Record<string, number> = {};
  let slow = false;
  for (const [features, name] of SPEEDS) {
    const { file } = await buildInMemory({ features: ["mctp-bench", ...features] }, context);
    const run = runBench(boot.elf, file, 3951, features.includes("no-offload") ? 10 : 100);
    const budget = name === undefined ? undefined : SPEED_BUDGETS[name];
    const what = budget?.what ?? `bench, ${features.join(", ")}`;
    const speed = Math.round(run.megabytesPerSecond * 10) / 10;
    const under = budget !== undefined && run.megabytesPerSecond < budget.least;
    slow ||= under;
    speeds[what] = run.megabytesPerSecond;
    console.log(
      `${what}: ${speed} MB/s${budget ? `, at least ${budget.least}` : ""}` +
        `${under ? ", under budget" : ""}; ${Math.round(run.instructions)} instructions a message`,
    );
  }
  const { version, revision, script, regions, scriptHeapBytes } = image.report;
  const sizes = { scriptBytes: script.bytes, scriptHeapBytes, regions };
  const result = { version, revision, costs, speeds, budgets: COST_BUDGETS, sizes };
  const path = `${root}/build/bench.json`;
  writeAtomically(path, JSON.stringify(result, null, 2) + "\n");
  console.error(`wrote ${path}`);
  return slow || rows.some(({ over }) => over) ? 1 : 0;
}
