/** DHCSR bits. */
export const DHCSR = {
  C_DEBUGEN: 1,
  C_HALT: 2,
  C_STEP: 4,
  C_MASKINTS: 8,
  S_REGRDY: 1 << 16,
  S_HALT: 1 << 17,
  S_SLEEP: 1 << 18,
  S_LOCKUP: 1 << 19,
  S_RETIRE_ST: 1 << 24,
  S_RESET_ST: 1 << 25,
} as const;

/** DFSR bits. */
export const DFSR = { HALTED: 1, BKPT: 2, DWTTRAP: 4, VCATCH: 8, EXTERNAL: 16 } as const;

/** DEMCR bits that catch a vector. */
export const DEMCR = {
  VC_CORERESET: 1,
  VC_MMERR: 1 << 4,
  VC_NOCPERR: 1 << 5,
  VC_CHKERR: 1 << 6,
  VC_STATERR: 1 << 7,
  VC_BUSERR: 1 << 8,
  VC_HARDERR: 1 << 10,
  TRCENA: 1 << 24,
} as const;

/** What a debugger's registers can do to the core. */
export interface DebugControl {
  /** Whether the core stands still, sleeps or is locked up, and the instructions done so far. */
  state(): { halted: boolean; sleeping: boolean; lockup: boolean; retired: number };
  /** Halts the core. */
  halt(): void;
  /** Lets it run; with `step` for one instruction. */
  resume(step: boolean, maskInterrupts: boolean): void;
  /** Gives a core register by DCRSR's numbering. */
  readRegister(selector: number): number;
  /** Sets one. */
  writeRegister(selector: number, value: number): void;
}

/**
 * The core debug registers, 0xE000EDF0 to 0xE000EDFF, as both the core and a debugger see them.
 *
 * The core cannot enable halting debug: only a debugger's write sets C_DEBUGEN.
 *
 * @see ARM DDI 0403E.e, C1.6
 */
export class DebugRegisters {
  readonly #control: DebugControl;
  #dhcsr = 0;
  #dcrdr = 0;
  /** Exception catch and trace enable. */
  demcr = 0;
  #resetSeen = true;
  #retired = 0;

  /** Makes the registers of a core that `control` halts and steps. */
  constructor(control: DebugControl) {
    this.#control = control;
  }

  /** Whether the debugger wants one instruction only. */
  get stepWanted(): boolean {
    return (this.#dhcsr & DHCSR.C_STEP) !== 0;
  }

  /** Whether a debugger has enabled halting debug. */
  get enabled(): boolean {
    return (this.#dhcsr & DHCSR.C_DEBUGEN) !== 0;
  }

  /** A power-on clears all; another reset ends a halt and leaves what else a debugger has set. */
  reset(powerOn: boolean): void {
    this.#resetSeen = true;
    this.#dhcsr &= DHCSR.C_DEBUGEN;
    if (!powerOn) return;
    this.#dhcsr = this.#dcrdr = this.demcr = 0;
  }

  /** Reads the word at `offset` from 0xE000EDF0. */
  read(offset: number): number {
    switch (offset) {
      case 0:
        return this.#status();
      case 8:
        return this.#dcrdr;
      case 0xc:
        return this.demcr;
      default:
        return 0;
    }
  }

  #status(): number {
    const { halted, sleeping, lockup, retired } = this.#control.state();
    let value = (this.#dhcsr & 0xf) | DHCSR.S_REGRDY;
    if (retired !== this.#retired) value |= DHCSR.S_RETIRE_ST;
    this.#retired = retired;
    if (halted) value |= DHCSR.S_HALT;
    if (sleeping) value |= DHCSR.S_SLEEP;
    if (lockup && !halted) value |= DHCSR.S_LOCKUP;
    if (this.#resetSeen) value |= DHCSR.S_RESET_ST;
    this.#resetSeen = false;
    return value >>> 0;
  }

  /** Writes the word at `offset` from 0xE000EDF0. @param debugger Whether a debugger writes it. */
  write(offset: number, value: number, fromDebugger: boolean): void {
    switch (offset) {
      case 0:
        if (fromDebugger && value >>> 16 === 0xa05f) this.#writeDhcsr(value & 0xf);
        break;
      case 4:
        if (fromDebugger) this.#transfer(value);
        break;
      case 8:
        this.#dcrdr = value >>> 0;
        break;
      case 0xc:
        this.demcr = value & 0x010f_07f1;
        break;
    }
  }

  #writeDhcsr(value: number): void {
    this.#dhcsr = value;
    if (!(value & DHCSR.C_DEBUGEN)) return this.#control.resume(false, false);
    if (value & DHCSR.C_HALT) return this.#control.halt();
    this.#control.resume((value & DHCSR.C_STEP) !== 0, (value & DHCSR.C_MASKINTS) !== 0);
  }

  #transfer(value: number): void {
    const selector = value & 0x7f;
    if (value & 1 << 16) this.#control.writeRegister(selector, this.#dcrdr);
    else this.#dcrdr = this.#control.readRegister(selector) >>> 0;
  }

  /** Shows that the core was halted by an event. */
  markHalted(): void {
    this.#dhcsr |= DHCSR.C_HALT;
  }
}
