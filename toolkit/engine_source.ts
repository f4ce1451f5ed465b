import { join } from "node:path";
import { contentKey, listFiles } from "./cache.ts";

/**
 * Names the engine that an image carries, and where its source came from.
 *
 * @param root Root of the repository; Cargo.lock names the crate that brings the default source.
 * @param folder A checkout of JerryScript, if one is used in its place.
 */
export function engineName(root: string, folder?: string): string {
  if (!folder) {
    const lock = Deno.readTextFileSync(join(root, "Cargo.lock"));
    const version = /name = "thorvg-sys"\nversion = "([^"]+)"/.exec(lock)?.[1] ?? "unlocked";
    return `JerryScript 3.0 (jerry-core of crate thorvg-sys ${version}, binary64)`;
  }
  const header = Deno.readTextFileSync(
    join(folder, "jerry-core/include/jerryscript-types.h"),
  );
  const part = (name: string) =>
    new RegExp(`#define JERRY_API_${name}_VERSION (\\d+)`).exec(header)?.[1] ?? "?";
  const files = listFiles(folder, ["jerry-core"]);
  const key = contentKey(files.flatMap((path) => [path, Deno.readFileSync(join(folder, path))]));
  const version = ["MAJOR", "MINOR", "PATCH"].map(part).join(".");
  return `JerryScript ${version} (checkout ${key.slice(0, 12)})`;
}
