import type { Alarm, Clock } from "../clock.ts";
import type { Unmodelled } from "../peripheral.ts";
import type { BoardHost, BoardState, BusBlock } from "../wiring.ts";
import { createSystem, type System, type SystemOptions } from "./system.ts";

/** Virtual time that a test moves by hand. */
export class FakeClock implements Clock {
  nowNs = 0;
  readonly #alarms: { deadlineNs: number; run: () => void }[] = [];

  at(deadlineNs: number, run: () => void): Alarm {
    const entry = { deadlineNs, run };
    this.#alarms.push(entry);
    this.#alarms.sort((a, b) => a.deadlineNs - b.deadlineNs);
    return {
      deadlineNs,
      cancel: () => {
        const index = this.#alarms.indexOf(entry);
        if (index >= 0) this.#alarms.splice(index, 1);
      },
    };
  }

  after(delayNs: number, run: () => void): Alarm {
    return this.at(this.nowNs + delayNs, run);
  }

  /** Lets time pass, ringing what falls due on the way. */
  advance(ns: number): void {
    const end = this.nowNs + ns;
    while (this.#alarms.length > 0 && this.#alarms[0].deadlineNs <= end) {
      const next = this.#alarms.shift()!;
      this.nowNs = Math.max(this.nowNs, next.deadlineNs);
      next.run();
    }
    this.nowNs = end;
  }
}

/** A board without CPU: the system's blocks on a bus that a test drives. */
export class FakeBoard {
  readonly clock: FakeClock = new FakeClock();
  readonly reports: Unmodelled[] = [];
  readonly lines: Set<string> = new Set();
  readonly resets: string[] = [];
  readonly leds: string[] = [];
  readonly changes: string[] = [];
  readonly state: BoardState;
  readonly system: System;
  split: [itcmKb: number, dtcmKb: number] = [0, 0];
  xspiMapped = false;

  constructor(options: SystemOptions = {}, state: Partial<BoardState> = {}) {
    this.state = {
      internalFlash: new Uint8Array(64 * 1024).fill(0xff),
      externalFlash: new Uint8Array(256 * 1024).fill(0xff),
      optionBytes: new Map(),
      uniqueId: Uint8Array.from([0x44, 0x33, 0x22, 0x11, 5, 6, 7, 8, 9, 10, 11, 12]),
      ...state,
    };
    const host: BoardHost = {
      clock: this.clock,
      state: this.state,
      hz: (node) => this.system.hz(node),
      irq: (line, level) => void (level ? this.lines.add(line) : this.lines.delete(line)),
      unmodelled: (report) => void this.reports.push(report),
      reset: (cause) => void this.resets.push(cause),
      setSplit: (itcmKb, dtcmKb) => this.split = [itcmKb, dtcmKb],
      setXspiMapped: (on) => this.xspiMapped = on,
      memoryChanged: (address, length) =>
        void this.changes.push(`${address.toString(16)}+${length}`),
      led: (name, on) => void this.leds.push(`${name} ${on ? "on" : "off"}`),
    };
    this.system = createSystem(host, options);
    this.restart("power-on");
  }

  /** Resets all blocks as the board does. */
  restart(cause: string): void {
    this.system.resetCause(cause);
    for (const block of this.system.blocks) block.reset();
  }

  /** Finds a block by its name. */
  block(name: string): BusBlock {
    const found = this.system.blocks.find((block) => block.name === name);
    if (!found) throw new RangeError(`Cannot find the block "${name}"`);
    return found;
  }

  #find(address: number): [BusBlock, number] {
    for (const block of this.system.blocks) {
      const offset = address - block.base;
      if (offset >= 0 && offset < block.sizeBytes) return [block, offset];
    }
    throw new RangeError(`Cannot find a block at 0x${address.toString(16)}`);
  }

  /** Reads a register at its bus address. */
  read(address: number, size = 4): number {
    const [block, offset] = this.#find(address);
    return block.read(offset, size);
  }

  /** Writes a register at its bus address. */
  write(address: number, value: number, size = 4): void {
    const [block, offset] = this.#find(address);
    block.write(offset, size, value);
  }
}
