import { type Cpu, REG } from "../cpu/cpu.ts";

/** DCRSR's numbers beyond those that are the same in {@link REG}. @see ARM DDI 0403E.e, C1.6.3 */
const MASKS = 20;
const FPSCR = 33;
const S0 = 64;
const LAST_S = 95;

/** Gives a core register by DCRSR's numbering; what it does not name is 0. */
export function readCoreRegister(cpu: Cpu, selector: number): number {
  if (selector <= REG.PSP) return cpu.get(selector);
  if (selector === FPSCR) return cpu.get(REG.FPSCR);
  if (selector >= S0 && selector <= LAST_S) return cpu.get(REG.S0 + selector - S0);
  if (selector !== MASKS) return 0;
  return (cpu.get(REG.CONTROL) << 24 | cpu.get(REG.FAULTMASK) << 16 |
    cpu.get(REG.BASEPRI) << 8 | cpu.get(REG.PRIMASK)) >>> 0;
}

/** Sets a core register by DCRSR's numbering. */
export function writeCoreRegister(cpu: Cpu, selector: number, value: number): void {
  if (selector === REG.PC) cpu.set(REG.PC, (value & ~1) >>> 0);
  else if (selector <= REG.PSP) cpu.set(selector, value);
  else if (selector === FPSCR) cpu.set(REG.FPSCR, value);
  else if (selector >= S0 && selector <= LAST_S) cpu.set(REG.S0 + selector - S0, value);
  else if (selector === MASKS) {
    cpu.set(REG.PRIMASK, value & 1);
    cpu.set(REG.BASEPRI, value >>> 8 & 0xff);
    cpu.set(REG.FAULTMASK, value >>> 16 & 1);
    cpu.set(REG.CONTROL, value >>> 24 & 7);
  }
}

/** Puts the registers to their reset values: privileged thread mode on the main stack. */
export function resetCoreRegisters(cpu: Cpu): void {
  const thumb = 1 << 24;
  for (const mask of [REG.FAULTMASK, REG.PRIMASK, REG.BASEPRI]) cpu.set(mask, 0);
  // nPRIV can be cleared in handler mode only, SPSEL in thread mode only, masks when privileged.
  cpu.set(REG.XPSR, thumb | 3);
  cpu.set(REG.CONTROL, 0);
  cpu.set(REG.XPSR, thumb);
  cpu.set(REG.CONTROL, 0);
  for (const mask of [REG.FAULTMASK, REG.PRIMASK, REG.BASEPRI, REG.PSP]) cpu.set(mask, 0);
  for (let i = 0; i < 13; i++) cpu.set(i, 0);
  cpu.set(REG.LR, 0xffff_ffff);
}
