/** The stock probe-rs that the project installs and tests with. */
export const PINNED_PROBE_RS = {
  crate: "probe-rs-tools",
  version: "0.32.0",
  /** Crates that cargo compiles for it, for a progress that tells how far it is. */
  crates: 366,
} as const;

/**
 * Variables for cargo's quick build: a fifth of a release's time, and quick enough to flash with.
 *
 * Debug assertions must be off: with them this version does not start, since two of its options collide.
 */
export const QUICK_BUILD = {
  CARGO_PROFILE_DEV_DEBUG: "0",
  CARGO_PROFILE_DEV_DEBUG_ASSERTIONS: "false",
  CARGO_PROFILE_DEV_OVERFLOW_CHECKS: "false",
} as const;

/**
 * Gives cargo's command line that installs it.
 *
 * @param root Folder whose `bin` gets the program.
 */
export function installCommand(root: string): string[] {
  const { crate, version } = PINNED_PROBE_RS;
  const command = ["cargo", "install", crate, "--locked", "--version", version];
  return [...command, "--debug", "--features", "remote", "--root", root];
}
