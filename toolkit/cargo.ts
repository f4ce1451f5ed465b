import { join, resolve } from "node:path";
import { cacheFolder, contentKey, exists, listFiles, writeAtomically } from "./cache.ts";
import { checkInterrupted, EngineSourceError } from "./errors.ts";
import { type Run, run, runChecked } from "./process.ts";

/** The Rust target of the board. */
export const TARGET = "thumbv7em-none-eabihf";

/** One program for the board that cargo builds. */
export interface CrateBuild {
  /** Name of the package. */
  readonly package: string;
  /** Name of its program; default the package's. */
  readonly program?: string;
  /** Folders and files below the repository's root that it is made from, beside the shared ones. */
  readonly sources: readonly string[];
  /** Cargo profile, `release` or `image-debug`. */
  readonly profile: string;
  /** Cargo features, in order; the default ones are off. */
  readonly features: readonly string[];
  /** A checkout of JerryScript to compile in place of the crate's copy. */
  readonly jerryscript?: string;
}

/** What a build of the toolkit may be told. */
export interface BuildContext {
  /** Root of the repository. */
  readonly root: string;
  /** Called with one line when a long step goes on. */
  readonly onProgress?: (line: string) => void;
  /** Runs programs; a test gives a fake. */
  readonly run?: Run;
  /** Ends it: what was built before stays as it was. */
  readonly signal?: AbortSignal;
}

/** A built program. */
export interface BuiltCrate {
  /** The ELF file as cargo left it, with its symbols. */
  readonly elf: Uint8Array;
  /** Key of the content that it was made from. */
  readonly key: string;
  /** Whether it came out of the cache. */
  readonly cached: boolean;
}

const SHARED_SOURCES = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo"];
const isSource = (path: string) => !/(^|\/)(target|node_modules|README\.md)$/.test(path);

/**
 * Gives a program for the board, out of the cache if the very same content was built before.
 *
 * The key holds the sources, the features, the profile, the engine's source, and the versions of rustc
 * and of the C compiler.
 *
 * @throws {ToolMissingError} If cargo, rustc or the C compiler is missing.
 * @throws {ToolFailedError} With the compiler's words, if the build fails.
 * @throws {EngineSourceError} If `jerryscript` is not a checkout of JerryScript.
 * @throws {InterruptedError} If the context's signal ended it.
 */
export async function buildCrate(build: CrateBuild, context: BuildContext): Promise<BuiltCrate> {
  const runner = context.run ?? run;
  const engine = build.jerryscript && resolve(build.jerryscript);
  if (engine && !exists(join(engine, "jerry-core/include/jerryscript.h"))) {
    throw new EngineSourceError(engine);
  }
  const { signal } = context;
  const versions = await toolVersions(context.root, runner).catch((error) => {
    checkInterrupted(signal, "the build");
    throw error;
  });
  const parts: (string | Uint8Array)[] = [
    ...versions,
    build.package,
    build.program ?? "",
    build.profile,
    build.features.join(),
  ];
  const add = (root: string, paths: readonly string[]) => {
    for (const path of listFiles(root, paths, isSource)) {
      parts.push(path, Deno.readFileSync(join(root, path)));
    }
  };
  add(context.root, [...SHARED_SOURCES, ...build.sources]);
  if (engine) add(engine, ["jerry-core", "jerry-math"]);
  const key = contentKey(parts);
  const kept = join(cacheFolder(), "crates", `${build.program ?? build.package}-${key}.elf`);
  if (exists(kept)) return { elf: Deno.readFileSync(kept), key, cached: true };
  checkInterrupted(signal, "the build");
  context.onProgress?.(`cargo: building ${build.program ?? build.package} (${build.profile})`);
  const elf = Deno.readFileSync(await cargoBuild(build, engine, context, runner));
  writeAtomically(kept, elf);
  return { elf, key, cached: false };
}

async function toolVersions(root: string, runner: Run): Promise<string[]> {
  const commands = [["rustc", "--version"], ["arm-none-eabi-gcc", "-dumpfullversion"]];
  const results = commands.map((command) => runChecked(command, { cwd: root }, runner));
  return (await Promise.all(results)).map(({ stdout }) => stdout.trim());
}

async function cargoBuild(
  build: CrateBuild,
  engine: string | undefined,
  context: BuildContext,
  runner: Run,
): Promise<string> {
  const { stdout } = await runChecked(
    ["rustc", "--print", "sysroot"],
    { cwd: context.root },
    runner,
  );
  const sysroot = stdout.trim();
  const target = Deno.env.get("CARGO_TARGET_DIR") ?? join(cacheFolder(), "target");
  const cargoHome = Deno.env.get("CARGO_HOME") ?? join(Deno.env.get("HOME") ?? "/root", ".cargo");
  const prebuilt = exists(join(sysroot, "lib/rustlib", TARGET, "lib"));
  // Paths of this machine must not reach the image: the same sources give the same bytes anywhere.
  const renamed = {
    [context.root]: "usbnvme",
    [cargoHome]: "cargo",
    [sysroot]: "rust",
    // Last, since it may lie inside one of the others and the last match counts.
    [target]: "target",
  };
  const flags = Object.entries(renamed).map(([from, to]) => `--remap-path-prefix=${from}=/${to}`);
  const command = ["cargo", "build", "--locked", "--package", build.package, "--target", TARGET];
  if (build.program) command.push("--bin", build.program);
  command.push("--profile", build.profile, "--no-default-features");
  if (build.features.length > 0) command.push("--features", build.features.join());
  if (!prebuilt) command.push("-Zbuild-std=core,alloc");
  command.push("--config", `target.${TARGET}.rustflags=${JSON.stringify(flags)}`);
  const env: Record<string, string> = {
    CARGO_TARGET_DIR: target,
    CARGO_TERM_COLOR: "never",
    RUSTC_BOOTSTRAP: "1",
  };
  if (engine) env.JERRYSCRIPT_SOURCE = engine;
  const onLine = (line: string) => context.onProgress?.(line.trim());
  const { signal } = context;
  await runChecked(command, { cwd: context.root, env, onLine, signal }, runner).catch((error) => {
    checkInterrupted(signal, "the build");
    throw error;
  });
  const folder = build.profile === "dev" ? "debug" : build.profile;
  return join(target, TARGET, folder, build.program ?? build.package);
}
