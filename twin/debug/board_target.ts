import type { Board } from "../board.ts";
import { REG } from "../cpu/cpu.ts";
import { ROM_TABLE_BASE } from "../core/component_ids.ts";
import { UnmodelledError } from "../memory/unmodelled.ts";
import { type DebugBus, MemoryPort } from "./memory_port.ts";
import type { ProbeTarget } from "./glasgow.ts";
import { SerialWirePort } from "./serial_wire_port.ts";

const DHCSR = 0xe000_edf0;
/** Key and C_DEBUGEN. */
const DEBUG_ENABLE = 0xa05f_0001;
const DCRSR = 0xe000_edf4;
const PC_WRITE = 1 << 16 | 15;
/** Upper octet of the instruction. */
const BKPT = 0xbe;
const PRIVATE_BUS = 0xe000_0000;
/** DBGMCU as a debugger's bus has it, and as the core's has it. */
const DBGMCU = { debugger: 0xe00e_1000, core: 0x5c00_1000, sizeBytes: 0x400 };
/** BASE of an access port without a ROM table. */
const NO_TABLE = 0x2;

/**
 * Cycles that each access to a register costs a program of the debugger's: a flash algorithm asks a
 * busy flash a hundred thousand times, and would ask less often over a slow bus.
 */
const PROGRAM_ACCESS_CYCLES = 1000;
/** Virtual and wall time that one look at a core under the debugger's program may take; its client waits all the same. */
const LOOK_NS = 1_000_000_000;
const LOOK_MS = 20;

/** A program of the debugger's that has ended: a call of a flash algorithm, mostly. */
export interface ProgramRun {
  /** Where it was started. */
  readonly pc: number;
  /** Instructions that it took. */
  readonly instructions: number;
  /** Virtual time that it took. */
  readonly virtualNs: number;
}

/**
 * A board as its debug connector shows it: access port 1 is the core's, with its private bus; by
 * access port 0 the chip's buses are reached without it.
 *
 * A program that the debugger has placed and started (PC was written) and that returns to a BKPT runs
 * while the debugger asks whether it has ended, so that a flash algorithm is not slower than it has to be.
 */
export class BoardTarget implements ProbeTarget {
  readonly port: SerialWirePort;
  readonly #board: Board;
  readonly #accessCycles: number;
  #usualCycles: number | undefined;
  #placed = false;
  /** The debugger's program that runs, as it was when it started. */
  #program: ProgramRun | undefined;
  /** Called when a program of the debugger's has ended. */
  onProgram: (run: ProgramRun) => void = () => {};
  /** Lets the board go. */
  readonly close: () => void;
  /** Called when a program of the debugger's has started (true) and when it is over: meanwhile time passes here. */
  onRunning: (on: boolean) => void = () => {};

  /** @param accessCycles What a register access costs a program of the debugger's. */
  constructor(board: Board, accessCycles = PROGRAM_ACCESS_CYCLES) {
    this.#board = board;
    this.#accessCycles = accessCycles;
    const core: DebugBus = {
      read: (address, size) => this.#read(address, size),
      write: (address, size, value) => this.#write(address, size, value),
    };
    const chip: DebugBus = {
      read: (address, size) => address < PRIVATE_BUS ? core.read(address, size) : undefined,
      write: (address, size, value) => address < PRIVATE_BUS && core.write(address, size, value),
    };
    const ports = [new MemoryPort(chip, NO_TABLE), new MemoryPort(core, ROM_TABLE_BASE)];
    this.port = new SerialWirePort(ports);
    this.close = board.onPowerCycle(() => {
      this.#placed = false;
      this.#end();
      for (const part of [this.port, ...ports]) part.powerOn();
    });
  }

  reset(held: boolean): void {
    this.#placed = false;
    this.#end();
    this.#board.holdReset(held);
    // An ST-Link enables halting debug when it connects; without it no reset is caught, and probe-rs
    // sets it only after it has let nRST go.
    if (held) this.#board.core.busWrite(DHCSR, 4, DEBUG_ENABLE);
  }

  #read(address: number, size: 1 | 2 | 4): number | undefined {
    if (address === DHCSR) this.#look();
    return refused(() => this.#board.core.busRead(this.#own(address), size));
  }

  #write(address: number, size: 1 | 2 | 4, value: number): boolean {
    const { core } = this.#board;
    if (address === DCRSR && (value & 0x1007f) === PC_WRITE) this.#placed = true;
    const done = refused(() => core.busWrite(this.#own(address), size, value)) ?? false;
    if (address === DHCSR) this.#controlled();
    return done;
  }

  #own(address: number): number {
    const offset = address - DBGMCU.debugger;
    return offset >= 0 && offset < DBGMCU.sizeBytes ? DBGMCU.core + offset : address;
  }

  /** DHCSR was written: a step is done at once. */
  #controlled(): void {
    const { core } = this.#board;
    if (core.halted) return;
    if (core.debug.stepWanted) {
      this.#board.run({ maxInstructions: 1 });
      return;
    }
    if (!this.#placed) return;
    this.#placed = false;
    if (!this.#returnsToDebugger()) return;
    const { instructions, nowNs: virtualNs } = this.#board;
    this.#program = { pc: core.cpu.pc, instructions, virtualNs };
    this.#usualCycles ??= core.accessCycles;
    core.accessCycles = this.#accessCycles;
    this.onRunning(true);
  }

  /** Whether the program ends at a BKPT, as a call of a flash algorithm does and a whole image does not. */
  #returnsToDebugger(): boolean {
    const { cpu, memory } = this.#board.core;
    const code = memory.read(cpu.get(REG.LR) & ~1, 2);
    return code?.[1] === BKPT;
  }

  #end(): void {
    if (this.#program) this.onRunning(false);
    this.#program = undefined;
    if (this.#usualCycles !== undefined) this.#board.core.accessCycles = this.#usualCycles;
    this.#usualCycles = undefined;
  }

  #look(): void {
    const began = this.#program;
    if (!began) return;
    const board = this.#board;
    if (!board.core.halted) {
      const endMs = performance.now() + LOOK_MS;
      board.run({ untilNs: board.nowNs + LOOK_NS, until: () => performance.now() >= endMs });
    }
    if (!board.core.halted) return;
    this.#end();
    this.onProgram({
      pc: began.pc,
      instructions: board.core.haltedAt.instructions - began.instructions,
      virtualNs: board.core.haltedAt.ns - began.virtualNs,
    });
  }
}

/** What a debugger looks at is no need of the program's: in strict mode too it only gets a bus error. */
function refused<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch (error) {
    if (error instanceof UnmodelledError) return undefined;
    throw error;
  }
}
