/**
 * `deno task setup [--probe-rs]`: brings what the project needs on this machine, and the stock probe-rs if
 * it is wanted. Quick when nothing is missing.
 */
import { thisRoot } from "./support.ts";
import { thisMachine } from "./setup/host.ts";
import { setUp, STEPS, STEPS_WITH_PROBE_RS } from "./setup/set_up.ts";
import { SetupError } from "./setup/step.ts";

/** Sets this machine up; says so when there was nothing to do. Gives the exit code. */
export async function main({ quiet = false, probeRs = false } = {}): Promise<number> {
  let said = false;
  const machine = thisMachine(thisRoot());
  const say = (line: string) => {
    said = true;
    machine.say(line);
  };
  try {
    const ready = await setUp({ ...machine, say }, probeRs ? STEPS_WITH_PROBE_RS : STEPS);
    if (ready && !said && !quiet) machine.say("setup: nothing to do");
    return ready ? 0 : 1;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    machine.say(`setup: ${error.message}`);
    return 1;
  }
}

if (import.meta.main) {
  const wrong = Deno.args.filter((arg) => arg !== "--probe-rs");
  if (wrong.length > 0) {
    console.error(`setup: Cannot use "${wrong[0]}": there is only --probe-rs`);
    Deno.exit(2);
  }
  Deno.exit(await main({ probeRs: Deno.args.includes("--probe-rs") }));
}
