/**
 * `deno task fuzz [--minutes N | --messages N] [--seed S]`: sends mixed messages to the twin until the time is over,
 * and prints a failing case as a vector file.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { main as setUp } from "./setup.ts";
import { thisRoot } from "./support.ts";

const root = thisRoot();
const { values } = parseArgs({
  args: Deno.args,
  options: {
    minutes: { type: "string" },
    messages: { type: "string" },
    seed: { type: "string", default: "1" },
  },
});
const number = (name: string, text: string | undefined) => {
  const value = Number(text);
  if (text === undefined || value > 0) return value;
  console.error(`error: cannot use "${text}" for --${name}: it is no number above 0`);
  Deno.exit(2);
};
const minutes = number("minutes", values.minutes ?? (values.messages ? "1e9" : "10"));
const messages = number("messages", values.messages ?? "1e15");
const seed = number("seed", values.seed);

const code = await setUp({ quiet: true });
if (code) Deno.exit(code);
const { FuzzFailure } = await import("../tests/support/fuzz.ts");
const { runFuzz } = await import("../tests/support/fuzz_run.ts");
const endMs = Date.now() + minutes * 60_000;
try {
  const result = await runFuzz({
    device: join(root, "tests/support/fuzz_device.ts"),
    seed,
    goesOn: (steps) => steps < messages && Date.now() < endMs,
    onProgress: (line) => console.error(line),
  });
  for (const [kind, count] of result.kinds) console.log(`${kind}: ${count}`);
  console.log(
    `${result.steps} messages, seed ${seed}: no reset, no wrong reply, every drop counted, ` +
      `script heap ${result.heapBefore} -> ${result.heapAfter} bytes`,
  );
} catch (error) {
  if (!(error instanceof FuzzFailure)) throw error;
  console.error(`error: ${error.message}`);
  console.log(error.vector);
  Deno.exit(1);
}
