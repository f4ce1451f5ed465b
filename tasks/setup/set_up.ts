import { debianPackages } from "./debian.ts";
import { crates, npmPackages } from "./fetched.ts";
import type { SetupHost } from "./host.ts";
import { probeRs } from "./probe_rs.ts";
import { pythonPackages } from "./python.ts";
import { rustTarget, rustToolchain } from "./rust.ts";
import type { Step } from "./step.ts";

/** All steps, in the order in which they build on each other. */
export const STEPS: readonly Step[] = [
  debianPackages,
  rustToolchain,
  rustTarget,
  pythonPackages,
  npmPackages,
  crates,
];

/** What all tests need, those with the stock probe-rs too. */
export const STEPS_WITH_PROBE_RS: readonly Step[] = [...STEPS, probeRs];

/**
 * Brings all that is missing, says what and why before it does, and does nothing the second time.
 *
 * @returns Whether the machine is ready; `false` when root has to run a command first.
 * @throws {SetupError} If something cannot be brought.
 */
export async function setUp(host: SetupHost, steps: readonly Step[] = STEPS): Promise<boolean> {
  for (const step of steps) {
    const missing = await step.missing(host);
    if (missing === undefined) continue;
    host.say(`setup: ${step.name}: ${step.why}`);
    host.say(`  missing: ${missing}`);
    if (step.rootCommand && !host.isRoot) {
      const command = await step.rootCommand(host);
      host.say(`  root has to run this, then call again:\n\nsudo sh -c '${command}'\n`);
      return false;
    }
    await step.bring(host);
    const still = await step.missing(host);
    if (still !== undefined) {
      host.say(`  still missing after set-up: ${still}`);
      return false;
    }
    host.say("  done");
  }
  return true;
}
