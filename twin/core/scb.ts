import { EXCEPTION, type ExceptionState } from "./exception_state.ts";

/** What the system control block does to the core around it. */
export interface ScbEffects {
  /** AIRCR.SYSRESETREQ was written. */
  reset(): void;
  /** CPACR was written: coprocessors 10 and 11 (the FPU) are open or not. */
  fpuAccess(open: boolean): void;
  /** VTOR was written. */
  vectorsMoved(): void;
  /** Number of the exception that runs now, 0 in thread mode. */
  current(): number;
  /** CCR bits that the CPU does not follow were set, by their names. */
  unmodelled(what: string): void;
  /** The FPU was used since the last exception entry (CONTROL.FPCA). */
  fpUsed(): boolean;
}

/** Configurable fault status bits, by their place in CFSR. @see ARM DDI 0403E.e, B3.2.15 */
export const CFSR = {
  IACCVIOL: 1 << 0,
  DACCVIOL: 1 << 1,
  MUNSTKERR: 1 << 3,
  MSTKERR: 1 << 4,
  MMARVALID: 1 << 7,
  IBUSERR: 1 << 8,
  PRECISERR: 1 << 9,
  UNSTKERR: 1 << 11,
  STKERR: 1 << 12,
  BFARVALID: 1 << 15,
  UNDEFINSTR: 1 << 16,
  INVSTATE: 1 << 17,
  INVPC: 1 << 18,
  NOCP: 1 << 19,
  UNALIGNED: 1 << 24,
  DIVBYZERO: 1 << 25,
} as const;

/** HardFault status bits. */
export const HFSR = { VECTTBL: 1 << 1, FORCED: 1 << 30, DEBUGEVT: 1 << 31 } as const;

const CCR_STKALIGN = 1 << 9;
const FPCCR_ASPEN = 1 << 31;
const FPCCR_LSPEN = 1 << 30;
const FPCCR_LSPACT = 1;

/**
 * Registers that only tell what the core is: Cortex-M7 r1p2 with double FPU, two 32 KB caches.
 *
 * @see ARM DDI 0489F (Cortex-M7 TRM), 4.1 and table 4-2; CCSIDR for 32 KB caches
 */
const IDENTITY: Readonly<Record<number, number>> = {
  0xd00: 0x411f_c272, // CPUID
  0xd40: 0x30,
  0xd44: 0x200,
  0xd48: 0x10_0000,
  0xd4c: 0,
  0xd50: 0x10_0030,
  0xd54: 0,
  0xd58: 0x0100_0000,
  0xd5c: 0,
  0xd60: 0x0110_1110,
  0xd64: 0x0211_2000,
  0xd68: 0x2023_2231,
  0xd6c: 0x0111_1131,
  0xd70: 0x0131_0132,
  0xd78: 0x0900_0003, // CLIDR
  0xd7c: 0x8303_c003, // CTR
  0xf40: 0x1011_0221, // MVFR0
  0xf44: 0x1200_0011, // MVFR1
  0xf48: 0x40, // MVFR2
};
const CCSIDR_DATA = 0xf01f_e019;
const CCSIDR_INSTRUCTION = 0xf03f_e009;

/**
 * The system control block: vector table, priorities of system exceptions, fault status, FPU
 * context control, cache identification and maintenance.
 *
 * Caches are not modelled: memory is always coherent, maintenance is accepted and does nothing.
 *
 * @see ARM DDI 0403E.e, B3.2
 */
export class Scb {
  /** Vector table's address. */
  vtor = 0;
  /** Sleep control: SLEEPONEXIT 1, SLEEPDEEP 2, SEVONPEND 4. */
  scr = 0;
  /** Configuration and control. */
  ccr: number = CCR_STKALIGN;
  /** Configurable fault status. */
  cfsr = 0;
  /** HardFault status. */
  hfsr = 0;
  /** Debug fault status. */
  dfsr = 0;
  /** MemManage fault address. */
  mmfar = 0;
  /** BusFault address. */
  bfar = 0;
  /** FPU context control, without LSPACT. */
  fpccr: number = FPCCR_ASPEN | FPCCR_LSPEN;
  /** Where the last FPU context was reserved. */
  fpcar = 0;
  /** A context is reserved, and was not yet needed by a handler. */
  lazyContext = false;
  #cpacr = 0;
  #fpdscr = 0;
  #csselr = 0;
  #cacr = 0;
  readonly #state: ExceptionState;
  readonly #effects: ScbEffects;

