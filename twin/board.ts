import { MEMORIES, TCM_SHARE_CODES, type TcmSizeKb } from "../chip/memory.ts";
import { INTERRUPTS } from "../chip/peripherals.ts";
import { loadBoardFile, newBoardState, saveBoardFile } from "./board_file.ts";
import { Core, type Costs, type RunEnd, type RunLimits } from "./core/core.ts";
import { DFSR } from "./core/debug_registers.ts";
import type { Cpu, CpuBus } from "./cpu/cpu.ts";
import { UnicornCpu } from "./cpu/unicorn.ts";
import { type ElfImage, readElf, vectorTable } from "./elf.ts";
import { Bus } from "./memory/bus.ts";
import { type UnmodelledEntry, UnmodelledLog } from "./memory/unmodelled.ts";
import { createOtgHs } from "./peripherals/otg/create.ts";
import type { OtgHs } from "./peripherals/otg/otg_hs.ts";
import { createSystem, type System, type SystemOptions } from "./peripherals/system.ts";
import { RttReader } from "./rtt.ts";
import type { UsbPort } from "./usb/port.ts";
import type { BoardHost, BoardState } from "./wiring.ts";

/** The board's LEDs: LD1 green, LD2 orange, LD3 red. */
export type LedName = "LD1" | "LD2" | "LD3";

/** One change of an LED. */
export interface LedChange {
  /** Which LED. */
  readonly led: LedName;
  /** Whether it is lit now. */
  readonly on: boolean;
  /** Virtual time of the change. */
  readonly atNs: number;
}

/** One line that the program wrote over RTT. */
export interface LogLine {
  /** The line without its end. */
  readonly text: string;
  /** Virtual time at which the debugger's view found it. */
  readonly atNs: number;
}

/** What a board is made of. */
export interface BoardOptions {
  /** ELF file whose segments are put into internal flash before power-on, as a programmer would. */
  readonly loader?: Uint8Array;
  /** ELF file: put as it is to the start of external flash, or with `ram` loaded into RAM. */
  readonly image?: Uint8Array;
  /** Loads `image` into RAM and starts it as a debugger does, without a loader. */
  readonly ram?: boolean;
  /** Unique ID, u8[12]; default the board file's, else {@link DEFAULT_UNIQUE_ID}. */
  readonly uniqueId?: Uint8Array;
  /** File that keeps flashes, option bytes and unique ID; made by {@link Board.save} if missing. */
  readonly boardFile?: string;
  /** Ends a run with an error at the first thing that is not modelled. Default false. */
  readonly strict?: boolean;
  /** Cycles beyond one per instruction; default none. */
  readonly costs?: Costs;
  /** Reads the log without taking it from a debugger, who then sees all of it; default false. */
  readonly peek?: boolean;
  /** What of the board's parts can differ. */
  readonly system?: SystemOptions;
  /** Makes the CPU; default unicorn. */
  readonly makeCpu?: (bus: CpuBus) => Cpu;
}

/** Unique ID of a board that was given none. */
export const DEFAULT_UNIQUE_ID: Uint8Array<ArrayBuffer> = Uint8Array.from([
  0x33,
  0x00,
  0x3b,
  0x00,
  0x0c,
  0x51,
  0x37,
  0x31,
  0x36,
  0x39,
  0x39,
  0x35,
]);

/** Where the chip finds its vector table after a reset. */
const BOOT_ADDRESS = MEMORIES.FLASH.start;

/** Memories whose clock RCC can stop. */
const GATED_MEMORIES = [
  ["AHB_SRAM1", "AHB2ENR.SRAM1EN"],
  ["AHB_SRAM2", "AHB2ENR.SRAM2EN"],
  ["BACKUP_SRAM", "AHB4ENR.BKPRAMEN"],
] as const;

/** Finds the smallest split of the shared memories into which all segments fit. */
function splitFor(image: ElfImage): { itcmKb: TcmSizeKb; dtcmKb: TcmSizeKb } {
  const need = (memory: { start: number; sizeBytes: number }): TcmSizeKb => {
    let end = 0;
    for (const { address, memoryBytes } of image.segments) {
      const offset = address - memory.start;
      if (offset >= 0 && offset < memory.sizeBytes) end = Math.max(end, offset + memoryBytes);
    }
    return ([64, 128, 192] as const).find((kb) => end <= kb * 1024) ?? 192;
  };
  return { itcmKb: need(MEMORIES.ITCM), dtcmKb: need(MEMORIES.DTCM) };
}

