import { join } from "node:path";
import { cacheFolder } from "../cache.ts";
import { ToolMissingError } from "../errors.ts";
import { type Run, run as runProcess } from "../process.ts";
import { probeRsEnvironment } from "./environment.ts";
import { NotProbeRsError, ProbeRsMissingError, ProbeRsVersionError } from "./errors.ts";
import { ProbeRs, type Remote } from "./probe_rs.ts";
import { atLeast, MINIMUM_VERSION, parseVersion } from "./version.ts";

/** How to find probe-rs. */
export interface FindOptions {
  /** The program, as `--probe-rs` or `USBNVME_PROBE_RS` name it; else PATH and the cache are searched. */
  readonly path?: string;
  /** Runs programs; tests give their own. */
  readonly run?: Run;
  /** Looks an environment variable up. */
  readonly env?: (name: string) => string | undefined;
  /** A probe-rs server that has the probes. */
  readonly remote?: Remote;
}

/** Where `deno task setup --probe-rs` puts probe-rs. */
export function cachedProbeRs(env?: (name: string) => string | undefined): string {
  return join(cacheFolder(env), "probe-rs/bin/probe-rs");
}

/**
 * Finds probe-rs: the path that is given, else `USBNVME_PROBE_RS`, else PATH, else the project's cache.
 *
 * A path that is given is the only place that is looked at.
 *
 * @throws {ProbeRsMissingError} If there is none, with the places.
 * @throws {ProbeRsVersionError} If it is too old.
 * @throws {NotProbeRsError} If it does not answer as probe-rs does.
 */
export async function findProbeRs(options: FindOptions = {}): Promise<ProbeRs> {
  const { run = runProcess, env = (name) => Deno.env.get(name), remote } = options;
  const given = options.path ?? env("USBNVME_PROBE_RS");
  const places = given ? [given] : ["probe-rs", cachedProbeRs(env)];
  for (const path of places) {
    const text = await askVersion(path, run, env);
    if (text === undefined) continue;
    const version = parseVersion(text);
    if (!version) throw new NotProbeRsError(path, text);
    if (!atLeast(version, MINIMUM_VERSION)) {
      throw new ProbeRsVersionError(path, text, MINIMUM_VERSION.join("."));
    }
    return new ProbeRs({ path, version, run, env, remote });
  }
  throw new ProbeRsMissingError(places.map((place) => place === "probe-rs" ? "PATH" : place));
}

/** Asks a program for its version; `undefined` if there is no such program. */
async function askVersion(
  path: string,
  run: Run,
  env: (name: string) => string | undefined,
): Promise<string | undefined> {
  const options = { env: probeRsEnvironment(env), clearEnv: true };
  try {
    const { stdout, stderr, code } = await run([path, "mi", "meta"], options);
    const version = code === 0 ? versionOf(stdout) : undefined;
    if (version !== undefined) return version;
    // Before there was `mi meta`, only this told the version.
    const plain = await run([path, "--version"], options);
    const old = /^probe-rs(?:-tools)? (\d+\.\d+\.\d+\S*)/.exec(plain.stdout)?.[1];
    if (old !== undefined) return old;
    throw new NotProbeRsError(path, `${stderr}${stdout}`.trim().split("\n")[0]);
  } catch (error) {
    if (error instanceof ToolMissingError) return undefined;
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new NotProbeRsError(path, "permission denied");
    }
    throw error;
  }
}

function versionOf(json: string): string | undefined {
  try {
    const meta: unknown = JSON.parse(json);
    if (typeof meta !== "object" || meta === null || !("version" in meta)) return undefined;
    return typeof meta.version === "string" ? meta.version : undefined;
  } catch {
    return undefined;
  }
}
