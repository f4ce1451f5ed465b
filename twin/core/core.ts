import { MEMORIES, type TcmSizeKb } from "../../chip/memory.ts";
import { type Cpu, type CpuBus, REG, type StopKind } from "../cpu/cpu.ts";
import type { Bus } from "../memory/bus.ts";
import { MemoryMap } from "../memory/memory_map.ts";
import type { UnmodelledLog } from "../memory/unmodelled.ts";
import { VirtualClock } from "../virtual_clock.ts";
import type { BoardState } from "../wiring.ts";
import { Breakpoints } from "./breakpoints.ts";
import { readCoreRegister, resetCoreRegisters, writeCoreRegister } from "./core_registers.ts";
import { DebugRegisters, DEMCR, DFSR } from "./debug_registers.ts";
import { Dwt } from "./dwt.ts";
import { EXCEPTION, ExceptionState } from "./exception_state.ts";
import { ExceptionUnit } from "./exception_unit.ts";
import { Mpu } from "./mpu.ts";
import { Nvic } from "./nvic.ts";
import { Scb } from "./scb.ts";
import { Stops } from "./stops.ts";
import { straightLine } from "./straight_line.ts";
import { SystemSpace } from "./system_space.ts";
import { SysTick } from "./systick.ts";

/** Cycles beyond one per instruction. */
export interface Costs {
  /** For each access to a device register. Default 0. */
  readonly registerAccess?: number;
  /** For each exception entry and each return. Default 0. */
  readonly exceptionEntry?: number;
}

/**
 * Why a run ended: its time or instructions are used up, its condition holds, a debugger halted
 * the core, the core locked up (told once; a run after that waits for a reset), or it sleeps and
 * nothing will ever wake it.
 */
export type RunEnd = "time" | "instructions" | "condition" | "halted" | "lockup" | "idle";

/** When a run ends. */
export interface RunLimits {
  /** Virtual time to stop at. */
  readonly untilNs?: number;
  /** Instructions to execute at most. */
  readonly maxInstructions?: number;
  /** Asked between slices; true stops. */
  readonly until?: () => boolean;
}

/** Instructions between two looks at the world outside. */
const SLICE = 10_000;
/** Instructions under a mask after which its end is no longer noticed to the instruction, and the slice then. */
const LONG_MASKED = 200_000;
const LONG_MASKED_SLICE = 499;
/** `b .` */
const BRANCH_TO_SELF = [0xfe, 0xe7];
/** Reset value of the core's clock: HSI. */
const RESET_HZ = 64e6;

/**
 * The processor: CPU, private peripherals, exceptions and virtual time, over memories and a bus.
 *
 * One instruction is one cycle, plus {@link Costs}. Interrupts are taken between instructions: a
 * bus access that pends or unmasks one ends the slice behind its instruction; while one is held
 * back by a mask alone, the core goes on in straight lines of code and looks after each.
 */
export class Core {
  /** The instruction set. */
  readonly cpu: Cpu;
  /** Plain memories. */
  readonly memory: MemoryMap;
  /** Virtual time. */
  readonly clock: VirtualClock;
  /** What is pending, active and enabled. */
  readonly exceptions = new ExceptionState();
  /** Fault status, vector table, and so on. */
  readonly scb: Scb;
  /** Halting debug. */
  readonly debug: DebugRegisters;
  /** Instructions executed since power-on. */
  instructions = 0;
  /** Cycles beyond one for each access to a device register, see {@link Costs}. */
  accessCycles: number;
  /** Virtual time of the last halt, and the instructions done by then. */
  haltedAt = { ns: 0, instructions: 0 };
  /** Called after each slice of instructions. */
  onSlice: () => void = () => {};
  /** Gives the core's present frequency; asked when {@link Core.clocksChanged} was called. */
  coreHzSource: () => number = () => RESET_HZ;
  /** Called when the vector table moved: another program may have started. */
  onVectors: () => void = () => {};
  /** Called when a debugger halts the core (true) or lets it run. */
  onHalted: (on: boolean) => void = () => {};
  /** Called at the end of the instruction that asked for a reset. */
  onReset: (cause: string) => void = () => {};
  readonly #unit: ExceptionUnit;
  readonly #space: SystemSpace;
  readonly #stops: Stops;
  readonly #sysTick: SysTick;
  readonly #mpu = new Mpu();
  readonly #dwt: Dwt;
  readonly #breakpoints: Breakpoints;
  readonly #bus: Bus;
  readonly #log: UnmodelledLog;
  readonly #entryCost: number;
  #cyclesBase = 0;
  #deadlineCycles = Infinity;
  #running = false;
  #hz = RESET_HZ;
  #hzOld = true;
  #sleep: "wfi" | "wfe" | undefined;
  #codeOld = false;
  #lockupTold = false;
  #lastPc = -1;
  #maskedFor = 0;
  #halted = false;
  #held = false;
  #stepping = false;
  #maskInterrupts = false;
  readonly #deferred: (() => void)[] = [];

