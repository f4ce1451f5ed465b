import { join } from "node:path";
import { checkFirmware } from "../../toolkit/check_firmware.ts";
import { cacheFolder, exists } from "../../toolkit/cache.ts";
import { stale } from "../generate.ts";
import { sourceLink, TARGET } from "../setup/rust.ts";
import type { Check } from "./check.ts";
import { cargoCounts, denoCounts } from "./counts.ts";

/** Files whose documentation is checked: what others import. */
const PUBLIC_ENTRIES = ["mod.ts"];

/** Folders with tests that need no other program beside the set-up's. */
const UNIT_FOLDERS = ["chip", "wire", "firmware_ts", "toolkit", "cli", "tasks", "twin"];
const UNIT_TESTS = [...UNIT_FOLDERS, "tests/support", "tests/vectors"];
const SLOW_TESTS = ["tests/peers", "tests/e2e"];

const there = (root: string, paths: readonly string[]) =>
  paths.filter((path) => exists(join(root, path)));

/** All of the gate, in the order in which a fault is found soonest. */
export function gateChecks(root: string): Check[] {
  const deno = Deno.execPath();
  const cargoEnv = {
    CARGO_TARGET_DIR: Deno.env.get("CARGO_TARGET_DIR") ?? cacheFolder() + "/target",
  };
  const cargo = (...args: string[]): Pick<Check, "command" | "env"> => ({
    command: ["cargo", ...args],
    env: cargoEnv,
  });
  return [
    { name: "format", command: [deno, "fmt", "--check", "--quiet"] },
    { name: "lint", command: [deno, "lint", "--quiet"] },
    {
      name: "types",
      command: [deno, "check", "--quiet", ...there(root, ["mod.ts", ...UNIT_FOLDERS, "tests"])],
    },
    {
      name: "types of the firmware",
      run: () => {
        checkFirmware(root);
        return Promise.resolve("");
      },
    },
    { name: "layers", command: [deno, "run", "-A", "tasks/check_layers.ts"] },
    { name: "documentation", command: [deno, "doc", "--lint", ...PUBLIC_ENTRIES] },
    { name: "generated files", run: () => generatedAreFresh(root) },
    { name: "cargo format", ...cargo("fmt", "--all", "--check") },
    {
      name: "cargo clippy",
      ...cargo("clippy", "--locked", "--all-targets", "--", "-D", "warnings"),
    },
    clippyForTheBoard(cargoEnv),
    { name: "cargo tests", ...cargo("test", "--locked", "--no-fail-fast"), counts: cargoCounts },
    {
      name: "unit tests",
      command: [deno, "test", "-A", "--quiet", ...there(root, UNIT_TESTS)],
      counts: denoCounts,
    },
    {
      name: "twin tests",
      command: [deno, "test", "-A", "--quiet", ...there(root, ["tests/twin"])],
      counts: denoCounts,
    },
  ];
}

/** What `deno task test` runs beyond the gate; the stock probe-rs is a check of its own. */
export function slowChecks(root: string): Check[] {
  const tests = (name: string, folders: readonly string[]): Check => ({
    name,
    command: [Deno.execPath(), "test", "-A", ...there(root, folders)],
    counts: denoCounts,
  });
  return [tests("end-to-end tests", SLOW_TESTS), tests("probe-rs tests", ["tests/probe_rs"])];
}

async function generatedAreFresh(root: string): Promise<string> {
  const files = await stale(root);
  if (files.length === 0) return "";
  const names = files.map(({ path }) => path).join(", ");
  throw new Error(`stale: ${names}; run \`deno task generate\``);
}

/** Lints the programs for the board, which only compile for its target. */
function clippyForTheBoard(env: Record<string, string>): Check {
  const args = ["clippy", "--locked", "--release", "--target", TARGET];
  args.push(
    "--package",
    "usbnvme-firmware",
    "--package",
    "xspiloader",
    "--package",
    "xspiloader-algorithm",
    "--package",
    "twin-test-firmware",
  );
  const { stdout } = new Deno.Command("rustc", { args: ["--print", "sysroot"] }).outputSync();
  const sysroot = new TextDecoder().decode(stdout).trim();
  if (exists(`${sourceLink(sysroot)}/core/src/lib.rs`)) args.push("-Zbuild-std=core,alloc");
  return {
    name: "cargo clippy for the board",
    command: ["cargo", ...args, "--", "-D", "warnings"],
    env: { ...env, RUSTC_BOOTSTRAP: "1" },
  };
}