  /** Makes the block over the exceptions' state. */
  constructor(state: ExceptionState, effects: ScbEffects) {
    this.#state = state;
    this.#effects = effects;
  }

  /** Puts the registers to their reset values. @param vtor Vector table that the boot address gives. */
  reset(vtor: number): void {
    this.vtor = vtor;
    this.scr =
      this.cfsr =
      this.hfsr =
      this.mmfar =
      this.bfar =
      this.fpcar =
        0;
    this.ccr = CCR_STKALIGN;
    this.fpccr = FPCCR_ASPEN | FPCCR_LSPEN;
    this.lazyContext = false;
    this.#cpacr =
      this.#fpdscr =
      this.#csselr =
      this.#cacr =
        0;
    this.#effects.fpuAccess(false);
  }

  /** Whether frames are aligned to 8 bytes. */
  get stackAligned(): boolean {
    return (this.ccr & CCR_STKALIGN) !== 0;
  }

  /** Whether handlers may return to thread mode while others are active. */
  get nonBaseThread(): boolean {
    return (this.ccr & 1) !== 0;
  }

  /** Whether the FPU context is saved on exception entry at all. */
  get automaticSave(): boolean {
    return (this.fpccr & FPCCR_ASPEN) !== 0;
  }

  /** Whether lazy saving of the FPU context is chosen. */
  get lazySave(): boolean {
    return (this.fpccr & FPCCR_LSPEN) !== 0;
  }

  /** Whether CPACR lets the FPU's instructions run. */
  get fpuOpen(): boolean {
    return this.#cpacr !== 0;
  }

