import { type Cpu, REG, type StopKind } from "../cpu/cpu.ts";
import type { MemoryMap } from "../memory/memory_map.ts";
import { type DebugRegisters, DEMCR, DFSR } from "./debug_registers.ts";
import { EXCEPTION } from "./exception_state.ts";
import type { ExceptionUnit } from "./exception_unit.ts";
import { CFSR, HFSR, type Scb } from "./scb.ts";

/** What it takes to turn the end of a run into a fault, a call or a halt. */
export interface StopWorld {
  readonly cpu: Cpu;
  readonly memory: MemoryMap;
  readonly unit: ExceptionUnit;
  readonly scb: Scb;
  readonly debug: DebugRegisters;
  /** Halts the core. @param reason Bits of DFSR. */
  halt(reason: number): void;
}

/** Turns what ended a run into the exception that the architecture wants. */
export class Stops {
  readonly #world: StopWorld;

  constructor(world: StopWorld) {
    this.#world = world;
  }

  /** Acts on a stop that is neither a limit, a wait nor a return; false if the core only halts. */
  take(kind: StopKind): boolean {
    const { unit, scb, debug, halt } = this.#world;
    switch (kind) {
      case "svc":
        unit.superviserCall();
        break;
      case "breakpoint":
      case "bkpt":
        if (debug.enabled) {
          halt(DFSR.BKPT);
          return false;
        }
        // Without a debugger it is a DebugMonitor event, and that is off.
        scb.dfsr |= DFSR.BKPT;
        unit.hardFault(HFSR.DEBUGEVT, "breakpoint without a debugger");
        break;
      case "dataFault":
        this.#dataFault();
        break;
      case "fetchFault":
        this.#fetchFault();
        break;
      default:
        this.#usageFault(kind);
    }
    if (debug.enabled && this.#isCaught()) halt(DFSR.VCATCH);
    return true;
  }

  /** Whether DEMCR catches the exception that was just entered. @see ARM DDI 0403E.e, C1.5 */
  #isCaught(): boolean {
    const { unit, scb, debug: { demcr } } = this.#world;
    switch (unit.current) {
      case EXCEPTION.HARD_FAULT:
        return (demcr & DEMCR.VC_HARDERR) !== 0;
      case EXCEPTION.MEM_MANAGE:
        return (demcr & DEMCR.VC_MMERR) !== 0;
      case EXCEPTION.BUS_FAULT:
        return (demcr & DEMCR.VC_BUSERR) !== 0;
      case EXCEPTION.USAGE_FAULT: {
        const wanted = (demcr & DEMCR.VC_NOCPERR ? CFSR.NOCP : 0) |
          (demcr & DEMCR.VC_CHKERR ? CFSR.UNALIGNED | CFSR.DIVBYZERO : 0) |
          (demcr & DEMCR.VC_STATERR ? CFSR.UNDEFINSTR | CFSR.INVSTATE | CFSR.INVPC : 0);
        return (scb.cfsr & wanted) !== 0;
      }
      default:
        return false;
    }
  }

  #usageFault(kind: StopKind): void {
    const fault = (bits: number, what: string) =>
      this.#world.unit.fault(EXCEPTION.USAGE_FAULT, bits, what);
    const thumb = (this.#world.cpu.get(REG.XPSR) & 1 << 24) !== 0;
    if (kind === "unaligned") fault(CFSR.UNALIGNED, "unaligned access");
    else if (kind === "noCoprocessor") fault(CFSR.NOCP, "coprocessor access denied");
    else if (!thumb || kind === "invalidState") fault(CFSR.INVSTATE, "not in Thumb state");
    else if (this.#isClosedFpu()) fault(CFSR.NOCP, "FPU instruction while CPACR keeps it closed");
    else fault(CFSR.UNDEFINSTR, "undefined instruction");
  }

  /** Whether the instruction at PC belongs to coprocessor 10 or 11, and CPACR denies it. */
  #isClosedFpu(): boolean {
    const { scb, cpu, memory } = this.#world;
    if (scb.fpuOpen) return false;
    const code = memory.read(cpu.get(REG.PC), 4);
    return code !== undefined && (code[1] & 0xec) === 0xec && (code[3] & 0x0e) === 0x0a;
  }

  #dataFault(): void {
    const { cpu, unit } = this.#world;
    const { stopAddress } = cpu;
    const what = `${cpu.stopWrite ? "write to" : "read of"} 0x${stopAddress.toString(16)}`;
    const bits = CFSR.PRECISERR | CFSR.BFARVALID;
    unit.fault(EXCEPTION.BUS_FAULT, bits, `bus error on ${what}`, stopAddress);
  }

  #fetchFault(): void {
    const { cpu, unit } = this.#world;
    const { stopAddress } = cpu;
    const what = `instruction fetch from 0x${stopAddress.toString(16)}`;
    // Peripheral and system space never execute.
    const isPeripheral = stopAddress >= 0x4000_0000 && stopAddress < 0x6000_0000;
    if (isPeripheral || stopAddress >= 0xa000_0000) {
      unit.fault(EXCEPTION.MEM_MANAGE, CFSR.IACCVIOL, what);
    } else unit.fault(EXCEPTION.BUS_FAULT, CFSR.IBUSERR, what);
  }
}
