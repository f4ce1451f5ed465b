import { type Cpu, type CpuBus, type MemoryRights, REG, REG_COUNT, type StopKind } from "./cpu.ts";
import { passIt } from "./it_state.ts";
import { UnicornExits } from "./unicorn_exits.ts";
import { openUnicorn, type UnicornLibrary } from "./unicorn_library.ts";
import { UnicornMemory } from "./unicorn_memory.ts";
import { findCounters, findFpuId, NEVER, setFpuId } from "./unicorn_state.ts";

// From unicorn/unicorn.h and unicorn/arm.h.
const ARCH_ARM = 1;
const MODE_THUMB = 0x10;
const CPU_CORTEX_M7 = 10;
const CTL_WRITE_1 = (1 << 30) + (1 << 26);
const CTL_WRITE_2 = (1 << 30) + (2 << 26);
const CTL_CPU_MODEL = 7;
const CTL_TB_REMOVE_CACHE = 9;
const HOOK_INTR = 1;
const HOOK_INSN_INVALID = 1 << 14;
const HOOK_MEM_INVALID = 0x3f0;
const MEM_WRITE_UNMAPPED = 20;
const MEM_FETCH_UNMAPPED = 21;
const MEM_WRITE_PROT = 22;
const MEM_FETCH_PROT = 24;
const UC_R0 = 66;
const UC_S0 = 79;
const UC_PC = 11;
const UC_NZCV = 2;
/** Writes all of xPSR, flags and exception number alike. */
const UC_XPSR_ALL = 138;
const UC_XPSR = 120;
/** unicorn's names for our register file, in its order. */
const UC_IDS = Int32Array.from(
  { length: REG_COUNT },
  (_, i) =>
    i < 13
      ? UC_R0 + i
      : [12, 10, 11, UC_XPSR, 115, 116, 123, 124, 126, 117, 6][i - 13] ?? UC_S0 + i - REG.S0,
);

/** Internal exception numbers of the translator (target/arm/cpu.h), as they reach the hook. */
const INTERRUPT_KINDS: Readonly<Record<number, StopKind>> = {
  2: "svc",
  7: "bkpt",
  8: "exceptionReturn",
  17: "noCoprocessor",
  18: "invalidState",
  22: "unaligned",
  4: "dataFault",
  3: "fetchFault",
};

/** A function of ours that C calls. */
interface Callback {
  readonly pointer: Deno.PointerValue;
  close(): void;
}

/** Whether an instruction can make more than one aligned access, by its first halfword. */
function accessesMany(code: number): boolean {
  const narrow = code & 0xf000;
  if (narrow === 0xc000) return true; // LDM, STM
  if (narrow === 0xb000) return true; // PUSH, POP
  // LDM, STM, LDRD, STRD; FPU loads and stores.
  return (code & 0xfe00) === 0xe800 || (code & 0xfe00) === 0xec00;
}

/**
 * A Cortex-M7 by libunicorn.
 *
 * unicorn counts the instructions of a run in a private counter, raised before each instruction,
 * and stops when it passes the limit. Both fields are found at the start by two runs of known
 * length, read for exact time inside a run, and written to end a run early at an exact place.
 */
export class UnicornCpu implements Cpu {
  /** The library in use. */
  readonly library: UnicornLibrary;
  readonly #uc: Deno.PointerObject;
  readonly #symbols: UnicornLibrary["symbols"];
  readonly #bus: CpuBus;
  readonly #value = new Uint32Array(2);
  readonly #memory: UnicornMemory;
  readonly #fpuId: Uint32Array | undefined;
  readonly #devices = new Map<number, Callback[]>();
  readonly #callbacks: Callback[] = [];
  /** View of unicorn's state: [counter, -, limit, -] as u32 words. */
  readonly #counters: Uint32Array;
  /** Instruction of the last device access. */
  #accessAt = -1;
  #stop: StopKind | undefined;
  #stopAddress = 0;
  #stopWrite = false;
  #stopPc = -1;
  /** Instructions of the run at hand that unicorn counts no longer. */
  #base = 0;
  readonly #breakpoints = new Set<number>();
  readonly #events = new Set<number>();
  readonly #exits: UnicornExits;
  onEvent: () => void = () => {};
  #running = false;
  #error: unknown;
  #kept: Uint32Array | undefined;
  /** Put back what unicorn wrote to read-only memory. */
  readonly #spoiled: (() => void)[] = [];

