import { type Cpu, type CpuBus, type MemoryRights, REG, REG_COUNT, type StopKind } from "./cpu.ts";

/** One instruction of a {@link ScriptedCpu}. */
export type Step =
  | { readonly op: "read"; readonly address: number; readonly size?: number }
  | {
    readonly op: "write";
    readonly address: number;
    readonly value: number;
    readonly size?: number;
  }
  | { readonly op: "set"; readonly register: number; readonly value: number }
  | { readonly op: "call"; readonly run: () => void }
  | { readonly op: "stop"; readonly kind: StopKind }
  | { readonly op: "jump"; readonly to: number }
  | { readonly op: "nop" };

/** Each step takes so many bytes of address space. */
const STEP_BYTES = 2;

/**
 * A CPU whose programs are lists of bus accesses, for tests of what stands around a CPU.
 *
 * A program lies at an address; its steps follow each other by 2 bytes. Modes and stack pointers
 * behave as far as exception entry and return need.
 */
export class ScriptedCpu implements Cpu {
  /** Values that `read` steps got, in order. */
  readonly values: number[] = [];
  readonly #bus: CpuBus;
  readonly #programs = new Map<number, readonly Step[]>();
  readonly #registers = new Uint32Array(REG_COUNT);
  readonly #memory = new Map<number, Uint8Array>();
  readonly #breakpoints = new Set<number>();
  #executed = 0;
  #limit = 0;
  #stopAddress = 0;
  #stopWrite = false;
  onEvent: () => void = () => {};

  constructor(bus: CpuBus) {
    this.#bus = bus;
  }

  /** Places a program; PC is not moved. */
  place(address: number, steps: readonly Step[]): void {
    this.#programs.set(address, steps);
  }

  get executed(): number {
    return this.#executed;
  }

  get stopAddress(): number {
    return this.#stopAddress;
  }

  get stopWrite(): boolean {
    return this.#stopWrite;
  }

  get pc(): number {
    return this.#registers[REG.PC];
  }

  lower(executed: number): void {
    this.#limit = Math.min(this.#limit, Math.max(executed, this.#executed));
  }

  run(limit: number): StopKind {
    this.#executed = 0;
    this.#limit = limit;
    while (this.#executed < this.#limit) {
      const step = this.#stepAt(this.pc);
      if (step === undefined) {
        this.#stopAddress = this.pc;
        return "fetchFault";
      }
      if (this.#executed > 0 && this.#breakpoints.has(this.pc)) return "breakpoint";
      this.#executed++;
      const kind = this.#do(step);
      if (kind !== undefined) return kind;
    }
    return "limit";
  }

  #stepAt(address: number): Step | undefined {
    for (const [start, steps] of this.#programs) {
      const step = steps[(address - start) / STEP_BYTES];
      if (step !== undefined) return step;
    }
    return undefined;
  }

  #do(step: Step): StopKind | undefined {
    const next = this.pc + STEP_BYTES;
    if (step.op === "read" || step.op === "write") {
      const size = step.size ?? 4;
      if (step.op === "read") this.values.push(this.#bus.read(step.address, size) >>> 0);
      else this.#bus.write(step.address, size, step.value);
      if (this.#bus.faulted()) {
        this.#stopAddress = step.address;
        this.#stopWrite = step.op === "write";
        return "dataFault";
      }
    }
    if (step.op === "call") step.run();
    if (step.op === "set") this.set(step.register, step.value);
    if (step.op === "stop" && step.kind === "exceptionReturn") {
      this.#registers[REG.PC] = this.#registers[REG.LR];
      return step.kind;
    }
    const stays = step.op === "stop" && ["bkpt", "undefined"].includes(step.kind);
    this.#registers[REG.PC] = step.op === "jump" ? step.to : stays ? this.pc : next;
    return step.op === "stop" ? step.kind : undefined;
  }

  get #usesPsp(): boolean {
    const thread = (this.#registers[REG.XPSR] & 0x1ff) === 0;
    return thread && (this.#registers[REG.CONTROL] & 2) !== 0;
  }

  get(register: number): number {
    if (register === REG.SP) return this.#registers[this.#usesPsp ? REG.PSP : REG.MSP];
    return this.#registers[register];
  }

  set(register: number, value: number): void {
    const at = register === REG.SP ? this.#usesPsp ? REG.PSP : REG.MSP : register;
    this.#registers[at] = value;
  }

  map(start: number, bytes: Uint8Array, _rights: MemoryRights): void {
    this.#memory.set(start, bytes);
  }

  mapDevice(): void {}

  unmap(start: number): void {
    this.#memory.delete(start);
  }

  setBreakpoint(address: number, on: boolean): void {
    if (on) this.#breakpoints.add(address);
    else this.#breakpoints.delete(address);
  }

  openFpu(): void {}

  watchEvents(): boolean {
    return false;
  }

  invalidate(): void {}

  close(): void {}
}
