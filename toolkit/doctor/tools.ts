import { join } from "node:path";
import { TARGET } from "../cargo.ts";
import { exists } from "../cache.ts";
import { cachedChipFile } from "../boards/chip_file_cache.ts";
import { ToolkitError, ToolMissingError } from "../errors.ts";
import { findProbeRs } from "../probe_rs/find.ts";
import { PINNED_PROBE_RS } from "../probe_rs/pinned.ts";
import type { ProbeRs } from "../probe_rs/probe_rs.ts";
import { atLeast, parseVersion, type Version } from "../probe_rs/version.ts";
import { type Finding, fromSetup, type Machine } from "./finding.ts";

const MINIMUM_DENO: Version = [2, 9, 0];

/** Asks a program for a line; `undefined` if there is none, or it fails. */
async function ask(
  { run, repository }: Machine,
  command: readonly string[],
): Promise<string | undefined> {
  try {
    const { code, stdout } = await run(command, { cwd: repository });
    return code === 0 ? stdout.trim().split("\n")[0] : undefined;
  } catch (error) {
    if (error instanceof ToolMissingError) return undefined;
    throw error;
  }
}

/** Looks at Deno, Rust and the compilers: what a build needs. */
export async function buildTools(machine: Machine): Promise<Finding[]> {
  const { repository, denoVersion } = machine;
  const deno = parseVersion(denoVersion);
  const isNew = deno !== undefined && atLeast(deno, MINIMUM_DENO);
  const pinned = /^channel\s*=\s*"([^"]+)"/m
    .exec(Deno.readTextFileSync(join(repository, "rust-toolchain.toml")))?.[1] ?? "";
  const rustc = await ask(machine, ["rustc", "--version"]);
  const cargo = await ask(machine, ["cargo", "--version"]);
  const sysroot = await ask(machine, ["rustc", "--print", "sysroot"]);
  const core = sysroot === undefined
    ? undefined
    : [`lib/rustlib/${TARGET}/lib`, "lib/rustlib/src/rust/library/core/src/lib.rs"]
      .map((path) => join(sysroot, path)).find(exists);
  // Set-up has rustup bring the toolchain, but does not bring rustup.
  const rustup = await ask(machine, ["rustup", "--version"]) ? [] : ["install rustup"];
  const gcc = await ask(machine, ["arm-none-eabi-gcc", "-dumpversion"]);
  return [
    isNew ? { name: "Deno", state: "ok", told: denoVersion } : {
      name: "Deno",
      state: "bad",
      told: `${denoVersion}, older than ${MINIMUM_DENO.join(".")}`,
      remedy: ["npx -y deno@2.9 task usbnvme …"],
    },
    fromSetup(
      "Rust",
      rustc?.startsWith(`rustc ${pinned} `) ? rustc : undefined,
      rustc === undefined ? `no rustc; ${pinned} is wanted` : `${rustc}, not ${pinned}`,
      rustup,
    ),
    fromSetup("cargo", cargo, "there is none", rustup),
    fromSetup("Rust target", core && `${TARGET}, from ${core}`, `no core for ${TARGET}`),
    fromSetup("C compiler", gcc && `arm-none-eabi-gcc ${gcc}`, "no arm-none-eabi-gcc"),
  ];
}

/** Looks at probe-rs and the chip file: what work on boards needs. */
export async function probeTools(
  machine: Machine,
  path?: string,
): Promise<{ findings: Finding[]; probeRs?: ProbeRs; chipFile?: string }> {
  const findings: Finding[] = [];
  const remedy = ["deno task setup --probe-rs"];
  let probeRs: ProbeRs | undefined;
  let chipFile: string | undefined;
  try {
    probeRs = await findProbeRs({ path, run: machine.run, env: machine.env });
    const version = probeRs.version.join(".");
    const tested = version === PINNED_PROBE_RS.version;
    findings.push({
      name: "probe-rs",
      state: tested ? "ok" : "note",
      told: `${version}, ${probeRs.path}${tested ? "" : `; tested is ${PINNED_PROBE_RS.version}`}`,
      remedy: tested ? undefined : remedy,
    });
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    findings.push({ name: "probe-rs", state: "bad", told: error.message, remedy });
  }
  try {
    chipFile = await cachedChipFile({ run: machine.run, env: machine.env });
    findings.push({ name: "chip file", state: "ok", told: chipFile });
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    const remedy = ["deno task chip-file"];
    findings.push({ name: "chip file", state: "bad", told: error.message, remedy });
  }
  return { findings, probeRs, chipFile };
}
