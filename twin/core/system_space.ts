import type { Unmodelled } from "../peripheral.ts";
import { componentId } from "./component_ids.ts";
import type { Breakpoints } from "./breakpoints.ts";
import type { DebugRegisters } from "./debug_registers.ts";
import type { Dwt } from "./dwt.ts";
import type { Mpu } from "./mpu.ts";
import type { Nvic } from "./nvic.ts";
import type { Scb } from "./scb.ts";
import type { SysTick } from "./systick.ts";

/** The units behind the core's private bus. */
export interface SystemUnits {
  readonly nvic: Nvic;
  readonly scb: Scb;
  readonly sysTick: SysTick;
  readonly mpu: Mpu;
  readonly dwt: Dwt;
  readonly breakpoints: Breakpoints;
  readonly debug: DebugRegisters;
  /** Gets the MPU regions that deny what the memory map allows, which is not enforced. */
  restricted(regions: string[]): void;
}

/** Component ids of the ROM tables and of trace units read as 0; their address windows, 4 KB each. */
const QUIET = new Set([
  0x00, // ITM
  0x40, // TPIU
  0x41, // ETM
  0x42, // CTI
  0xfe, // processor ROM table
  0xff, // PPB ROM table
]);

/**
 * The private peripheral bus, 0xE0000000 to 0xE00FFFFF.
 *
 * Trace units keep what is written and do nothing, as on a chip that no debugger looks at.
 */
export class SystemSpace {
  readonly #units: SystemUnits;
  readonly #unmodelled: (report: Unmodelled) => void;
  readonly #quiet = new Map<number, number>();

  constructor(units: SystemUnits, unmodelled: (report: Unmodelled) => void) {
    this.#units = units;
    this.#unmodelled = unmodelled;
  }

  /** Forgets what trace units were told. */
  reset(): void {
    this.#quiet.clear();
  }

  /**
   * Answers a read.
   *
   * @param address Full address. @param fromDebugger Whether it comes over the debug port.
   */
  read(address: number, size: number, fromDebugger = false): number {
    const at = address & 0xf_fffc;
    // A debugger asks each unit what it is; what it asks is no sign of a program's needs.
    const id = fromDebugger ? componentId(at) : undefined;
    const word = (id ?? this.#readWord(at, !fromDebugger)) >>> ((address & 3) * 8);
    return size === 4 ? word >>> 0 : word & (size === 2 ? 0xffff : 0xff);
  }

  #readWord(at: number, report: boolean): number {
    const page = at >>> 12;
    const { nvic, scb, sysTick, mpu, dwt, breakpoints, debug } = this.#units;
    if (page === 1) return dwt.read(at & 0xffc);
    if (page === 2) return breakpoints.read(at & 0xffc);
    if (page !== 0xe) return this.#readQuiet(at, page, report);
    const offset = at & 0xffc;
    if (offset >= 0x010 && offset < 0x020) return sysTick.read(offset - 0x10);
    if (offset >= 0x100 && offset < 0x600) return nvic.read(offset);
    if (offset >= 0xd90 && offset < 0xdbc) return mpu.read(offset - 0xd90);
    if (offset >= 0xdf0 && offset < 0xe00) return debug.read(offset - 0xdf0);
    const value = scb.read(offset);
    if (value !== undefined) return value;
    if (offset < 0xfd0 && report) this.#report(at, "read");
    return 0;
  }

  #readQuiet(at: number, page: number, report: boolean): number {
    if (!QUIET.has(page) && report) this.#report(at, "read");
    // Stimulus ports of the ITM are always ready to take a word.
    if (page === 0 && at < 0x400) return 1;
    return this.#quiet.get(at) ?? 0;
  }

  #report(at: number, kind: "read" | "write", value?: number): void {
    this.#unmodelled({ what: `PPB+0x${at.toString(16)}`, kind, value });
  }

  /** Takes a write. @param fromDebugger Whether it comes over the debug port and not from the core. */
  write(address: number, size: number, value: number, fromDebugger = false): void {
    const at = address & 0xf_fffc;
    const page = at >>> 12;
    const offset = at & 0xffc;
    const { nvic, scb, sysTick, mpu, dwt, breakpoints, debug } = this.#units;
    if (page === 1) return dwt.write(offset, value);
    if (page === 2) return breakpoints.write(offset, value);
    if (page !== 0xe) return this.#writeQuiet(at, page, value, !fromDebugger);
    if (offset >= 0x100 && offset < 0x600) return nvic.write(address & 0xfff, size, value);
    if (offset >= 0xd18 && offset < 0xd24) {
      for (let i = 0; i < size; i++) scb.writePriority((address & 0xfff) + i, value >>> (8 * i));
      return;
    }
    // Narrow writes reach only their own bytes: fault status bits elsewhere stay.
    const lane = size === 4 ? value : value << ((address & 3) * 8);
    if (offset >= 0x010 && offset < 0x020) return sysTick.write(offset - 0x10, lane);
    if (offset >= 0xd90 && offset < 0xdbc) {
      mpu.write(offset - 0xd90, lane);
      return this.#units.restricted(mpu.restrictions());
    }
    if (offset >= 0xdf0 && offset < 0xe00) return debug.write(offset - 0xdf0, lane, fromDebugger);
    if (offset === 0xf00) return nvic.trigger(lane);
    if (!scb.write(offset, lane) && offset < 0xfb0 && !fromDebugger) {
      this.#report(at, "write", value);
    }
  }

  #writeQuiet(at: number, page: number, value: number, report: boolean): void {
    if (!QUIET.has(page)) return report ? this.#report(at, "write", value) : undefined;
    if (page === 0 && at < 0x400) return;
    this.#quiet.set(at, value >>> 0);
  }
}
