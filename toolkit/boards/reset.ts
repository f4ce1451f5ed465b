import { CORE_DEBUG } from "../../chip/debug.ts";
import type { CallOptions } from "../probe_rs/probe_rs.ts";
import type { Board } from "./board.ts";

/**
 * Resets a board, and leaves it running.
 *
 * A debugger that was ended by force leaves the catch of the reset vector set, and probe-rs's own reset
 * then leaves the core halted there without a word: so the catch is cleared first.
 */
export async function resetBoard(
  { probeRs, target }: Board,
  options: CallOptions = {},
): Promise<void> {
  const { DEMCR, TRCENA } = CORE_DEBUG;
  // Under reset probe-rs sets its own catch, and clears it again.
  if (!options.underReset) await probeRs.write32(target, DEMCR, [TRCENA], options);
  await probeRs.reset(target, options);
}

/** Resets a board, and leaves it halted at the first instruction of what it would boot. */
export async function haltBoard(
  { probeRs, target }: Board,
  options: CallOptions = {},
): Promise<void> {
  const { DEMCR, TRCENA, VC_CORERESET } = CORE_DEBUG;
  await probeRs.write32(target, DEMCR, [TRCENA | VC_CORERESET], options);
  // A connection under reset would clear the catch at its end.
  await probeRs.reset(target, { ...options, underReset: false });
}
