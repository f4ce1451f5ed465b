/** Registers of the core by their place in a {@link Cpu}'s register file. */
export const REG = {
  R0: 0,
  R1: 1,
  R2: 2,
  R3: 3,
  R12: 12,
  /** The stack pointer in use: MSP or PSP. */
  SP: 13,
  LR: 14,
  /** Address of the next instruction, bit 0 clear. */
  PC: 15,
  /** APSR, IPSR and EPSR in one word; writing it changes the mode by the exception number. */
  XPSR: 16,
  MSP: 17,
  PSP: 18,
  PRIMASK: 19,
  BASEPRI: 20,
  FAULTMASK: 21,
  /** Bits nPRIV, SPSEL and FPCA. */
  CONTROL: 22,
  FPSCR: 23,
  /** S0; S1..S31 follow. */
  S0: 24,
} as const;

/** Number of registers in the file: the last is S31. */
export const REG_COUNT = REG.S0 + 32;

/**
 * Why a run ended.
 *
 * - `limit`: the instructions were used up, or the limit was lowered meanwhile.
 * - `wfi`, `wfe`: the core waits; PC is behind the instruction.
 * - `svc`: PC is behind the instruction; `bkpt`, `breakpoint`: PC is at it.
 * - `exceptionReturn`: PC holds the EXC_RETURN value.
 * - `undefined`, `noCoprocessor`, `invalidState`, `unaligned`: PC is at the instruction.
 * - `dataFault`, `fetchFault`: nothing answers at `stopAddress`; PC is at the instruction.
 */
export type StopKind =
  | "limit"
  | "wfi"
  | "wfe"
  | "svc"
  | "bkpt"
  | "breakpoint"
  | "exceptionReturn"
  | "undefined"
  | "noCoprocessor"
  | "invalidState"
  | "unaligned"
  | "dataFault"
  | "fetchFault";

/** The world as a CPU sees it where no plain memory stands. */
export interface CpuBus {
  /** Answers a read of a device; false from {@link CpuBus.faulted} afterwards means it was answered. */
  read(address: number, size: number): number;
  /** Takes a write to a device, or to memory that is mapped without the right to write. */
  write(address: number, size: number, value: number): void;
  /** Says whether the last access must fault, and forgets it. */
  faulted(): boolean;
}

/** What code may do with a piece of mapped memory, besides reading it. */
export interface MemoryRights {
  /** Writes go to the memory; without it they go to {@link CpuBus.write}. */
  readonly write: boolean;
  /** Code may run from it. */
  readonly execute: boolean;
}

/**
 * A core that executes instructions and knows nothing of exceptions, interrupts and time.
 *
 * All counts are whole instructions since the start of the present (or the last) run.
 */
export interface Cpu {
  /** Instructions executed in the run at hand, exact also inside a bus access (which counts itself). */
  readonly executed: number;
  /** Address of the access that ended the run with a fault. */
  readonly stopAddress: number;
  /** Whether that access was a write. */
  readonly stopWrite: boolean;
  /** Runs at most `limit` instructions from PC on. Must not be called from a bus access. */
  run(limit: number): StopKind;
  /** Lowers the limit of the run at hand to `executed` instructions in all; never raises it. */
  lower(executed: number): void;
  /** Gives a register, u32. */
  get(register: number): number;
  /** Sets a register. */
  set(register: number, value: number): void;
  /** Address of the instruction at hand, also inside a bus access. */
  readonly pc: number;
  /** Maps bytes (shared, not copied) at an address, both multiples of 1 KB. */
  map(start: number, bytes: Uint8Array, rights: MemoryRights): void;
  /** Sends all accesses of a range to the bus; both multiples of 1 KB. */
  mapDevice(start: number, sizeBytes: number): void;
  /** Takes a mapping away; start and size as they were mapped. */
  unmap(start: number, sizeBytes: number): void;
  /** Stops runs before the instruction at an address, or no longer; a run that starts there goes on. */
  setBreakpoint(address: number, on: boolean): void;
  /** Lets the FPU's instructions run, or makes them undefined. */
  openFpu(open: boolean): void;
  /** Called when SEV is executed, once {@link Cpu.watchEvents} has found it. */
  onEvent: () => void;
  /**
   * Watches the SEV in memories, by the addresses at which they were mapped, and no others; costs time in each run.
   *
   * @returns True if one was found that was not watched before: it may have been executed unseen.
   */
  watchEvents(starts: readonly number[]): boolean;
  /** Drops what was translated from a range whose bytes changed from outside. */
  invalidate(start: number, sizeBytes: number): void;
  /** Gives its memory back; the core cannot be used afterwards. */
  close(): void;
}
