import { Core, type Costs } from "../core/core.ts";
import type { Cpu, CpuBus } from "../cpu/cpu.ts";
import { UnicornCpu } from "../cpu/unicorn.ts";
import { openUnicorn, unicornCandidates, type UnicornLibrary } from "../cpu/unicorn_library.ts";
import { Bus } from "../memory/bus.ts";
import { UnmodelledLog } from "../memory/unmodelled.ts";
import { BusError } from "../wiring.ts";

/** Opens every libunicorn of this machine; says on stderr which could not be. */
export function allUnicorns(): UnicornLibrary[] {
  const libraries: UnicornLibrary[] = [];
  for (const candidate of unicornCandidates()) {
    try {
      libraries.push(openUnicorn(candidate));
    } catch {
      console.warn(`skipped with ${candidate}: it cannot be opened`);
    }
  }
  if (libraries.length === 1) {
    console.warn(
      `only unicorn ${libraries[0].version} is here: no comparison with another version`,
    );
  }
  return libraries;
}

/**
 * A core with RAM and one block at 0x40000000: a write to +0 is reported, to +4 raises and to +8
 * lowers the interrupt line of that number; +0xc faults. The program lies in ITCM at 0.
 */
export class CoreRig {
  readonly core: Core;
  /** What the program wrote to +0, in order. */
  readonly reports: number[] = [];
  /** Virtual time of each report. */
  readonly times: number[] = [];
  /** Resets that were asked for. */
  readonly resets: string[] = [];
  readonly log: UnmodelledLog;

  constructor(program: Uint8Array, makeCpu: (bus: CpuBus) => Cpu, costs: Costs = {}) {
    this.log = new UnmodelledLog(true, () => this.core.cpu.pc);
    const bus = new Bus(this.log, {
      enabled: () => true,
      pc: () => this.core.cpu.pc,
      accessed: () => this.core.accessed(),
      clocksWritten: () => {},
    });
    bus.add({
      name: "TEST",
      base: 0x4000_0000,
      sizeBytes: 0x400,
      read: (offset) => this.#read(offset),
      write: (offset, _size, value) => this.#write(offset, value >>> 0),
      reset: () => {},
    });
    const state = {
      internalFlash: new Uint8Array(64 * 1024).fill(0xff),
      externalFlash: new Uint8Array(0),
      optionBytes: new Map<string, number>(),
      uniqueId: new Uint8Array(12),
    };
    this.core = new Core(makeCpu, bus, state, this.log, costs);
    this.core.onReset = (cause) => {
      this.resets.push(cause);
      this.core.resetCore(0, false);
    };
    if (!this.core.memory.write(0, program)) throw new RangeError("Cannot place the program");
    this.core.resetCore(0, true);
  }

  /** Makes a rig on unicorn. */
  static on(library: UnicornLibrary, program: Uint8Array, costs?: Costs): CoreRig {
    return new CoreRig(program, (bus) => new UnicornCpu(bus, library), costs);
  }

  #read(offset: number): number {
    if (offset === 0xc) throw new BusError("fault wanted");
    return 0x1234_5678;
  }

  #write(offset: number, value: number): void {
    if (offset === 0) {
      this.reports.push(value);
      this.times.push(this.core.clock.nowNs);
    } else if (offset === 4) this.core.irq(value, true);
    else if (offset === 8) this.core.irq(value, false);
    else if (offset === 0xc) throw new BusError("fault wanted");
  }

  /** Runs until the program has reported `count` values, or for `instructions`. */
  run(count: number, instructions = 100_000): number[] {
    this.core.run({ until: () => this.reports.length >= count, maxInstructions: instructions });
    return this.reports;
  }

  /** Gives the CPU's memory back. */
  close(): void {
    this.core.cpu.close();
  }
}
