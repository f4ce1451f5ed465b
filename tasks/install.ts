/** `deno task install`: puts `usbnvme` on the PATH, as a script that runs this checkout. */
import { join } from "node:path";
import { writeAtomically } from "../toolkit/cache.ts";
import { thisRoot } from "./support.ts";

const home = Deno.env.get("HOME") ?? "/root";
const folder = Deno.env.get("USBNVME_BIN") ?? join(home, ".local/bin");
const path = join(folder, "usbnvme");
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const root = thisRoot();
const command = [Deno.execPath(), "run", "-A", "--config", `${root}/deno.json`];
const words = [...command, `${root}/cli/main.ts`].map(quote).join(" ");
// npx keeps deno in a folder of its own that may be emptied one day.
const again = `npx -y deno@2.9 run -A --config ${quote(`${root}/deno.json`)} ${
  quote(`${root}/cli/main.ts`)
}`;
writeAtomically(
  path,
  `#!/bin/sh\nif [ -x ${
    quote(Deno.execPath())
  } ]; then exec ${words} "$@"; fi\nexec ${again} "$@"\n`,
);
await Deno.chmod(path, 0o755);
console.error(`installed ${path}`);
if (!(Deno.env.get("PATH") ?? "").split(":").includes(folder)) {
  console.error(`${folder} is not in PATH; add this line to your shell's start-up file:`);
  console.error(`export PATH="${folder}:$PATH"`);
}
