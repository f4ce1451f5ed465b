/**
 * `deno task start`: sets the machine up, builds the loader, the base image and the script, boots them on
 * the twin, and talks to the firmware as a USB host does.
 */
import { main as setUp } from "./setup.ts";
import { thisRoot } from "./support.ts";

const began = performance.now();
const code = await setUp({ quiet: true });
if (code) Deno.exit(code);
// These import npm packages and libunicorn, which set-up may just have brought.
const { start } = await import("./start/start.ts");
Deno.exit(await start(thisRoot(), began));
