import { join } from "node:path";
import { type Run, run as runProcess, runChecked } from "../process.ts";
import { ToolkitError } from "../errors.ts";
import { codeHash } from "./chip_file.ts";
import { PINNED_PROBE_RS } from "./pinned.ts";
import type { FlashAlgorithm } from "./flash_algorithm.ts";

/** The crate whose target data hold the algorithms; its version is pinned, and so is their content. */
export const TARGET_DATA = {
  crate: "probe-rs",
  version: PINNED_PROBE_RS.version,
  file: "STM32H7RS_Series.yaml",
};

/** The algorithms for this board's two flashes: name and SHA-256 of the code. */
export const CRATE_ALGORITHMS: Readonly<Record<string, string>> = {
  "stm32h7rx_64k": "3df11cefa5c93b3256c0fa04e297ef739007168d781b9f2097f1d6bba1dcc479",
  "mx25uw25645g_stm32h7s38-nucleo":
    "ec1c1831041cd95303c77d62790a369c6e25ee7e2ccd863ed607f09d9bd227a3",
};

/** The target data do not hold an algorithm, or not the one that is known to work. */
export class TargetDataError extends ToolkitError {
  override name = "TargetDataError";
  /**
   * @param path The file of target data.
   * @param state What is wrong with it.
   */
  constructor(readonly path: string, state: string) {
    super(`Cannot take flash algorithms from "${path}": ${state}`);
  }
}

/** Where to look for crates, and how to fetch one. */
export interface CrateOptions {
  /** Runs programs. */
  readonly run?: Run;
  /** Looks an environment variable up. */
  readonly env?: (name: string) => string | undefined;
  /** Told what takes long. */
  readonly onProgress?: (line: string) => void;
}

/**
 * Finds the target data of probe-rs in cargo's registry, and has cargo fetch them where they are not.
 *
 * @returns The path of the file.
 * @throws {ToolFailedError} If cargo cannot fetch them.
 */
export async function findTargetData(options: CrateOptions = {}): Promise<string> {
  const { run = runProcess, env = (name) => Deno.env.get(name), onProgress } = options;
  const home = env("CARGO_HOME") || join(env("HOME") ?? "/root", ".cargo");
  const found = await lookForTargetData(home);
  if (found !== undefined) return found;
  const { crate, version, file } = TARGET_DATA;
  onProgress?.(`fetching the crate ${crate} ${version} for its flash algorithms`);
  const folder = await Deno.makeTempDir({ prefix: "usbnvme-target-data-" });
  try {
    await Deno.mkdir(join(folder, "src"));
    await Deno.writeTextFile(join(folder, "src/lib.rs"), "");
    await Deno.writeTextFile(
      join(folder, "Cargo.toml"),
      `[package]\nname = "target-data"\nversion = "0.0.0"\nedition = "2021"\n\n` +
        `[workspace]\n\n[dependencies]\n${crate} = "=${version}"\n`,
    );
    await runChecked(["cargo", "fetch", "--quiet"], { cwd: folder }, run);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const fetched = await lookForTargetData(home);
  if (fetched === undefined) {
    throw new TargetDataError(file, `cargo fetched no ${crate} ${version}`);
  }
  return fetched;
}

async function lookForTargetData(cargoHome: string): Promise<string | undefined> {
  const sources = join(cargoHome, "registry/src");
  try {
    for await (const { name } of Deno.readDir(sources)) {
      const { crate, version, file } = TARGET_DATA;
      const path = join(sources, name, `${crate}-${version}`, "targets", file);
      if (await Deno.stat(path).then(() => true, () => false)) return path;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return undefined;
}

/**
 * Takes this board's flash algorithms out of probe-rs's target data.
 *
 * @param path The file, for errors.
 * @param text Its content.
 * @throws {TargetDataError} If one is missing, or its code is another than the one that is known.
 */
export function readAlgorithms(path: string, text: string): FlashAlgorithm[] {
  const at = text.search(/^flash_algorithms:$/m);
  if (at < 0) throw new TargetDataError(path, "it has no flash algorithms");
  const blocks = text.slice(at).split(/^- /m).slice(1);
  return Object.entries(CRATE_ALGORITHMS).map(([name, hash]) => {
    const block = blocks.find((one) => one.startsWith(`name: ${name}\n`));
    if (block === undefined) throw new TargetDataError(path, `it has no "${name}"`);
    const algorithm = parseBlock(path, name, block);
    const found = codeHash(algorithm.code);
    if (found !== hash) {
      throw new TargetDataError(path, `"${name}" has SHA-256 ${found}, not ${hash}`);
    }
    return algorithm;
  });
}

function parseBlock(path: string, name: string, block: string): FlashAlgorithm {
  const text = (key: string) => new RegExp(`^ *(?:- )?${key}: (\\S+)$`, "m").exec(block)?.[1];
  const optional = (key: string) => text(key) === undefined ? undefined : Number(text(key));
  const number = (key: string) => {
    const value = optional(key);
    if (value === undefined || !Number.isSafeInteger(value)) {
      throw new TargetDataError(path, `"${name}" has no number ${key}`);
    }
    return value;
  };
  const code = Uint8Array.from(atob(text("instructions") ?? ""), (letter) => letter.charCodeAt(0));
  const start = number("start");
  return {
    name,
    code,
    loadAddress: optional("load_address"),
    entries: {
      init: number("pc_init"),
      uninit: number("pc_uninit"),
      programPage: number("pc_program_page"),
      eraseSector: number("pc_erase_sector"),
      eraseAll: optional("pc_erase_all"),
    },
    dataOffset: number("data_section_offset"),
    isDefault: true,
    flash: {
      start,
      sizeBytes: number("end") - start,
      pageBytes: number("page_size"),
      sectorBytes: number("size"),
      programTimeoutMs: number("program_page_timeout"),
      eraseTimeoutMs: number("erase_sector_timeout"),
    },
  };
}
