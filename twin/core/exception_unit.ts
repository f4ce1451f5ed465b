import { type Cpu, REG } from "../cpu/cpu.ts";
import type { MemoryMap } from "../memory/memory_map.ts";
import { EXCEPTION, type ExceptionState } from "./exception_state.ts";
import { CFSR, HFSR, type Scb } from "./scb.ts";

const XPSR_THUMB = 1 << 24;
const XPSR_FLAGS = 0xf80f_0000;
const XPSR_ALIGNED = 1 << 9;
const XPSR_NUMBER = 0x1ff;
const CONTROL_NPRIV = 1;
const CONTROL_SPSEL = 2;
const CONTROL_FPCA = 4;
const BASIC_FRAME_BYTES = 0x20;
const EXTENDED_FRAME_BYTES = 0x68;
/** EXC_RETURN bits. */
const RETURN_PSP = 4;
const RETURN_BASIC = 0x10;
const RETURN_THREAD = 8;

/** Why the core cannot go on. */
export interface Lockup {
  /** What happened, as text. */
  readonly reason: string;
  /** Where. */
  readonly pc: number;
}

/**
 * Exception entry, return and escalation, done on a {@link Cpu} from outside.
 *
 * @see ARM DDI 0403E.e, B1.5
 */
export class ExceptionUnit {
  readonly #cpu: Cpu;
  readonly #memory: MemoryMap;
  readonly #state: ExceptionState;
  readonly #scb: Scb;
  /** The event register of WFE. */
  event = false;
  /** Set when the core has locked up. */
  lockup: Lockup | undefined;
  /** Entries and returns since power-on, for costs. */
  transitions = 0;
  /** The last fault that was taken, as text, for a report. */
  lastFault = "";

  constructor(cpu: Cpu, memory: MemoryMap, state: ExceptionState, scb: Scb) {
    this.#cpu = cpu;
    this.#memory = memory;
    this.#state = state;
    this.#scb = scb;
  }

  /** Number of the exception that runs, 0 in thread mode. */
  get current(): number {
    return this.#cpu.get(REG.XPSR) & XPSR_NUMBER;
  }