  /** Wires the processor. @param makeCpu Makes the CPU on a bus. @param bus Peripherals and windows. */
  constructor(
    makeCpu: (bus: CpuBus) => Cpu,
    bus: Bus,
    state: BoardState,
    log: UnmodelledLog,
    costs: Costs,
  ) {
    this.#bus = bus;
    this.#log = log;
    this.accessCycles = costs.registerAccess ?? 0;
    this.#entryCost = costs.exceptionEntry ?? 0;
    this.clock = new VirtualClock(() => this.cycles);
    this.scb = new Scb(this.exceptions, {
      reset: () => this.reset("software"),
      fpuAccess: (open) => this.defer(() => this.cpu.openFpu(open)),
      vectorsMoved: () => {
        this.#codeOld = true;
        this.onVectors();
      },
      current: () => this.#unit.current,
      unmodelled: (what) => log.add({ what, kind: "behaviour" }),
      fpUsed: () => (this.cpu.get(REG.CONTROL) & 4) !== 0,
    });
    this.#sysTick = new SysTick(
      this.clock,
      () => this.#hz,
      () => this.exceptions.pend(EXCEPTION.SYS_TICK),
    );
    this.#breakpoints = new Breakpoints((address, on) =>
      this.defer(() => this.cpu.setBreakpoint(address, on))
    );
    this.#dwt = new Dwt(() => this.cycles);
    this.debug = new DebugRegisters({
      state: () => ({
        halted: this.#halted,
        sleeping: this.#sleep !== undefined,
        lockup: this.lockup !== undefined,
        retired: this.instructions,
      }),
      halt: () => this.halt(DFSR.HALTED),
      resume: (step, mask) => this.resume(step, mask),
      readRegister: (selector) => this.readRegister(selector),
      writeRegister: (selector, value) => this.writeRegister(selector, value),
    });
    this.#space = new SystemSpace({
      nvic: new Nvic(this.exceptions),
      scb: this.scb,
      sysTick: this.#sysTick,
      mpu: this.#mpu,
      dwt: this.#dwt,
      breakpoints: this.#breakpoints,
      debug: this.debug,
      restricted: (regions) => {
        for (const what of regions) log.note({ what: `${what}: not enforced`, kind: "behaviour" });
      },
    }, (report) => log.add(report));
    this.cpu = makeCpu({
      read: (address, size) => this.#readDevice(address, size),
      write: (address, size, value) => this.#writeDevice(address, size, value),
      faulted: () => bus.faulted(),
    });
    this.memory = new MemoryMap(this.cpu, state.internalFlash, state.externalFlash);
    this.#unit = new ExceptionUnit(this.cpu, this.memory, this.exceptions, this.scb);
    this.#stops = new Stops({
      cpu: this.cpu,
      memory: this.memory,
      unit: this.#unit,
      scb: this.scb,
      debug: this.debug,
      halt: (reason) => this.halt(reason),
    });
    this.cpu.mapDevice(0x4000_0000, 0x2000_0000);
    this.cpu.mapDevice(0xe000_0000, 0x10_0000);
    this.cpu.mapDevice(MEMORIES.UNIQUE_ID.start, 0x400);
    this.cpu.mapDevice(MEMORIES.XSPI2.start, MEMORIES.XSPI2.sizeBytes);
    this.cpu.onEvent = () => void (this.#unit.event = true);
    this.exceptions.onPend = () => this.#lower(0);
    this.clock.onSooner = () => this.#sooner();
  }

  /** Core cycles since power-on, without those slept through. */
  get cycles(): number {
    return this.#cyclesBase + (this.#running ? this.cpu.executed : 0);
  }

  /** Whether the core waits for an interrupt or event. */
  get sleeping(): boolean {
    return this.#sleep !== undefined;
  }

  /** Whether a debugger holds the core. */
  get halted(): boolean {
    return this.#halted;
  }

  /** Why the core locked up, if it did. */
  get lockup(): { reason: string; pc: number } | undefined {
    return this.#unit.lockup;
  }

  /** The last fault that was taken, as text; empty without one. */
  get lastFault(): string {
    return this.#unit.lastFault;
  }

  #readDevice(address: number, size: number): number {
    if (address < 0xe000_0000) return this.#bus.read(address, size);
    const value = this.#space.read(address, size);
    this.#accessed();
    return value;
  }

  #writeDevice(address: number, size: number, value: number): void {
    if (address < 0xe000_0000) return this.#bus.write(address, size, value);
    this.#space.write(address, size, value);
    this.#accessed();
  }

  /** The bus calls it after each access: its cost may bring the next alarm nearer. */
  accessed(): void {
    this.#accessed();
  }

  #accessed(): void {
    if (this.accessCycles === 0 || !this.#running) return;
    this.#cyclesBase += this.accessCycles;
    this.#lower(this.#deadlineCycles - this.cycles);
  }

  /** Ends the slice at hand after so many more instructions. */
  #lower(more: number): void {
    if (this.#running) this.cpu.lower(this.cpu.executed + Math.max(0, Math.ceil(more)));
  }

  #sooner(): void {
    if (!this.#running) return;
    const more = this.clock.cyclesUntil(this.clock.nextNs);
    this.#deadlineCycles = Math.min(this.#deadlineCycles, this.cycles + more);
    this.#lower(this.#deadlineCycles - this.cycles);
  }

  /** Runs `action` between instructions: at once, or behind the instruction at hand. */
  defer(action: () => void): void {
    if (!this.#running) return action();
    this.#deferred.push(action);
    this.#lower(0);
  }

  /** Says that the clock tree may have changed. */
  clocksChanged(): void {
    this.#hzOld = true;
    this.#lower(0);
  }

  #refreshClock(): void {
    this.#hzOld = false;
    const hz = this.coreHzSource();
    if (hz === this.#hz || !(hz > 0)) return;
    this.#sysTick.settle();
    this.#hz = hz;
    this.clock.setRate(hz);
    this.#sysTick.settle();
  }

  /** Frequency of the core in Hz. */
  get hz(): number {
    return this.#hz;
  }

  /** Asks for a reset of the chip behind the instruction at hand. */
  reset(cause: string): void {
    this.defer(() => this.onReset(cause));
  }

  /** Drives an interrupt line. @param line Number of the line, from 0. */
  irq(line: number, level: boolean): void {
    this.exceptions.setLevel(EXCEPTION.IRQ0 + line, level);
  }

  /** Puts the core to its state after a reset and fetches SP and PC. @param boot Address of the vector table. */
  resetCore(boot: number, powerOn: boolean): void {
    if (this.#halted) this.onHalted(false);
    this.#halted = false;
    this.exceptions.reset();
    this.scb.reset(boot);
    this.#sysTick.reset();
    this.#mpu.reset();
    this.#dwt.reset();
    this.#space.reset();
    this.debug.reset(powerOn);
    if (powerOn) this.#breakpoints.reset();
    this.#unit.lockup = undefined;
    this.#lockupTold = false;
    this.#unit.event = false;
    this.#unit.lastFault = "";
    this.#sleep = undefined;
    this.#codeOld = true;
    this.cpu.watchEvents([]);
    this.#stepping = false;
    resetCoreRegisters(this.cpu);
    if (this.#held) return;
    this.start(this.memory.read32(boot) ?? 0, this.memory.read32(boot + 4) ?? 0);
    if (this.debug.enabled && this.debug.demcr & DEMCR.VC_CORERESET) this.halt(DFSR.VCATCH);
  }

  /**
   * Holds the core in reset, or lets it go and fetches SP and PC.
   *
   * The caller resets the chip first. Debug registers can be reached meanwhile.
   */
  holdReset(held: boolean, boot: number): void {
    this.#held = held;
    this.resetCore(boot, false);
  }

  /** Sets stack pointer and program counter (bit 0: Thumb), as a reset or a debugger does. */
  start(sp: number, pc: number): void {
    this.cpu.set(REG.MSP, (sp & ~3) >>> 0);
    this.cpu.set(REG.XPSR, pc & 1 ? 1 << 24 : 0);
    this.cpu.set(REG.PC, (pc & ~1) >>> 0);
  }

  /** Halts the core. @param reason Bits to show in DFSR. */
  halt(reason: number): void {
    if (this.#halted) return;
    this.scb.dfsr |= reason;
    this.defer(() => {
      if (this.#halted || this.#held) return;
      this.#halted = true;
      this.haltedAt = { ns: this.clock.nowNs, instructions: this.instructions };
      // A debugger's halt ends a wait, as an interrupt does.
      this.#sleep = undefined;
      this.#stepping = false;
      this.debug.markHalted();
      this.onHalted(true);
    });
  }

  /** Lets a halted core run. @param step For one instruction only. */
  resume(step = false, maskInterrupts = false): void {
    if (this.#halted) this.onHalted(false);
    this.#halted = false;
    this.#stepping = step;
    this.#maskInterrupts = maskInterrupts;
  }

  /** Gives a core register by DCRSR's numbering: 0..15, 16 xPSR, 17 MSP, 18 PSP, 20 masks, 33 FPSCR, 64.. S0... */
  readRegister(selector: number): number {
    return readCoreRegister(this.cpu, selector);
  }

  /** Sets a core register by DCRSR's numbering. */
  writeRegister(selector: number, value: number): void {
    writeCoreRegister(this.cpu, selector, value);
    // A debugger that moves PC ends a lockup.
    if (selector === REG.PC) this.#unit.lockup = undefined;
  }

  /** Reads as a debugger does, through the bus; undefined if the access faults. */
  busRead(address: number, size: 1 | 2 | 4): number | undefined {
    const bytes = this.memory.read(address, size);
    if (bytes) return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
    if (address >= 0xe000_0000) return this.#space.read(address, size, true);
    const value = this.#readDevice(address, size);
    return this.#bus.faulted() ? undefined : value >>> 0;
  }

  /** Writes as a debugger does, through the bus; false if the access faults. */
  busWrite(address: number, size: 1 | 2 | 4, value: number): boolean {
    if (address >= 0xe000_0000) {
      this.#space.write(address, size, value, true);
      return true;
    }
    const bytes = Uint8Array.from({ length: size }, (_, i) => value >>> (8 * i));
    if (this.memory.write(address, bytes)) return true;
    this.#bus.write(address, size, value);
    return !this.#bus.faulted();
  }

  /** Runs until a limit is met. @throws {UnmodelledError} In strict mode. */
  run({ untilNs = Infinity, maxInstructions = Infinity, until }: RunLimits): RunEnd {
    const lastInstruction = this.instructions + maxInstructions;
    for (;;) {
      this.#betweenInstructions();
      if (until?.()) return "condition";
      if (this.lockup && !this.#lockupTold) {
        this.#lockupTold = true;
        return "lockup";
      }
      if (this.#halted) return "halted";
      if (this.clock.nowNs >= untilNs) return "time";
      if (this.instructions >= lastInstruction) return "instructions";
      // A core that is locked up waits: only a reset, as by the watchdog, or a debugger helps.
      const stands = this.#held || this.lockup !== undefined;
      const masked = !stands && this.#takeInterrupt();
      if (this.#sleep || stands) {
        const nextNs = Math.min(this.clock.nextNs, untilNs);
        if (nextNs === Infinity) return "idle";
        this.clock.jump(nextNs);
        continue;
      }
      this.#slice(untilNs, lastInstruction - this.instructions, masked);
      this.onSlice();
    }
  }

  #betweenInstructions(): void {
    while (this.#deferred.length > 0) this.#deferred.shift()!();
    if (this.clock.ring()) this.#hzOld = true;
    if (this.#hzOld) this.#refreshClock();
  }

  /** Lets virtual time pass for the rest of the chip while the core is halted. */
  pass(untilNs: number): void {
    for (;;) {
      this.#betweenInstructions();
      const nextNs = Math.min(this.clock.nextNs, untilNs);
      if (this.clock.nowNs >= untilNs || nextNs === Infinity) return;
      this.clock.jump(nextNs);
    }
  }

  /** Takes an interrupt if one may be taken; says whether a mask alone holds one back. */
  #takeInterrupt(): boolean {
    if (!this.exceptions.anyPending && !this.#sleep) return false;
    const taken = this.#maskInterrupts ? "none" : this.#unit.take();
    if (taken === "taken") {
      this.#charge();
      this.#sleep = undefined;
    } else if (this.#sleep && this.#wakes()) this.#sleep = undefined;
    return taken === "masked";
  }

  #charge(): void {
    this.#cyclesBase += this.#entryCost;
  }

  #wakes(): boolean {
    if (this.#sleep === "wfe" && this.#unit.event) {
      this.#unit.event = false;
      return true;
    }
    // SEVONPEND: any interrupt that becomes pending is an event, enabled or not.
    if (this.#sleep === "wfe" && this.scb.scr & 0x10 && this.exceptions.anyPending) return true;
    return this.#unit.wouldWake();
  }

  #slice(untilNs: number, instructions: number, masked: boolean): void {
    const nextNs = Math.min(this.clock.nextNs, untilNs);
    const cyclesLeft = nextNs === Infinity ? Infinity : this.clock.cyclesUntil(nextNs);
    let limit = Math.min(SLICE, instructions, cyclesLeft);
    if (masked) limit = Math.min(limit, this.#maskedLimit());
    else this.#maskedFor = 0;
    if (this.#stepping) limit = 1;
    else if (this.#spins() && nextNs !== Infinity) {
      return this.#spin(Math.min(instructions, cyclesLeft));
    }
    this.#deadlineCycles = this.cycles + cyclesLeft;
    this.#running = true;
    let kind: StopKind;
    try {
      kind = this.cpu.run(limit);
    } finally {
      this.#running = false;
      this.#cyclesBase += this.cpu.executed;
      this.instructions += this.cpu.executed;
    }
    this.#handle(kind);
    if (this.#stepping) {
      this.#stepping = false;
      this.halt(DFSR.HALTED);
    }
  }

  /** Whether the core was found twice at a branch to itself: only an interrupt ends that. */
  #spins(): boolean {
    const { pc } = this.cpu;
    const again = pc === this.#lastPc;
    this.#lastPc = pc;
    return again &&
      (this.memory.read(pc, 2)?.every((byte, i) => byte === BRANCH_TO_SELF[i]) ?? false);
  }

  /** Counts branches to itself without executing them one by one. */
  #spin(count: number): void {
    this.#cyclesBase += count;
    this.instructions += count;
  }

  /**
   * Gives how far to run while a mask alone holds an interrupt back: as far as no instruction can
   * change a mask. A program that masks for very long is looked at only now and then.
   */
  #maskedLimit(): number {
    const limit = this.#maskedFor < LONG_MASKED
      ? straightLine(this.memory, this.cpu.get(REG.PC))
      : LONG_MASKED_SLICE;
    this.#maskedFor += limit;
    return limit;
  }

  #handle(kind: StopKind): void {
    if (kind === "wfi") {
      this.#checkSleep();
      this.#sleep = "wfi";
    } else if (kind === "wfe") this.#waitForEvent();
    else if (kind === "exceptionReturn") this.#exceptionReturn();
    else if (kind !== "limit" && this.#stops.take(kind)) this.#charge();
  }

  #waitForEvent(): void {
    const missed = this.#codeOld && this.cpu.watchEvents(this.#codeRegions());
    this.#codeOld = false;
    // An SEV that was not watched yet may have been missed: waking for nothing is allowed.
    if (this.#unit.event || missed) this.#unit.event = false;
    else {
      this.#checkSleep();
      this.#sleep = "wfe";
    }
  }

  /** Stop and Standby would halt clocks that go on here. */
  #checkSleep(): void {
    if (!(this.scb.scr & 4)) return;
    this.#log.add({ what: "Stop or Standby mode (SCR.SLEEPDEEP)", kind: "behaviour" });
  }

  /** Where code may run: RAM, and the flash that holds the vector table. */
  #codeRegions(): number[] {
    const { vtor } = this.scb;
    return this.memory.regions
      .filter(({ start, bytes, writable }) =>
        writable || (vtor >= start && vtor < start + bytes.length)
      )
      .map(({ start }) => start);
  }

  #exceptionReturn(): void {
    const toThread = this.#unit.return((this.cpu.get(REG.PC) | 1) >>> 0);
    this.#charge();
    if (toThread && this.scb.scr & 2) this.#sleep = "wfi";
  }

  /** Says that bytes changed behind the CPU's back. */
  memoryChanged(address: number, length: number): void {
    if (this.memory.find(address, 1) === undefined) return;
    this.defer(() => this.cpu.invalidate(address, length));
  }

  /** Sets the split of the shared memories. */
  setSplit(itcmKb: TcmSizeKb, dtcmKb: TcmSizeKb): void {
    this.defer(() => this.memory.setSplit(itcmKb, dtcmKb));
  }

  /** Maps the external flash's bytes directly, or leaves its window to the bus. */
  setXspiMapped(on: boolean): void {
    this.defer(() => {
      const { start, sizeBytes } = MEMORIES.XSPI2;
      if (on === (this.memory.find(start, 4) !== undefined)) return;
      if (on) this.cpu.unmap(start, sizeBytes);
      this.memory.show("XSPI2", on ? sizeBytes : 0);
      if (!on) this.cpu.mapDevice(start, sizeBytes);
    });
  }
}
