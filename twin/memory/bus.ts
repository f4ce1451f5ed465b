import { PERIPHERALS } from "../../chip/peripherals.ts";
import type { CpuBus } from "../cpu/cpu.ts";
import { type BusBlock, BusError, type MemoryDevice } from "../wiring.ts";
import type { UnmodelledLog } from "./unmodelled.ts";

/** Blocks start at multiples of this. */
const PAGE_BITS = 10;
/** Peripheral space: 0x40000000 to 0x5FFFFFFF. */
const SPACE_START = 0x4000_0000;
const SPACE_BYTES = 0x2000_0000;
/** As long as this, a read of one register from one place without change is worth a word. */
const POLLS = 100_000;

/** Blocks whose registers clock or supply other blocks. */
const FEEDERS = new Set(["RCC", "PWR"]);

/** A block on the bus, and whether its clock runs. */
interface Slot {
  readonly block: BusBlock;
  readonly end: number;
  readonly enable: string | undefined;
  /** Whether it clocks or supplies others. */
  readonly feeds: boolean;
  open: boolean;
}

/** A range with behaviour of its own outside peripheral space. */
interface Window {
  readonly start: number;
  readonly end: number;
  readonly device: MemoryDevice;
}

/** What the bus asks of the board. */
export interface BusWorld {
  /** Whether an RCC enable bit is set. */
  enabled(bit: string): boolean;
  /** Address of the instruction at hand. */
  pc(): number;
  /** Called after each access, before the CPU goes on. */
  accessed(): void;
  /** Called after a write to RCC or PWR: clocks, clock gates and supplies may have changed. */
  clocksWritten(): void;
}

/** Chip's blocks by rising address, to name what has no model. */
const NAMED = Object.entries(PERIPHERALS)
  .map(([name, { address }]) => ({ name, address }))
  .sort((a, b) => a.address - b.address);

/** Gives the name of an address in peripheral space, as in `ETH+0x10`; undefined if nothing stands near. */
export function nameOf(address: number): string | undefined {
  let found: { name: string; address: number } | undefined;
  for (const block of NAMED) if (block.address <= address) found = block;
  if (!found) return undefined;
  const offset = address - found.address;
  // Only Ethernet and the SD blocks reach further than 1 KB.
  if (offset >= (found.name === "ETH" ? 0x2000 : 1 << PAGE_BITS)) return undefined;
  return `${found.name}+0x${offset.toString(16)}`;
}

/**
 * The bus behind everything that is not plain memory: finds the block by its page, holds the
 * clock gates, and names what is missing.
 */
export class Bus implements CpuBus {
  readonly #slots: Slot[] = [];
  readonly #pages = new Uint16Array(SPACE_BYTES >>> PAGE_BITS);
  readonly #windows: Window[] = [];
  readonly #log: UnmodelledLog;
  readonly #world: BusWorld;
  #faulted = false;
  #gatesOld = true;
  #pollAddress = -1;
  #pollValue = 0;
  #polls = 0;

  constructor(log: UnmodelledLog, world: BusWorld) {
    this.#log = log;
    this.#world = world;
  }

  /** Puts a block on the bus. */
  add(block: BusBlock): void {
    const { base, sizeBytes } = block;
    const enable = PERIPHERALS[block.name]?.enable;
    if (base < SPACE_START || base >= SPACE_START + SPACE_BYTES) {
      this.addWindow(base, sizeBytes, {
        read: (address, size) => block.read(address - base, size),
        write: (address, size, value) => block.write(address - base, size, value),
      });
      return;
    }
    const feeds = FEEDERS.has(block.name);
    this.#slots.push({ block, end: base + sizeBytes, enable, feeds, open: true });
    const first = (base - SPACE_START) >>> PAGE_BITS;
    const last = (base + sizeBytes - 1 - SPACE_START) >>> PAGE_BITS;
    this.#pages.fill(this.#slots.length, first, last + 1);
  }

