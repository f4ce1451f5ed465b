import { DEBUG_CHIP } from "../../chip/debug.ts";
import type { ProbeRs, Target } from "../probe_rs/probe_rs.ts";
import { lockProbe, type ProbeLock } from "./lock.ts";
import type { Probe } from "./probe.ts";

/** A board that commands can work on: a probe, and what probe-rs needs to talk through it. */
export interface Board {
  /** The probe. */
  readonly probe: Probe;
  /** The chip behind it. */
  readonly target: Target;
  /** The probe-rs that talks to it. */
  readonly probeRs: ProbeRs;
}

/** What a board is made of. */
export interface BoardOptions {
  readonly probeRs: ProbeRs;
  /** Absolute path of the chip file. */
  readonly chipFile: string;
  /** Speed of the debug wire in kHz. */
  readonly speedKhz?: number;
}

/** Makes the board behind a probe. Nothing is touched yet. */
export function boardOf(probe: Probe, { probeRs, chipFile, speedKhz }: BoardOptions): Board {
  const target = { probe: probe.selector, chipFile, chip: DEBUG_CHIP.name, speedKhz };
  return { probe, target, probeRs };
}

/** Gives the shortest name of a board that tells it from others: its alias, else its serial or selector. */
export function boardName({ probe }: Pick<Board, "probe">): string {
  return probe.alias ?? probe.serial ??
    (probe.selector.startsWith("20b7:") ? probe.selector.slice(10) : probe.selector);
}

/**
 * Takes the lock of a board's probe.
 *
 * @param command What holds it, for whoever comes second.
 * @throws {ProbeLockedError} If another command has it.
 */
export function lockBoard({ probe, probeRs }: Board, command: string, folder?: string): ProbeLock {
  const where = probeRs.remote ? `${probeRs.remote.host} ${probe.selector}` : probe.selector;
  return lockProbe(where, { command, folder });
}
