import { join } from "node:path";

/** Reads the project's version out of deno.json. */
export function projectVersion(root: string): string {
  const { version } = JSON.parse(Deno.readTextFileSync(join(root, "deno.json"))) as {
    version: string;
  };
  return version;
}