  #icsr(): number {
    const state = this.#state;
    const pending = state.best();
    const current = this.#effects.current();
    let value = current | pending << 12;
    if (state.activeCount <= 1) value |= 1 << 11; // RETTOBASE
    if (pending >= EXCEPTION.IRQ0) value |= 1 << 22;
    if (state.isPending(EXCEPTION.SYS_TICK)) value |= 1 << 26;
    if (state.isPending(EXCEPTION.PEND_SV)) value |= 1 << 28;
    if (state.isPending(EXCEPTION.NMI)) value |= 1 << 31;
    return value;
  }

  #writeIcsr(value: number): void {
    const state = this.#state;
    if (value & 1 << 31) state.pend(EXCEPTION.NMI);
    if (value & 1 << 28) state.pend(EXCEPTION.PEND_SV);
    if (value & 1 << 27) state.unpend(EXCEPTION.PEND_SV);
    if (value & 1 << 26) state.pend(EXCEPTION.SYS_TICK);
    if (value & 1 << 25) state.unpend(EXCEPTION.SYS_TICK);
  }

  /** SHCSR: bit by [exception, what it shows]. */
  static readonly #SHCSR: readonly (readonly [bit: number, number: number, what: string])[] = [
    [0, EXCEPTION.MEM_MANAGE, "active"],
    [1, EXCEPTION.BUS_FAULT, "active"],
    [3, EXCEPTION.USAGE_FAULT, "active"],
    [7, EXCEPTION.SV_CALL, "active"],
    [8, EXCEPTION.DEBUG_MONITOR, "active"],
    [10, EXCEPTION.PEND_SV, "active"],
    [11, EXCEPTION.SYS_TICK, "active"],
    [12, EXCEPTION.USAGE_FAULT, "pending"],
    [13, EXCEPTION.MEM_MANAGE, "pending"],
    [14, EXCEPTION.BUS_FAULT, "pending"],
    [15, EXCEPTION.SV_CALL, "pending"],
    [16, EXCEPTION.MEM_MANAGE, "enabled"],
    [17, EXCEPTION.BUS_FAULT, "enabled"],
    [18, EXCEPTION.USAGE_FAULT, "enabled"],
  ];

  #shcsr(): number {
    const state = this.#state;
    let value = 0;
    for (const [bit, number, what] of Scb.#SHCSR) {
      const on = what === "active"
        ? state.isActive(number)
        : what === "pending"
        ? state.isPending(number)
        : state.isEnabled(number);
      if (on) value |= 1 << bit;
    }
    return value;
  }

  #writeShcsr(value: number): void {
    const state = this.#state;
    for (const [bit, number, what] of Scb.#SHCSR) {
      const on = (value >>> bit & 1) === 1;
      if (what === "enabled") state.enable(number, on);
      else if (what === "pending") on ? state.pend(number) : state.unpend(number);
      else if (on !== state.isActive(number)) {
        on ? state.activate(number) : state.deactivate(number);
      }
    }
  }

  #priorities(offset: number): number {
    let value = 0;
    for (let i = 3; i >= 0; i--) value = value << 8 | this.#state.priority(offset - 0xd14 + i);
    return value;
  }

  /** Reads the word at `offset` from 0xE000E000; undefined where no register stands. */
  read(offset: number): number | undefined {
    if (IDENTITY[offset] !== undefined) return IDENTITY[offset];
    switch (offset) {
      case 0x004:
        return 4; // ICTR: lines in units of 32, less one.
      case 0x008:
        return 0; // ACTLR
      case 0xd04:
        return this.#icsr();
      case 0xd08:
        return this.vtor;
      case 0xd0c:
        return 0xfa05_0000 | this.#state.prigroup << 8;
      case 0xd10:
        return this.scr;
      case 0xd14:
        return this.ccr;
      case 0xd18:
      case 0xd1c:
      case 0xd20:
        return this.#priorities(offset);
      case 0xd24:
        return this.#shcsr();
      case 0xd28:
        return this.cfsr;
      case 0xd2c:
        return this.hfsr;
      case 0xd30:
        return this.dfsr;
      case 0xd34:
        return this.mmfar;
      case 0xd38:
        return this.bfar;
      case 0xd3c:
        return 0; // AFSR
      case 0xd80:
        return this.#csselr & 1 ? CCSIDR_INSTRUCTION : CCSIDR_DATA;
      case 0xd84:
        return this.#csselr;
      case 0xd88:
        return this.#cpacr;
      case 0xf34:
        return this.fpccr | (this.lazyContext && !this.#effects.fpUsed() ? FPCCR_LSPACT : 0);
      case 0xf38:
        return this.fpcar;
      case 0xf3c:
        return this.#fpdscr;
      case 0xf9c:
        return this.#cacr;
    }
    const isCache = offset >= 0xf50 && offset <= 0xfa8;
    return isCache ? 0 : undefined;
  }

  /** Writes the word at `offset` from 0xE000E000; false where no register stands. */
  write(offset: number, value: number): boolean {
    switch (offset) {
      case 0x008:
      case 0xd3c:
        return true;
      case 0xd04:
        this.#writeIcsr(value);
        return true;
      case 0xd08:
        this.vtor = (value & 0xffff_ff80) >>> 0;
        this.#effects.vectorsMoved();
        return true;
      case 0xd0c:
        if (value >>> 16 !== 0x05fa) return true;
        this.#state.prigroup = value >>> 8 & 7;
        if (value & 4) this.#effects.reset();
        return true;
      case 0xd10:
        this.scr = value & 0x16;
        return true;
      case 0xd14:
        this.ccr = value & 0x7_031b;
        if (value & 0x08) this.#effects.unmodelled("CCR.UNALIGN_TRP");
        if (value & 0x10) this.#effects.unmodelled("CCR.DIV_0_TRP");
        return true;
      case 0xd24:
        this.#writeShcsr(value);
        return true;
      case 0xd28:
        this.cfsr = this.cfsr & ~value;
        return true;
      case 0xd2c:
        this.hfsr = this.hfsr & ~value;
        return true;
      case 0xd30:
        this.dfsr &= ~value;
        return true;
      case 0xd34:
        this.mmfar = value >>> 0;
        return true;
      case 0xd38:
        this.bfar = value >>> 0;
        return true;
      case 0xd84:
        this.#csselr = value & 0xf;
        return true;
      case 0xd88:
        this.#cpacr = value & 0x00f0_0000;
        this.#effects.fpuAccess((this.#cpacr & 0x00f0_0000) !== 0);
        return true;
      case 0xf34:
        this.fpccr = value & (FPCCR_ASPEN | FPCCR_LSPEN);
        if (!(value & FPCCR_LSPACT)) this.lazyContext = false;
        return true;
      case 0xf38:
        this.fpcar = (value & ~7) >>> 0;
        return true;
      case 0xf3c:
        this.#fpdscr = value;
        return true;
      case 0xf9c:
        this.#cacr = value & 7;
        return true;
    }
    return offset >= 0xf50 && offset <= 0xfa8 || IDENTITY[offset] !== undefined;
  }

  /** Writes one priority byte of a system exception, SHPR1 to SHPR3. */
  writePriority(offset: number, value: number): void {
    this.#state.setPriority(offset - 0xd14, value & 0xff);
  }
}
