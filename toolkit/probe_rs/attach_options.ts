/** Where the RTT control block is: one address, or `[first, end)`. */
export type ScanRegion = number | readonly [number, number];

/**
 * Options of `attach` that this project wants wherever they exist: time stamps are its own, and a catch
 * would halt the chip at its next reset and outlive the debugger.
 */
const WANTED = [
  "--no-timestamps",
  "--no-catch-reset",
  "--no-catch-hardfault",
  "--no-catch-svc",
  "--no-catch-hlt",
];

const hex = (value: number) => `0x${value.toString(16)}`;

/**
 * Gives the arguments of `attach` for one version of probe-rs.
 *
 * Versions differ in them, so that the program's own help is asked: up to 0.31 `--rtt-scan-memory` scans
 * all RAM, and wants the path of a program, which may be an empty one; since 0.32 `--scan-region` does.
 *
 * @param help What `probe-rs attach --help` prints.
 */
export function attachArguments(help: string, scan: ScanRegion): string[] {
  const known = new Set(help.match(/--[a-z][a-z-]*/g));
  const args = WANTED.filter((option) => known.has(option));
  if (known.has("--scan-region")) {
    const region = typeof scan === "number" ? hex(scan) : `${hex(scan[0])}..${hex(scan[1])}`;
    return [...args, "--scan-region", region];
  }
  return known.has("--rtt-scan-memory") ? [...args, "--rtt-scan-memory", "/dev/null"] : args;
}
