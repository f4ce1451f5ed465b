/** `deno task bench`: measures costs on the twin; prints a table and writes build/bench.json. */
import { main as setUp } from "./setup.ts";
import { thisRoot } from "./support.ts";

const code = await setUp({ quiet: true });
if (code) Deno.exit(code);
const { bench } = await import("./bench/bench.ts");
Deno.exit(await bench(thisRoot()));
