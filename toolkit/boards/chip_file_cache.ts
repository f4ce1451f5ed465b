import { join } from "node:path";
import { MEMORIES } from "../../chip/memory.ts";
import { cacheFolder, contentKey, writeAtomically } from "../cache.ts";
import { chipFile } from "../probe_rs/chip_file.ts";
import {
  CRATE_ALGORITHMS,
  type CrateOptions,
  findTargetData,
  readAlgorithms,
} from "../probe_rs/crate_algorithms.ts";
import type { FlashAlgorithm } from "../probe_rs/flash_algorithm.ts";

/** What the chip file is made of. */
export interface ChipFileOptions extends CrateOptions {
  /** Stands in for the algorithm of the external flash that probe-rs's target data have. */
  readonly external?: FlashAlgorithm;
}

/**
 * Gives the path of the chip file in the cache, and makes the file where it is not there, is of another
 * content than now wanted, or was damaged.
 *
 * @throws {TargetDataError} If probe-rs's target data are not what they should be.
 */
export async function cachedChipFile(options: ChipFileOptions = {}): Promise<string> {
  const { external } = options;
  // All that goes into the file, known without reading the target data.
  const key = contentKey([
    chipFile(external ? [external] : []),
    JSON.stringify(CRATE_ALGORITHMS),
  ]);
  const path = join(cacheFolder(options.env), "probe-rs", `chip-h7s3-nucleo-${key}.yaml`);
  if (isWhole(path)) return path;
  const body = await makeChipFile(options);
  writeAtomically(path, `# ${contentKey([body])}\n${body}`);
  return path;
}

/** Makes the text of the chip file. */
export async function makeChipFile(options: ChipFileOptions = {}): Promise<string> {
  const source = await findTargetData(options);
  const algorithms = readAlgorithms(source, await Deno.readTextFile(source));
  const { external } = options;
  if (!external) return chipFile(algorithms);
  const others = algorithms.filter(({ flash }) => flash.start !== MEMORIES.XSPI2.start);
  return chipFile([...others, external]);
}

/** Says whether a cached file is there and is what was written. */
function isWhole(path: string): boolean {
  try {
    const text = Deno.readTextFileSync(path);
    const end = text.indexOf("\n");
    return text.slice(0, end) === `# ${contentKey([text.slice(end + 1)])}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