  /** Puts a device with an address range of its own on the bus. */
  addWindow(start: number, sizeBytes: number, device: MemoryDevice): void {
    this.#windows.push({ start, end: start + sizeBytes, device });
  }

  /** Says that clock enables may have changed. */
  gatesChanged(): void {
    this.#gatesOld = true;
  }

  #refreshGates(): void {
    this.#gatesOld = false;
    for (const slot of this.#slots) slot.open = !slot.enable || this.#world.enabled(slot.enable);
  }

  faulted(): boolean {
    const faulted = this.#faulted;
    this.#faulted = false;
    return faulted;
  }

  #slotAt(address: number): Slot | undefined {
    const page = (address - SPACE_START) >>> PAGE_BITS;
    const slot = this.#slots[this.#pages[page] - 1];
    if (slot === undefined || address >= slot.end) return undefined;
    if (this.#gatesOld) this.#refreshGates();
    return slot;
  }

  read(address: number, size: number): number {
    const slot = this.#slotAt(address);
    let value = 0;
    try {
      if (slot === undefined) value = this.#readOther(address, size);
      else if (slot.open) value = slot.block.read(address - slot.block.base, size);
      else this.#unclocked(slot, "read");
    } catch (error) {
      this.#catch(error);
    }
    this.#watch(address, value);
    this.#world.accessed();
    return value;
  }

  write(address: number, size: number, value: number): void {
    const slot = this.#slotAt(address);
    this.#polls = 0;
    try {
      if (slot === undefined) this.#writeOther(address, size, value);
      else if (slot.open) slot.block.write(address - slot.block.base, size, value);
      else this.#unclocked(slot, "write", value);
    } catch (error) {
      this.#catch(error);
    }
    if (slot !== undefined && slot.feeds) {
      this.#gatesOld = true;
      this.#world.clocksWritten();
    }
    this.#world.accessed();
  }

  #catch(error: unknown): void {
    if (!(error instanceof BusError)) throw error;
    this.#faulted = true;
  }

  #window(address: number): MemoryDevice | undefined {
    return this.#windows.find(({ start, end }) => address >= start && address < end)?.device;
  }

  #readOther(address: number, size: number): number {
    const device = this.#window(address);
    if (device) return device.read(address, size);
    this.#missing(address, "read");
    return 0;
  }

  #writeOther(address: number, size: number, value: number): void {
    const device = this.#window(address);
    if (device) return device.write(address, size, value);
    this.#missing(address, "write", value);
  }

  /** A block without a model reads as 0; where the chip has nothing at all the access faults. */
  #missing(address: number, kind: "read" | "write", value?: number): void {
    const name = nameOf(address);
    if (name !== undefined) return this.#report(name, kind, value);
    this.#faulted = true;
  }

  /** Told, but no error: embassy's XSPI driver clears CR.EN before it enables the clock. */
  #unclocked({ block }: Slot, kind: "read" | "write", value?: number): void {
    this.#log.note({ what: `${block.name} without its clock`, kind, value });
  }

  #report(what: string, kind: "read" | "write", value?: number): void {
    this.#log.add({ what, kind, value });
  }

  /** Notices a program that waits for a register which never changes. */
  #watch(address: number, value: number): void {
    if (address !== this.#pollAddress || value !== this.#pollValue) {
      this.#pollAddress = address;
      this.#pollValue = value;
      this.#polls = 0;
    } else if (++this.#polls === POLLS) {
      const register = this.#registerAt(address);
      const pc = this.#world.pc().toString(16);
      this.#log.note({
        what: `polls ${register} at pc 0x${pc}, which stays 0x${(value >>> 0).toString(16)}`,
        kind: "behaviour",
      });
    }
  }

  #registerAt(address: number): string {
    const block = this.#slotAt(address)?.block;
    const name = block?.nameAt?.(address - block.base);
    return name ? `${block!.name}.${name}` : nameOf(address) ?? `0x${address.toString(16)}`;
  }
}
