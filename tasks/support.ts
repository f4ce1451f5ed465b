import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Gives the root of the repository, which this file stands one folder below. */
export function thisRoot(): string {
  return dirname(dirname(fileURLToPath(import.meta.url)));
}
