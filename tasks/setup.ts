/** `deno task setup`: brings what the project needs on this machine. Quick when nothing is missing. */
import { thisRoot } from "./support.ts";
import { thisMachine } from "./setup/host.ts";
import { setUp } from "./setup/set_up.ts";
import { SetupError } from "./setup/step.ts";

/** Sets this machine up; says so when there was nothing to do. Gives the exit code. */
export async function main(quiet = false): Promise<number> {
  let said = false;
  const machine = thisMachine(thisRoot());
  const say = (line: string) => {
    said = true;
    machine.say(line);
  };
  try {
    const ready = await setUp({ ...machine, say });
    if (ready && !said && !quiet) machine.say("setup: nothing to do");
    return ready ? 0 : 1;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    machine.say(`setup: ${error.message}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main());
