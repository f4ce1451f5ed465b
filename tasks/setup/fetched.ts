import { contentKey } from "../../toolkit/cache.ts";
import type { SetupHost } from "./host.ts";
import { must, type Step } from "./step.ts";

/** Gives a step that fetches what one lock file names, and remembers the lock file's content. */
function fetched(
  name: string,
  why: string,
  lock: string,
  command: (host: SetupHost) => readonly string[],
): Step {
  const stamp = (host: SetupHost) => `${host.cache}/fetched/${lock}`;
  const key = (host: SetupHost) => contentKey([host.readText(`${host.root}/${lock}`) ?? ""]);
  return {
    name,
    why,
    missing(host) {
      const known = host.readText(stamp(host))?.split("\n") ?? [];
      return Promise.resolve(known.includes(key(host)) ? undefined : `what ${lock} names`);
    },
    async bring(host) {
      const onLine = (line: string) => host.say(`    ${line}`);
      await must(host, command(host), { cwd: host.root, onLine });
      const known = host.readText(stamp(host)) ?? "";
      host.writeText(stamp(host), `${known}${key(host)}\n`);
    },
  };
}

/** The npm packages of deno.lock. */
export const npmPackages = fetched(
  "npm packages",
  "esbuild bundles the firmware, TypeScript checks it",
  "deno.lock",
  ({ deno }) => [deno, "install", "--quiet", "--frozen"],
);

/** The crates of Cargo.lock. */
export const crates = fetched(
  "crates",
  "embassy drives the chip, JerryScript runs the script",
  "Cargo.lock",
  () => ["cargo", "fetch", "--quiet", "--locked"],
);
