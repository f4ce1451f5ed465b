/** Where an instruction stands in an IT block. */
export interface ItStep {
  /** Whether it is executed. */
  readonly executes: boolean;
  /** xPSR behind it. */
  readonly xpsr: number;
}

/**
 * Passes one instruction of an IT block; outside of one it executes and changes nothing.
 *
 * @param xpsr Flags, and ITSTATE in bits 26..25 and 15..10.
 * @see ARMv7-M, A7.3.3 (ITSTATE) and A7.3.1 (conditions)
 */
export function passIt(xpsr: number): ItStep {
  const state = xpsr >>> 25 & 3 | xpsr >>> 8 & 0xfc;
  if ((state & 0xf) === 0) return { executes: true, xpsr };
  const next = (state & 7) === 0 ? 0 : state & 0xe0 | state << 1 & 0x1f;
  return {
    executes: holds(state >>> 4, xpsr),
    xpsr: (xpsr & ~0x0600fc00 | (next & 3) << 25 | (next & 0xfc) << 8) >>> 0,
  };
}

function holds(condition: number, xpsr: number): boolean {
  const [n, z, c, v] = [31, 30, 29, 28].map((bit) => (xpsr >>> bit & 1) === 1);
  const even = [z, c, n, v, c && !z, n === v, n === v && !z, true][condition >>> 1];
  return (condition & 1) === 1 && condition !== 15 ? !even : even;
}
