import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { buildInMemory, type BuildOptions, type BuiltImage } from "../../toolkit/build.ts";
import { loader } from "../../toolkit/images.ts";

/** Root of the repository. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What most tests boot. */
export interface Built {
  /** The release image. */
  readonly image: BuiltImage;
  /** The loader's ELF file. */
  readonly loader: Uint8Array;
}

let built: Promise<Built> | undefined;

/** Builds the release image and the loader, out of the cache where they are there, once a process. */
export function buildOnce(): Promise<Built> {
  built ??= (async () => ({
    image: await buildVariant({}),
    loader: (await loader({ root: ROOT, onProgress: tell })).elf,
  }))();
  return built;
}

/** Builds an image with options, in memory. */
export function buildVariant(options: BuildOptions): Promise<BuiltImage> {
  return buildInMemory(options, { root: ROOT, onProgress: tell });
}

function tell(line: string): void {
  console.error(`  ${line}`);
}