  /** Priority that an exception must beat now. @param ignorePrimask As the wake-up rule of WFI does. */
  executionPriority(ignorePrimask = false): number {
    const cpu = this.#cpu;
    return this.#state.executionPriority(
      ignorePrimask ? 0 : cpu.get(REG.PRIMASK),
      cpu.get(REG.BASEPRI),
      cpu.get(REG.FAULTMASK),
    );
  }

  /** Whether a pending exception would be taken, or would be but for PRIMASK. */
  wouldWake(): boolean {
    const best = this.#state.best();
    return best !== 0 && this.#state.groupPriority(best) < this.executionPriority(true);
  }

  /**
   * Takes the pending exception that may be taken now, if there is one.
   *
   * @returns `taken`; `masked` if only PRIMASK, BASEPRI or FAULTMASK holds one back, so that an
   * instruction may let it in at any moment; `none`.
   */
  take(): "taken" | "masked" | "none" {
    const best = this.#state.best();
    if (best === 0) return "none";
    const priority = this.#state.groupPriority(best);
    if (priority >= this.#state.activePriority()) return "none";
    if (priority >= this.executionPriority()) return "masked";
    this.#enter(best);
    return "taken";
  }

  /** Enters an exception from what the core does now. */
  #enter(number: number): void {
    const cpu = this.#cpu;
    const xpsr = cpu.get(REG.XPSR);
    const control = cpu.get(REG.CONTROL);
    const handler = (xpsr & XPSR_NUMBER) !== 0;
    const psp = !handler && (control & CONTROL_SPSEL) !== 0;
    const extended = this.#scb.automaticSave && (control & CONTROL_FPCA) !== 0;
    const stacked = this.#push(xpsr, extended);
    this.#enterHandlerMode(xpsr, control, psp);
    const link = 0xffff_ffe1 | (handler ? 0 : RETURN_THREAD) | (psp ? RETURN_PSP : 0) |
      (extended ? 0 : RETURN_BASIC);
    if (stacked) this.#start(number, link);
    else this.#startDerived(number, link);
  }

  /** The frame could not be saved: a fault runs first, on the stack as it is, and what came waits. */
  #startDerived(number: number, link: number): void {
    const state = this.#state;
    const { BUS_FAULT, HARD_FAULT } = EXCEPTION;
    const priority = Math.min(this.executionPriority(), state.groupPriority(number));
    this.#scb.cfsr |= CFSR.STKERR;
    this.lastFault = `stack cannot be written at 0x${this.#cpu.get(REG.MSP).toString(16)}`;
    if (number > HARD_FAULT) state.pend(number);
    if (state.isEnabled(BUS_FAULT) && state.groupPriority(BUS_FAULT) < priority) {
      return this.#start(BUS_FAULT, link);
    }
    this.#scb.hfsr |= HFSR.FORCED;
    if (this.executionPriority() <= -1) return this.#lockUp(this.lastFault);
    this.#start(HARD_FAULT, link);
  }

  /** Saves the frame; false if the stack cannot be written. */
  #push(xpsr: number, extended: boolean): boolean {
    const cpu = this.#cpu;
    const memory = this.#memory;
    const aligned = this.#scb.stackAligned || extended;
    const sp = cpu.get(REG.SP);
    const bytes = extended ? EXTENDED_FRAME_BYTES : BASIC_FRAME_BYTES;
    const frame = ((sp - bytes) & (aligned ? ~7 : ~3)) >>> 0;
    const padded = aligned && (sp & 4) !== 0;
    let ok = true;
    const put = (offset: number, value: number) => {
      ok = memory.write32(frame + offset, value) && ok;
    };
    for (let i = 0; i < 4; i++) put(4 * i, cpu.get(i));
    put(0x10, cpu.get(REG.R12));
    put(0x14, cpu.get(REG.LR));
    put(0x18, cpu.get(REG.PC));
    put(0x1c, (xpsr & ~XPSR_ALIGNED) | (padded ? XPSR_ALIGNED : 0));
    if (extended) {
      // With lazy saving the frame is only reserved. The registers are written at once all the
      // same: until the handler uses the FPU they keep their values, so nobody can tell.
      for (let i = 0; i < 16; i++) put(0x20 + 4 * i, cpu.get(REG.S0 + i));
      put(0x60, cpu.get(REG.FPSCR));
      this.#scb.lazyContext = this.#scb.lazySave;
      this.#scb.fpcar = frame + 0x20;
    }
    cpu.set(REG.SP, frame);
    return ok;
  }

  /** Leaves thread mode: main stack, no FPU context. CONTROL.nPRIV stays, a handler is privileged. */
  #enterHandlerMode(xpsr: number, control: number, psp: boolean): void {
    const cpu = this.#cpu;
    const inHandler = (xpsr & XPSR_FLAGS) | XPSR_THUMB | EXCEPTION.HARD_FAULT;
    cpu.set(REG.XPSR, inHandler);
    if (psp) {
      // SPSEL can only be changed in privileged thread mode.
      cpu.set(REG.CONTROL, control & ~CONTROL_NPRIV);
      cpu.set(REG.XPSR, (xpsr & XPSR_FLAGS) | XPSR_THUMB);
      cpu.set(REG.CONTROL, 0);
      cpu.set(REG.XPSR, inHandler);
    }
    cpu.set(REG.CONTROL, control & CONTROL_NPRIV);
  }

  /** Starts a handler: number, link and vector. */
  #start(number: number, link: number): void {
    const cpu = this.#cpu;
    this.transitions++;
    this.#state.activate(number);
    const flags = cpu.get(REG.XPSR) & XPSR_FLAGS;
    cpu.set(REG.XPSR, flags | XPSR_THUMB | number);
    cpu.set(REG.LR, link);
    this.event = true;
    const vector = this.#memory.read32(this.#scb.vtor + 4 * number);
    if (vector === undefined) {
      this.#scb.hfsr |= HFSR.VECTTBL;
      return this.#lockUpOrHardFault(`vector ${number} cannot be read`);
    }
    if (!(vector & 1)) cpu.set(REG.XPSR, flags | number);
    cpu.set(REG.PC, vector & ~1);
  }

  #lockUpOrHardFault(what: string): void {
    if (this.#state.activePriority() <= -1) return this.#lockUp(what);
    this.#enter(EXCEPTION.HARD_FAULT);
  }

  #lockUp(what: string): void {
    this.lastFault = what;
    this.lockup ??= { reason: what, pc: this.#cpu.get(REG.PC) };
  }

  /**
   * Raises a fault at the present instruction: its own exception, else HardFault, else lockup.
   *
   * @param bits Bits to set in CFSR. @param what Text for a report.
   */
  fault(number: number, bits: number, what: string, address?: number): void {
    const scb = this.#scb;
    scb.cfsr |= bits;
    if (address !== undefined && number === EXCEPTION.MEM_MANAGE) scb.mmfar = address;
    if (address !== undefined && number === EXCEPTION.BUS_FAULT) scb.bfar = address;
    this.lastFault = `${what} at pc 0x${this.#cpu.get(REG.PC).toString(16)}`;
    const state = this.#state;
    const priority = this.executionPriority();
    if (state.isEnabled(number) && state.groupPriority(number) < priority) {
      return this.#enter(number);
    }
    this.hardFault(HFSR.FORCED, what);
  }

  /** Raises a HardFault; a core that cannot take it locks up. */
  hardFault(bits: number, what: string): void {
    this.#scb.hfsr |= bits;
    if (this.executionPriority() <= -1) return this.#lockUp(what);
    this.lastFault = `HardFault: ${what} at pc 0x${this.#cpu.get(REG.PC).toString(16)}`;
    this.#enter(EXCEPTION.HARD_FAULT);
  }

  /** Takes the SVC that was just executed. */
  superviserCall(): void {
    const number = EXCEPTION.SV_CALL;
    if (this.#state.groupPriority(number) < this.executionPriority()) return this.#enter(number);
    this.hardFault(HFSR.FORCED, "SVC that its priority does not allow");
  }

  /** Does an exception return. @param value EXC_RETURN. @returns True if the core is in thread mode now. */
  return(value: number): boolean {
    const state = this.#state;
    const number = this.current;
    const toThread = (value & RETURN_THREAD) !== 0;
    const others = state.activeCount - (state.isActive(number) ? 1 : 0);
    const known = [1, 9, 0xd].includes(value & 0xf) && (value & 0x0fff_ffe0) === 0x0fff_ffe0;
    const nested = toThread ? others === 0 || this.#scb.nonBaseThread : others > 0;
    this.transitions++;
    this.event = true;
    if (!known || !state.isActive(number) || !nested) {
      state.deactivate(number);
      this.#cpu.set(REG.LR, value);
      this.#badReturn(value, "bad EXC_RETURN");
      return false;
    }
    if (number !== EXCEPTION.NMI) this.#cpu.set(REG.FAULTMASK, 0);
    state.deactivate(number);
    if (this.#tailChain(value)) return false;
    if (!this.#pop(value, toThread)) {
      this.fault(EXCEPTION.BUS_FAULT, CFSR.UNSTKERR, "unstacking failed");
      return false;
    }
    return toThread;
  }

  /** The frame stays where it is, the fault handler is tail-chained onto it. */
  #badReturn(value: number, what: string): void {
    this.#scb.cfsr |= CFSR.INVPC;
    this.lastFault = `${what} 0x${(value >>> 0).toString(16)}`;
    const usage = EXCEPTION.USAGE_FAULT;
    const state = this.#state;
    const priority = this.executionPriority();
    const link = (value | 0xf000_0000) >>> 0;
    if (state.isEnabled(usage) && state.groupPriority(usage) < priority) {
      return this.#start(usage, link);
    }
    this.#scb.hfsr |= HFSR.FORCED;
    if (priority <= -1) return this.#lockUp(what);
    this.#start(EXCEPTION.HARD_FAULT, link);
  }

  #tailChain(link: number): boolean {
    const best = this.#state.best();
    if (best === 0 || this.#state.groupPriority(best) >= this.executionPriority()) return false;
    this.#start(best, link);
    return true;
  }

  #pop(value: number, toThread: boolean): boolean {
    const cpu = this.#cpu;
    const psp = (value & RETURN_PSP) !== 0;
    const extended = (value & RETURN_BASIC) === 0;
    const frame = cpu.get(psp ? REG.PSP : REG.MSP);
    const words: number[] = [];
    for (let i = 0; i < 8; i++) {
      const word = this.#memory.read32(frame + 4 * i);
      if (word === undefined) return false;
      words.push(word);
    }
    const xpsr = words[7];
    if (((xpsr & XPSR_NUMBER) === 0) !== toThread) {
      this.#badReturn(value, "frame of the other mode under EXC_RETURN");
      return true;
    }
    this.#restoreFpu(frame, extended);
    const bytes = extended ? EXTENDED_FRAME_BYTES : BASIC_FRAME_BYTES;
    const aligned = this.#scb.stackAligned || extended;
    const sp = frame + bytes + (aligned && xpsr & XPSR_ALIGNED ? 4 : 0);
    cpu.set(psp ? REG.PSP : REG.MSP, sp);
    this.#setMode(xpsr, toThread, psp, extended);
    for (let i = 0; i < 4; i++) cpu.set(i, words[i]);
    cpu.set(REG.R12, words[4]);
    cpu.set(REG.LR, words[5]);
    cpu.set(REG.PC, words[6] & ~1);
    return true;
  }

  #restoreFpu(frame: number, extended: boolean): void {
    const scb = this.#scb;
    if (!extended) return;
    const untouched = scb.lazyContext && (this.#cpu.get(REG.CONTROL) & CONTROL_FPCA) === 0;
    scb.lazyContext = false;
    if (untouched) return;
    for (let i = 0; i < 16; i++) {
      this.#cpu.set(REG.S0 + i, this.#memory.read32(frame + 0x20 + 4 * i) ?? 0);
    }
    this.#cpu.set(REG.FPSCR, this.#memory.read32(frame + 0x60) ?? 0);
  }

  #setMode(xpsr: number, toThread: boolean, psp: boolean, extended: boolean): void {
    const cpu = this.#cpu;
    const npriv = cpu.get(REG.CONTROL) & CONTROL_NPRIV;
    const control = (psp ? CONTROL_SPSEL : 0) | (extended ? CONTROL_FPCA : 0) | npriv;
    if (toThread) {
      cpu.set(REG.CONTROL, 0);
      cpu.set(REG.XPSR, xpsr & ~XPSR_ALIGNED & ~XPSR_NUMBER);
      cpu.set(REG.CONTROL, control);
    } else {
      cpu.set(REG.XPSR, xpsr & ~XPSR_ALIGNED);
      cpu.set(REG.CONTROL, control & ~CONTROL_SPSEL);
    }
  }
}
