import type { SetupHost } from "./host.ts";
import { must, SetupError, type Step } from "./step.ts";

/** The board's Rust target. */
export const TARGET = "thumbv7em-none-eabihf";

/** Reads the pinned version out of rust-toolchain.toml. */
export function pinnedRust(host: SetupHost): string {
  const text = host.readText(`${host.root}/rust-toolchain.toml`) ?? "";
  const version = /^channel\s*=\s*"([^"]+)"/m.exec(text)?.[1];
  if (!version) throw new SetupError("Cannot read rust-toolchain.toml: it names no channel");
  return version;
}

async function sysroot(host: SetupHost): Promise<string | undefined> {
  const { code, stdout } = await host.run(["rustc", "--print", "sysroot"], { cwd: host.root });
  return code === 0 ? stdout.trim() : undefined;
}

/** Where `-Zbuild-std` looks for the source of core. */
export const sourceLink = (sysroot: string) => `${sysroot}/lib/rustlib/src/rust/library`;

/** The pinned Rust toolchain. */
export const rustToolchain: Step = {
  name: "Rust toolchain",
  why: "compiles the native part and the loader",
  async missing(host) {
    return await sysroot(host) ? undefined : `Rust ${pinnedRust(host)}`;
  },
  async bring(host) {
    const version = pinnedRust(host);
    const onLine = (line: string) => host.say(`    ${line}`);
    const install = ["rustup", "toolchain", "install", version, "--profile", "minimal"];
    const result = await host.run([...install, "-c", "rustfmt", "-c", "clippy"], { onLine });
    if (result.code === 0) return;
    if (result.code === 127) {
      throw new SetupError(`Cannot find rustup: install it, then Rust ${version}`);
    }
    // The server is out of reach; another installed toolchain may be the very same version.
    const { stdout: all } = await host.run(["rustup", "toolchain", "list", "-v"]);
    for (const line of all.split("\n")) {
      const path = line.trim().split(/\s+/).at(-1) ?? "";
      const { stdout } = await host.run([`${path}/bin/rustc`, "--version"]);
      if (!stdout.startsWith(`rustc ${version} `)) continue;
      const triple = path.split("/").at(-1)?.replace(/^[^-]+-/, "");
      host.say(`    ${path} is Rust ${version}: linking it under that name`);
      host.link(path, path.replace(/[^/]+$/, `${version}-${triple}`));
      return;
    }
    throw new SetupError(`Cannot get Rust ${version}\n${result.stderr.trim()}`);
  },
};

/** The board's target: prebuilt by rustup where that is reachable, else core's source. */
export const rustTarget: Step = {
  name: "Rust target",
  why: `core and alloc for ${TARGET}`,
  async missing(host) {
    const root = await sysroot(host);
    if (!root) return `core for ${TARGET}`;
    if (host.exists(`${root}/lib/rustlib/${TARGET}/lib`)) return undefined;
    if (host.exists(`${sourceLink(root)}/core/src/lib.rs`)) return undefined;
    return `core for ${TARGET}`;
  },
  async bring(host) {
    const root = await sysroot(host);
    if (!root) throw new SetupError("Cannot find rustc, which the step before should have brought");
    const version = pinnedRust(host);
    const added = await host.run(["rustup", "target", "add", TARGET], { cwd: host.root });
    if (added.code === 0 && host.exists(`${root}/lib/rustlib/${TARGET}/lib`)) return;
    host.say(
      `    rustup cannot add it here: taking core's source from Debian's rust-src ${version}`,
    );
    const library = `${host.cache}/rust-src/${version}/library`;
    if (!host.exists(`${library}/core/src/lib.rs`)) await fetchSource(host, version, library);
    host.link(library, sourceLink(root));
  },
};

/**
 * Finds the address of the Debian archive in the system's own apt sources.
 *
 * @throws {SetupError} If there is none.
 */
export function debianArchive(host: SetupHost): string {
  const folder = "/etc/apt/sources.list.d";
  const files = ["/etc/apt/sources.list", ...host.list(folder).map((name) => `${folder}/${name}`)];
  const texts = files.map((path) => host.readText(path) ?? "");
  for (const line of texts.flatMap((text) => text.split("\n"))) {
    const address = /^(?:URIs:|deb(?:\s+\[[^\]]*\])?)\s+(\S+\/debian)\/?(?:\s|$)/.exec(line)?.[1];
    if (address) return address;
  }
  throw new SetupError("Cannot find a Debian archive in /etc/apt");
}

/** Fetches Debian's rust-src with a package list of its own, so that the system's apt stays as it is. */
async function fetchSource(host: SetupHost, version: string, library: string): Promise<void> {
  const work = `${host.cache}/rust-src/fetch`;
  host.remove(work);
  for (const name of ["lists/partial", "cache/archives/partial", "unpacked"]) {
    host.makeFolder(`${work}/${name}`);
  }
  const suite = "trixie-backports";
  const signed = "signed-by=/usr/share/keyrings/debian-archive-keyring.gpg";
  host.writeText(
    `${work}/sources.list`,
    `deb [${signed}] ${debianArchive(host)} ${suite} main\n`,
  );
  const apt = ["apt-get", "-q"];
  const set = {
    "Dir::Etc::SourceList": `${work}/sources.list`,
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::State::Lists": `${work}/lists`,
    "Dir::Cache": `${work}/cache`,
    "APT::Sandbox::User": "root",
  };
  for (const [key, value] of Object.entries(set)) apt.push("-o", `${key}=${value}`);
  const onLine = (line: string) => host.say(`    ${line}`);
  await must(host, [...apt, "update"], { onLine });
  const madison = ["apt-cache", ...apt.slice(2), "madison", "rust-src"];
  const exact = (await must(host, madison)).split("\n")
    .map((line) => line.split("|")[1]?.trim() ?? "")
    .find((found) => found.startsWith(`${version}+`) || found.startsWith(`${version}-`));
  if (!exact) {
    throw new SetupError(
      `Cannot find rust-src ${version} in ${suite}: change the channel in rust-toolchain.toml`,
    );
  }
  await must(host, [...apt, "download", `rust-src=${exact}`], { cwd: work, onLine });
  const archive = host.list(work).find((name) => name.endsWith(".deb"));
  await must(host, ["dpkg", "-x", `${work}/${archive}`, `${work}/unpacked`]);
  host.remove(library);
  host.makeFolder(library.replace(/\/[^/]+$/, ""));
  host.move(`${work}/unpacked/usr/src/rustc-${version}/library`, library);
  host.remove(work);
}