  /** @throws {UnicornMissingError} If there is no library. @throws {Error} If unicorn refuses. */
  constructor(bus: CpuBus, library: UnicornLibrary = openUnicorn()) {
    this.library = library;
    this.#symbols = library.symbols;
    this.#bus = bus;
    const handle = new BigUint64Array(1);
    this.#check("open", this.#symbols.uc_open(ARCH_ARM, MODE_THUMB, handle));
    this.#uc = Deno.UnsafePointer.create(handle[0])!;
    this.#check(
      "choose the Cortex-M7",
      this.#symbols.uc_ctl(this.#uc, CTL_WRITE_1 + CTL_CPU_MODEL, BigInt(CPU_CORTEX_M7), 0n),
    );
    this.#memory = new UnicornMemory(library, this.#uc);
    this.#counters = findCounters(library, this.#uc);
    this.#fpuId = findFpuId(library, this.#uc);
    this.#exits = new UnicornExits(library, this.#uc);
    this.#hook();
  }

  #check(what: string, error: number): void {
    if (error !== 0) throw new Error(`Cannot ${what}: unicorn error ${error}`);
  }

  #addHook(type: number, callback: Callback): void {
    this.#callbacks.push(callback);
    this.#check(
      "add a hook",
      this.#symbols.uc_hook_add(
        this.#uc,
        new BigUint64Array(1),
        type,
        callback.pointer,
        null,
        1n,
        0n,
      ),
    );
  }

  // Pointers and 64-bit values that are not needed in full are declared as u32, so that Deno makes
  // no object per call: they travel in registers, whose low half is what is wanted.
  #hook(): void {
    this.#addHook(
      HOOK_INTR,
      new Deno.UnsafeCallback(
        { parameters: ["u32", "u32", "u32"], result: "void" },
        (_uc, number) => this.#onInterrupt(number),
      ),
    );
    this.#addHook(
      HOOK_INSN_INVALID,
      new Deno.UnsafeCallback({ parameters: ["u32", "u32"], result: "u8" }, () => 0),
    );
    this.#addHook(
      HOOK_MEM_INVALID,
      new Deno.UnsafeCallback(
        { parameters: ["u32", "i32", "u32", "i32", "u32", "u32"], result: "u8" },
        (_uc, type, address, size, value) => this.#onInvalid(type, address, size, value),
      ),
    );
  }

  #onInterrupt(number: number): void {
    this.#stop = INTERRUPT_KINDS[number] ?? "undefined";
    this.#stopAddress = this.pc;
    this.#symbols.uc_emu_stop(this.#uc);
  }

  #onInvalid(type: number, address: number, size: number, value: number): number {
    if (type === MEM_WRITE_PROT) {
      // The bus has the write; unicorn then stores it all the same, which is undone behind it.
      this.#spoiled.push(this.#memory.keep(address, size));
      this.#onWrite(address, size, value);
      this.lower(0);
      return 1;
    }
    const fetch = type === MEM_FETCH_UNMAPPED || type === MEM_FETCH_PROT;
    this.#stop = fetch ? "fetchFault" : "dataFault";
    this.#stopAddress = address;
    this.#stopWrite = type === MEM_WRITE_UNMAPPED;
    if (!fetch) this.#keep();
    return 0;
  }

  /** Keeps the registers as they are before the instruction that faults, which may yet change them. */
  #keep(): void {
    this.#stopPc = this.pc;
    const kept = this.#kept ??= new Uint32Array(15);
    for (let i = 0; i < 15; i++) kept[i] = this.get(i);
  }

  #fault(address: number, write: boolean): void {
    if (this.#stop) return;
    this.#stop = "dataFault";
    this.#stopAddress = address;
    this.#stopWrite = write;
    this.#keep();
    this.lower(0);
  }

  /**
   * Sees an unaligned access to a device, which unicorn splits: two accesses by an instruction that
   * makes only one.
   */
  #isSplit(): boolean {
    const now = this.#base + this.#counters[0];
    const again = now === this.#accessAt;
    this.#accessAt = now;
    if (!again || accessesMany(this.#memory.halfword(this.pc))) return false;
    if (!this.#stop) {
      this.#stop = "unaligned";
      this.#keep();
      this.lower(0);
    }
    return true;
  }

  #onRead(address: number, size: number): number {
    try {
      if (this.#isSplit()) return 0;
      const value = this.#bus.read(address, size);
      if (this.#bus.faulted()) this.#fault(address, false);
      return value;
    } catch (error) {
      return this.#fail(error);
    }
  }

  #onWrite(address: number, size: number, value: number): void {
    try {
      if (this.#isSplit()) return;
      this.#bus.write(address, size, value);
      if (this.#bus.faulted()) this.#fault(address, true);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** An exception cannot cross C: it is kept, and thrown when the run has ended. */
  #fail(error: unknown): number {
    this.#error ??= error ?? new Error("Cannot say what failed");
    this.lower(0);
    return 0;
  }

  get executed(): number {
    return this.#base + (this.#running ? this.#counters[0] : 0);
  }

  get stopAddress(): number {
    return this.#stopAddress;
  }

  get stopWrite(): boolean {
    return this.#stopWrite;
  }

  get pc(): number {
    this.#symbols.uc_reg_read(this.#uc, UC_PC, this.#value);
    return this.#value[0];
  }

  lower(executed: number): void {
    if (!this.#running) return;
    const least = Math.max(executed - this.#base, this.#counters[0]);
    if (least < this.#counters[2]) this.#counters[2] = least;
  }

  run(limit: number): StopKind {
    this.#base = 0;
    this.#accessAt = -1;
    const start = this.#breakpoints.size > 0 ? this.pc : -1;
    if (!this.#breakpoints.has(start)) return this.#runOn(limit);
    // A run that starts on a breakpoint goes on.
    let kind: StopKind = "limit";
    if (this.#events.has(start)) this.#passEvent(start);
    if (this.#base === 0) {
      this.#exits.set(start, false);
      kind = this.#runOn(1);
      this.#exits.set(start, true);
    }
    return kind === "limit" && limit > this.#base ? this.#runOn(limit) : kind;
  }

  #runOn(limit: number): StopKind {
    for (;;) {
      const kind = this.#runOnce(limit - this.#base);
      // Code is fetched for the first time from memory that was mapped as data.
      const fetched = kind === "fetchFault" && this.#memory.allowExecute(this.#stopAddress);
      const { pc } = this;
      const atEvent = kind === "breakpoint" && !this.#breakpoints.has(pc);
      if (!fetched && !atEvent) return kind;
      if (this.#base >= limit) return "limit";
      if (atEvent) this.#passEvent(pc);
      if (this.#base >= limit) return "limit";
    }
  }

  /** Does the SEV at which the run ended. A code hook instead would slow down all code. */
  #passEvent(pc: number): void {
    const sizeBytes = this.#memory.eventSize(pc);
    if (sizeBytes === 0) {
      // Another program has come to where the SEV was.
      this.#dropEvent(pc);
      return;
    }
    const before = this.get(REG.XPSR);
    const { executes, xpsr } = passIt(before);
    this.set(REG.PC, pc + sizeBytes);
    if (xpsr !== before) this.set(REG.XPSR, xpsr);
    this.#base++;
    if (executes) this.onEvent();
  }

  #runOnce(limit: number): StopKind {
    this.#stop = undefined;
    this.#stopPc = -1;
    const start = BigInt(this.pc) | (this.#thumb() ? 1n : 0n);
    this.#running = true;
    const error = this.#symbols.uc_emu_start(this.#uc, start, NEVER, 0n, BigInt(limit));
    this.#running = false;
    while (this.#spoiled.length > 0) this.#spoiled.pop()!();
    const counted = this.#counters[0];
    // The counter is raised before the instruction that the limit then keeps from running.
    const atLimit = counted > this.#counters[2];
    this.#base += atLimit ? counted - 1 : counted;
    if (this.#error !== undefined) {
      const thrown = this.#error;
      this.#error = undefined;
      throw thrown;
    }
    if (this.#stopPc >= 0) {
      for (let i = 0; i < 15; i++) this.set(i, this.#kept![i]);
      this.set(REG.PC, this.#stopPc);
    }
    if (this.#stop) return this.#stop;
    if (atLimit) return "limit";
    return this.#waiting(error);
  }

  #thumb(): boolean {
    return (this.get(REG.XPSR) & 1 << 24) !== 0;
  }

  /** Tells exits, waiting and undefined instructions apart: all end a run without a word. */
  #waiting(error: number): StopKind {
    const pc = this.pc;
    if (error === 0 && this.#exits.has(pc)) return "breakpoint";
    const before = this.#memory.halfword(pc - 2);
    const wide = this.#memory.halfword(pc - 4) === 0xf3af;
    if (before === 0xbf30 || (wide && before === 0x8003)) return "wfi";
    if (before === 0xbf20 || (wide && before === 0x8002)) return "wfe";
    if (before === 0xbf10 || (wide && before === 0x8001)) return "limit"; // YIELD
    if (error === 0) throw new Error(`Cannot tell why unicorn stopped at 0x${pc.toString(16)}`);
    return "undefined";
  }

  get(register: number): number {
    this.#symbols.uc_reg_read(this.#uc, UC_IDS[register], this.#value);
    return this.#value[0];
  }

  set(register: number, value: number): void {
    const id = register === REG.XPSR ? UC_XPSR_ALL : UC_IDS[register];
    // Bit 0 of PC is the Thumb state.
    this.#value[0] = register === REG.PC ? value | 1 : value;
    this.#symbols.uc_reg_write(this.#uc, id, this.#value);
    if (register === REG.XPSR || register === REG.CONTROL) this.#rebuild();
  }

  /** Mode and privilege are cached by the translator; writing the flags makes it look again. */
  #rebuild(): void {
    this.#symbols.uc_reg_read(this.#uc, UC_NZCV, this.#value);
    this.#symbols.uc_reg_write(this.#uc, UC_NZCV, this.#value);
  }

  map(start: number, bytes: Uint8Array, rights: MemoryRights): void {
    this.#memory.map(start, bytes, rights);
  }

  mapDevice(start: number, sizeBytes: number): void {
    const read = new Deno.UnsafeCallback(
      { parameters: ["u32", "u32", "u32", "u32"], result: "u32" },
      (_uc, offset, size) => this.#onRead(start + offset, size),
    );
    const write = new Deno.UnsafeCallback(
      { parameters: ["u32", "u32", "u32", "u32", "u32"], result: "void" },
      (_uc, offset, size, value) => this.#onWrite(start + offset, size, value),
    );
    this.#devices.set(start, [read, write]);
    this.#check(
      `map 0x${start.toString(16)}`,
      this.#symbols.uc_mmio_map(
        this.#uc,
        BigInt(start),
        BigInt(sizeBytes),
        read.pointer,
        null,
        write.pointer,
        null,
      ),
    );
  }

  unmap(start: number, sizeBytes: number): void {
    if (this.#memory.has(start)) return this.#memory.unmap(start, sizeBytes);
    this.#check(
      `unmap 0x${start.toString(16)}`,
      this.#symbols.uc_mem_unmap(this.#uc, BigInt(start), BigInt(sizeBytes)),
    );
    this.#devices.get(start)?.forEach((callback) => callback.close());
    this.#devices.delete(start);
  }

  setBreakpoint(address: number, on: boolean): void {
    if (on) this.#breakpoints.add(address);
    else this.#breakpoints.delete(address);
    this.#exits.set(address, on || this.#events.has(address));
  }

  watchEvents(starts: readonly number[]): boolean {
    const found = new Set(starts.flatMap((start) => [...this.#memory.events(start)]));
    const news = found.difference(this.#events);
    for (const address of this.#events.difference(found)) this.#dropEvent(address);
    for (const address of news) {
      this.#events.add(address);
      this.#exits.set(address, true);
    }
    return news.size > 0;
  }

  #dropEvent(address: number): void {
    this.#events.delete(address);
    this.#exits.set(address, this.#breakpoints.has(address));
  }

  openFpu(open: boolean): void {
    if (!this.#fpuId || (this.#fpuId[0] !== 0) === open) return;
    setFpuId(this.#fpuId, open);
    // Dropping all at once takes seconds on 2.0.
    for (const [start, sizeBytes] of this.#memory.executed()) this.invalidate(start, sizeBytes);
  }

  invalidate(start: number, sizeBytes: number): void {
    const [from, to] = [BigInt(start), BigInt(start + sizeBytes)];
    this.#check(
      "drop translated code",
      this.#symbols.uc_ctl(this.#uc, CTL_WRITE_2 + CTL_TB_REMOVE_CACHE, from, to),
    );
  }

  close(): void {
    this.#symbols.uc_close(this.#uc);
    for (const callback of this.#callbacks) callback.close();
    for (const pair of this.#devices.values()) pair.forEach((callback) => callback.close());
  }
}
