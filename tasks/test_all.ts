/** `deno task test [WORD…]`: the gate and the end-to-end tests; the last line counts all tests. */
import { main as setUp } from "./setup.ts";
import { thisRoot } from "./support.ts";

const root = thisRoot();
const code = await setUp({ quiet: true, probeRs: true });
if (code) {
  console.log("0 passed, 1 failed");
  Deno.exit(code);
}
// These import npm packages, which set-up may just have brought.
const [{ gateChecks, slowChecks }, { runGate }] = await Promise.all([
  import("./gate/checks.ts"),
  import("./gate/gate.ts"),
]);
Deno.exit(await runGate([...gateChecks(root), ...slowChecks(root)], root, Deno.args));
