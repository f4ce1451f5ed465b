/** `deno task ok [WORD…]`: the whole gate, or the checks whose names contain a word. */
import { main as setUp } from "./setup.ts";
import { thisRoot } from "./support.ts";

const root = thisRoot();
const code = await setUp({ quiet: true });
if (code) Deno.exit(code);
// These import npm packages, which set-up may just have brought.
const [{ gateChecks }, { runGate }] = await Promise.all([
  import("./gate/checks.ts"),
  import("./gate/gate.ts"),
]);
Deno.exit(await runGate(gateChecks(root), root, Deno.args));