/**
 * An emulated Nucleo with an STM32H7S3L8: powered from its making on.
 *
 * @example
 * ```ts
 * const board = Board.create({ image: await Deno.readFile("usbnvme.elf"), ram: true });
 * board.onLog(({ text }) => console.log(text));
 * board.runFor(10e6);
 * board.close();
 * ```
 */
export class Board {
  /** The processor: counts, time, registers, halting. */
  readonly core: Core;
  /** The chip's blocks but USB. */
  readonly system: System;
  /** What the board keeps without power. */
  readonly state: BoardState;
  /** All lines that the program wrote over RTT. */
  readonly log: LogLine[] = [];
  /** Levels of the LEDs now. */
  readonly leds: Record<LedName, boolean> = { LD1: false, LD2: false, LD3: false };
  readonly #otg: OtgHs;
  readonly #rtt: RttReader;
  readonly #unmodelled: UnmodelledLog;
  readonly #boardFile: string | undefined;
  readonly #logListeners = new Set<(line: LogLine) => void>();
  readonly #ledListeners = new Set<(change: LedChange) => void>();
  readonly #powerListeners = new Set<() => void>();
  readonly #ramImage: ElfImage | undefined;
  #resets: string[] = [];
  #held = false;

  private constructor(options: BoardOptions) {
    this.#boardFile = options.boardFile;
    const kept = options.boardFile === undefined ? undefined : loadBoardFile(options.boardFile);
    this.state = kept ?? newBoardState(options.uniqueId ?? DEFAULT_UNIQUE_ID);
    if (options.uniqueId) this.state.uniqueId.set(options.uniqueId);
    this.#unmodelled = new UnmodelledLog(options.strict ?? false, () => this.core.cpu.pc);
    const bus = new Bus(this.#unmodelled, {
      enabled: (bit) => this.system.enabled(bit),
      pc: () => this.core.cpu.pc,
      accessed: () => this.core.accessed(),
      clocksWritten: () => {
        this.core.clocksChanged();
        this.core.defer(() => {
          this.#gateMemories();
          this.#otg.refresh();
        });
      },
    });
    const makeCpu = options.makeCpu ?? ((cpuBus) => new UnicornCpu(cpuBus));
    this.core = new Core(makeCpu, bus, this.state, this.#unmodelled, options.costs ?? {});
    const host = this.#host();
    this.system = createSystem(host, options.system);
    this.#otg = createOtgHs(host, this.system);
    this.system.onPeripheralReset((name) => {
      if (name.includes("OTG_HS") || name.includes("OTGHS")) this.#otg.reset();
    });
    for (const block of [...this.system.blocks, this.#otg]) bus.add(block);
    bus.addWindow(BOOT_ADDRESS, MEMORIES.FLASH.sizeBytes, this.system.internalFlash);
    bus.addWindow(MEMORIES.XSPI2.start, MEMORIES.XSPI2.sizeBytes, this.system.xspiWindow);
    this.#rtt = new RttReader(this.core.memory, (text) => this.#line(text), options.peek);
    this.core.coreHzSource = () => this.system.hz("CPU");
    this.core.onHalted = (on) => this.system.halted(on);
    this.core.onReset = (cause) => this.#reset(cause, false);
    this.core.onSlice = () => this.#rtt.poll();
    this.core.onVectors = () => this.#rtt.expectMove();
    try {
      this.#ramImage = options.image && options.ram ? readElf(options.image) : undefined;
      if (options.loader) this.#program(readElf(options.loader));
      if (options.image && !options.ram) this.state.externalFlash.set(options.image);
      this.#powerOn();
    } catch (error) {
      this.core.cpu.close();
      throw error;
    }
  }

  /**
   * Makes a board and powers it.
   *
   * @throws {ElfError} If a file is no ELF file. @throws {BoardFileError} If the board file is damaged.
   * @throws {UnicornMissingError} If there is no libunicorn.
   */
  static create(options: BoardOptions = {}): Board {
    return new Board(options);
  }

  #host(): BoardHost {
    const { core, state } = this;
    return {
      clock: core.clock,
      state,
      irq: (line, level) => {
        const number = INTERRUPTS[line];
        if (number === undefined) throw new RangeError(`Cannot find the interrupt line "${line}"`);
        core.irq(number, level);
      },
      hz: (node) => this.system.hz(node),
      unmodelled: (report) => this.#unmodelled.add(report),
      reset: (cause) => core.reset(cause),
      setSplit: (itcmKb, dtcmKb) => core.setSplit(itcmKb as TcmSizeKb, dtcmKb as TcmSizeKb),
      setXspiMapped: (on) => core.setXspiMapped(on),
      memoryChanged: (address, length) => core.memoryChanged(address, length),
      led: (name, on) => this.#led(name, on),
    };
  }

  #line(text: string): void {
    const line = { text, atNs: this.nowNs };
    this.log.push(line);
    for (const listener of this.#logListeners) listener(line);
  }

  #led(led: LedName, on: boolean): void {
    if (this.leds[led] === on) return;
    this.leds[led] = on;
    const change = { led, on, atNs: this.nowNs };
    for (const listener of this.#ledListeners) listener(change);
  }

  /** Puts a program's segments into internal flash. */
  #program(image: ElfImage): void {
    const { start, sizeBytes } = MEMORIES.FLASH;
    this.state.internalFlash.fill(0xff);
    for (const { address, bytes } of image.segments) {
      if (bytes.length === 0) continue;
      if (address < start || address + bytes.length > start + sizeBytes) {
        throw new RangeError(
          `Cannot put the loader into internal flash: a segment lies at 0x${address.toString(16)}`,
        );
      }
      this.state.internalFlash.set(bytes, address - start);
    }
    this.core.memoryChanged(start, sizeBytes);
  }

