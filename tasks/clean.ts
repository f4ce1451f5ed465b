/** `deno task clean`: empties the cache and removes what builds left in the repository. */
import { cacheFolder, exists } from "../toolkit/cache.ts";
import { sourceLink, TARGET } from "./setup/rust.ts";
import { thisRoot } from "./support.ts";

/** Removes folders; says which. */
function remove(path: string): void {
  if (!exists(path)) return;
  Deno.removeSync(path, { recursive: true });
  console.error(`removed ${path}`);
}

const root = thisRoot();
const cache = cacheFolder();
// The toolchain's link into the cache would hang in the air.
const rustc = new Deno.Command("rustc", { args: ["--print", "sysroot"], cwd: root });
const { stdout, success } = await rustc.output().catch(() => ({ stdout: null, success: false }));
if (success && stdout) {
  const link = sourceLink(new TextDecoder().decode(stdout).trim());
  const target = await Deno.readLink(link).catch(() => "");
  if (target.startsWith(`${cache}/`)) {
    await Deno.remove(link);
    console.error(`removed ${link} (core's source for ${TARGET})`);
  }
}
for (const path of [cache, `${root}/target`, `${root}/build`]) remove(path);
