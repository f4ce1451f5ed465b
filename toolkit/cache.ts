import { createHash } from "node:crypto";
import { dirname, join } from "node:path";

/**
 * Gives the folder of all that the project keeps for later: `USBNVME_CACHE`, else
 * `$XDG_CACHE_HOME/usbnvme`, else `~/.cache/usbnvme`.
 */
export function cacheFolder(
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): string {
  const own = env("USBNVME_CACHE");
  if (own) return own;
  const base = env("XDG_CACHE_HOME") || join(env("HOME") ?? "/root", ".cache");
  return join(base, "usbnvme");
}

/**
 * Gives a key for content: 32 hex digits that differ when any part differs.
 *
 * @param parts Names and contents; each is hashed with its length, so that no two lists collide.
 */
export function contentKey(parts: Iterable<string | Uint8Array>): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
    hash.update(`${bytes.length}:`);
    hash.update(bytes);
  }
  return hash.digest("hex").slice(0, 32);
}

/**
 * Lists the files below folders or files, sorted by path, relative to `root`.
 *
 * @param root Folder that the paths are relative to.
 * @param paths Folders and files below it; one that does not exist is left out.
 * @param keep Which paths to list and which folders to enter.
 */
export function listFiles(
  root: string,
  paths: readonly string[],
  keep: (path: string) => boolean = () => true,
): string[] {
  const found: string[] = [];
  const visit = (path: string) => {
    if (!keep(path)) return;
    const info = statOrUndefined(join(root, path));
    if (info?.isFile) found.push(path);
    if (!info?.isDirectory) return;
    for (const { name } of Deno.readDirSync(join(root, path))) visit(`${path}/${name}`);
  };
  for (const path of paths) visit(path);
  return found.sort();
}

function statOrUndefined(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Says whether a path exists. */
export function exists(path: string): boolean {
  return statOrUndefined(path) !== undefined;
}

/**
 * Writes a file beside its place and renames it there, so that a reader sees the old file or the whole
 * new one. Makes the folders above it.
 */
export function writeAtomically(path: string, content: Uint8Array | string): void {
  Deno.mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${crypto.randomUUID()}.part`;
  try {
    if (typeof content === "string") Deno.writeTextFileSync(beside, content);
    else Deno.writeFileSync(beside, content);
    Deno.renameSync(beside, path);
  } catch (error) {
    if (exists(beside)) Deno.removeSync(beside);
    throw error;
  }
}