  #powerOn(): void {
    if (this.#ramImage) {
      const { itcmKb, dtcmKb } = splitFor(this.#ramImage);
      const codes = TCM_SHARE_CODES[itcmKb] | TCM_SHARE_CODES[dtcmKb] << 4;
      this.state.optionBytes.set("OBW2SR", codes);
    }
    this.core.memory.clearRam();
    this.#rtt.reset();
    this.#reset("power-on", true);
    if (this.#ramImage) this.#startFromRam(this.#ramImage);
  }

  #startFromRam(image: ElfImage): void {
    const table = vectorTable(image);
    if (table === undefined) {
      throw new RangeError("Cannot start the image: no segment begins with a vector table");
    }
    for (const { address, bytes, memoryBytes } of image.segments) {
      const whole = new Uint8Array(memoryBytes);
      whole.set(bytes);
      if (!this.core.memory.write(address, whole)) {
        throw new RangeError(`Cannot load the image: no RAM at 0x${address.toString(16)}`);
      }
    }
    this.core.scb.vtor = table;
    this.core.start(this.core.memory.read32(table)!, (image.entry | 1) >>> 0);
  }

  #reset(cause: string, powerOn: boolean): void {
    this.#rtt.poll();
    this.#rtt.restarted();
    this.#resets.push(cause);
    this.system.resetCause(cause);
    for (const block of this.system.blocks) block.reset();
    this.#otg.reset();
    this.core.resetCore(BOOT_ADDRESS, powerOn);
    this.core.clocksChanged();
    this.#gateMemories();
  }

  /** Memories with a clock gate are on the bus only while it is open. */
  #gateMemories(): void {
    for (const [name, enable] of GATED_MEMORIES) {
      const { sizeBytes } = MEMORIES[name];
      this.core.memory.show(name, this.system.enabled(enable) ? sizeBytes : 0);
    }
  }

  /** Takes the power away and gives it back: RAM is lost, half-done flash operations stay half done. */
  powerCycle(): void {
    this.#rtt.poll();
    this.system.powerCut();
    this.#powerOn();
    for (const listener of this.#powerListeners) listener();
  }

  /**
   * Resets the chip: RAM, flash and virtual time stay. An image that was started in RAM is not
   * started again, as on a board.
   *
   * @param cause `pin` (the button), or as the chip's own causes: `software`, `iwdg`, `wwdg`.
   */
  reset(cause = "pin"): void {
    this.#reset(cause, false);
  }

  /** Drives nRST: true holds the chip in reset, false lets it start. */
  holdReset(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    if (held) this.#reset("pin", false);
    this.core.holdReset(held, BOOT_ADDRESS);
  }

  /** Causes of all resets since the board was made, the first power-on included. */
  get resets(): readonly string[] {
    return this.#resets;
  }

  /** Runs for a span of virtual time. @throws {UnmodelledError} In strict mode. */
  runFor(ns: number): RunEnd {
    return this.run({ untilNs: this.nowNs + ns });
  }

  /** Runs until a limit is met; returns which. @throws {UnmodelledError} In strict mode. */
  run(limits: RunLimits): RunEnd {
    const end = this.core.run(limits);
    this.#rtt.poll();
    return end;
  }

  /** Lets time pass up to `untilNs`, also while a debugger holds the core. */
  advance(untilNs: number, until?: () => boolean): void {
    if (this.core.halted) this.core.pass(untilNs);
    else this.run({ untilNs, until });
  }

  /** Runs until a log line holds `text`, counted from `from`; undefined if the time ends before. */
  runUntilLog(text: string, withinNs: number, from = 0): LogLine | undefined {
    let seen = from;
    let found: LogLine | undefined;
    const look = () => {
      for (; seen < this.log.length && !found; seen++) {
        if (this.log[seen].text.includes(text)) found = this.log[seen];
      }
      return found !== undefined;
    };
    this.run({ untilNs: this.nowNs + withinNs, until: look });
    look();
    return found;
  }

  /** Virtual time since the board was made. */
  get nowNs(): number {
    return this.core.clock.nowNs;
  }

  /** Instructions executed since the board was made. */
  get instructions(): number {
    return this.core.instructions;
  }

  /** Calls `listener` for each log line to come; returns what takes it back. */
  onLog(listener: (line: LogLine) => void): () => void {
    this.#logListeners.add(listener);
    return () => void this.#logListeners.delete(listener);
  }

  /** Calls `listener` for each LED change to come; returns what takes it back. */
  onLed(listener: (change: LedChange) => void): () => void {
    this.#ledListeners.add(listener);
    return () => void this.#ledListeners.delete(listener);
  }

  /** Calls `listener` after each power cycle to come; returns what takes it back. */
  onPowerCycle(listener: () => void): () => void {
    this.#powerListeners.add(listener);
    return () => void this.#powerListeners.delete(listener);
  }

  /** Sends text to the program over RTT's down channel 0. */
  rttWrite(text: string): void {
    this.#rtt.write(text);
  }

  /** The USB port CN2. */
  get usb(): UsbPort {
    return this.#otg.port;
  }

  /** What was met and is not modelled, and registers that a program waits for in vain. */
  get unmodelled(): readonly UnmodelledEntry[] {
    return this.#unmodelled.entries;
  }

  /** Why the core locked up; undefined while it has not. */
  get lockup(): string | undefined {
    const lockup = this.core.lockup;
    return lockup && `${lockup.reason} at pc 0x${lockup.pc.toString(16)}`;
  }

  /** The last fault that the core took, as text; empty without one. */
  get lastFault(): string {
    return this.core.lastFault;
  }

  /** Presses (true) or releases the user button. */
  button(pressed: boolean): void {
    this.system.pin("PC13", pressed);
  }

  /** Copies memory out as a debugger does; undefined where not all of it is one plain memory. */
  readMemory(address: number, length: number): Uint8Array | undefined {
    return this.core.memory.read(address, length);
  }

  /** Copies bytes into RAM as a debugger does; false where there is none. */
  writeMemory(address: number, bytes: Uint8Array): boolean {
    return this.core.memory.write(address, bytes);
  }

  /** Halts the core as a debugger does. */
  halt(): void {
    this.core.halt(DFSR.HALTED);
  }

  /** Lets a halted core go on. */
  resume(): void {
    this.core.resume();
  }

  /** Executes one instruction of a halted core. */
  step(): void {
    this.core.resume(true);
    this.core.run({});
  }

  /** Writes the board file, if the board has one. */
  save(): void {
    if (this.#boardFile !== undefined) saveBoardFile(this.#boardFile, this.state);
  }

  /** Saves the board and gives its memory back. */
  close(): void {
    this.save();
    this.core.cpu.close();
  }
}
