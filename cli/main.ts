import { COMMANDS } from "./commands.ts";
import { dispatch } from "./dispatch.ts";
import { processSurroundings } from "./process_context.ts";

Deno.exit(await dispatch(Deno.args, COMMANDS, processSurroundings()));
