import { PINNED_PROBE_RS } from "./pinned.ts";

/** Targets of a BMC that a static probe-rs is made for. */
export const STATIC_TARGETS = [
  "armv7-unknown-linux-musleabihf",
  "aarch64-unknown-linux-musl",
  "arm-unknown-linux-musleabi",
  "x86_64-unknown-linux-musl",
] as const;

/** One of {@link STATIC_TARGETS}. */
export type StaticTarget = (typeof STATIC_TARGETS)[number];

/** Python packages that bring a C compiler and linker for all these targets, both MIT. */
export const ZIG_PACKAGES = ["ziglang==0.17.1", "cargo-zigbuild==0.24.0"] as const;

/** What the build stands on. */
export interface StaticBuildOptions {
  readonly target: StaticTarget;
  /** Folder whose `bin` gets the program. */
  readonly out: string;
  /** Whether rustup has the target's standard library; else it is compiled from rust-src. */
  readonly hasStd: boolean;
}

/** A command line and the variables that it wants. */
export interface StaticBuild {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Gives cargo's command line for a static probe-rs: one file without libraries, for a BMC's small Linux.
 *
 * Of C there is only a disassembler; zig compiles that, brings musl, and links. No udev, no libusb.
 */
export function staticBuild({ target, out, hasStd }: StaticBuildOptions): StaticBuild {
  const { crate, version } = PINNED_PROBE_RS;
  const command = ["cargo-zigbuild", "install", crate, "--locked", "--version", version];
  command.push("--bin", "probe-rs", "--features", "remote", "--target", target, "--root", out);
  const env: Record<string, string> = {
    CARGO_PROFILE_RELEASE_STRIP: "true",
    CARGO_PROFILE_RELEASE_OPT_LEVEL: "s",
  };
  if (!hasStd) {
    command.push("-Zbuild-std=std,panic_abort");
    env.RUSTC_BOOTSTRAP = "1";
    // rustup's start-up files come with its library; zig has its own.
    env[`CARGO_TARGET_${target.toUpperCase().replaceAll("-", "_")}_RUSTFLAGS`] =
      "-Clink-self-contained=no";
  }
  return { command, env };
}

/** Writes a build as lines for a shell. */
export function shellLines({ command, env }: StaticBuild): string[] {
  const quote = (text: string) =>
    /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  return [
    ...Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}`),
    command.map(quote).join(" "),
  ];
}
