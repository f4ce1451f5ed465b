import { FLASH_PART } from "../../chip/flash_part.ts";
import type { Clock } from "../clock.ts";
import { clocksOf, FLOATING, gather, type Signalling, spread } from "./nor_bus.ts";
import {
  ARRAY_DUMMY,
  type NorAction,
  type NorCommand,
  OPI_COMMANDS,
  REGISTER_DUMMY,
  SPI_COMMANDS,
  UNMODELLED_CODES,
} from "./nor_commands.ts";
import { FlashOperations } from "./operations.ts";
import { SFDP } from "./sfdp.ts";

/** How the part listens: one line, eight lines, or eight lines on both edges. */
export type NorMode = "SPI" | "STR OPI" | "DTR OPI";

const { pageBytes: PAGE, sectorBytes: SECTOR, blockBytes: BLOCK, id: ID } = FLASH_PART;
const [WIP, WEL] = [1, 2];
/** Commands that a part busy with a write still takes. */
const WHILE_BUSY: ReadonlySet<NorAction> = new Set([
  "status",
  "configuration",
  "security",
  "reset-enable",
  "reset",
]);
// Typical times. @see MX25UW25645G datasheet, erase and programming performance
const PROGRAM_BASE_NS = 30_000;
const PROGRAM_BYTE_NS = 470;
const SECTOR_NS = 25e6;
const BLOCK_NS = 220e6;
const CHIP_NS = 70e9;
const STATUS_NS = 1e6;
/**
 * Time after a reset in which nothing is answered; longer when it broke off an erase. The datasheet
 * gives a maximum of 40 us; programs that work on boards write 7 us after a reset, others that read
 * after 2 us get zeros.
 */
const RESET_NS = 4_000;
const RESET_IN_ERASE_NS = 12e6;

/** What the part needs of the world around it. */
export interface NorWorld {
  /** Virtual time. */
  readonly clock: Clock;
  /** Its array, shared: u8[n], n a power of two. */
  readonly bytes: Uint8Array;
  /** Factor on the times of programming and erasing; 1 is the datasheet's typical time. */
  readonly timeScale: number;
  /** Says that bytes changed, by offset. */
  changed(offset: number, length: number): void;
  /** Names a command that the part has and the model has not. */
  unmodelled(what: string): void;
}

/**
 * The octal flash Macronix MX25UW25645G at its pins: select, clock bytes in, clock bytes out, deselect.
 *
 * What is sent in the wrong mode arrives as on the part: too few lines, wrong edges, garbage, which
 * it does not decode; such cases are counted by name in {@link counters}.
 *
 * @see MX25UW25645G datasheet
 */
export class Mx25uw25645g {
  /** Cases that a driver should not reach, by name. */
  readonly counters: Map<string, number> = new Map();
  readonly #world: NorWorld;
  readonly #operations: FlashOperations;
  #status = 0;
  #configuration = 0x07;
  #cr2 = new Map<number, number>();
  #resetEnabled = false;
  #deafUntilNs = 0;

  // The command being clocked in.
  #selected = false;
  #mode: NorMode = "SPI";
  #shift = 0;
  #bits = 0;
  #edge = 0;
  #taken: number[] = [];
  #code = 0;
  #command: NorCommand | undefined;
  #dead = false;
  #address = 0;
  #clocks = 0;

  /** Makes the part, in its state after power-on. */
  constructor(world: NorWorld) {
    this.#world = world;
    this.#operations = new FlashOperations(world.clock, () => this.#status &= ~(WIP | WEL));
  }

  /** Starts as at power-on: SPI mode, nothing latched. */
  powerOn(): void {
    this.#operations.cut();
    this.#clear();
    this.#deafUntilNs = 0;
  }

  /** Leaves a half-done operation as a loss of power leaves it. */
  powerCut(): void {
    this.#operations.cut();
  }

  /** How it listens now. */
  get mode(): NorMode {
    const enable = this.#cr2.get(0) ?? 0;
    return enable & 2 ? "DTR OPI" : enable & 1 ? "STR OPI" : "SPI";
  }

  /** True while it programs or erases, or recovers from a reset. */
  get busy(): boolean {
    return (this.#status & WIP) !== 0 || this.#world.clock.nowNs < this.#deafUntilNs;
  }

  /** Dummy clocks of array reads in octal modes. */
  get arrayDummy(): number {
    return ARRAY_DUMMY[(this.#cr2.get(0x300) ?? 0) & 7];
  }

  /** True when it drives its data strobe on reads. */
  get strobes(): boolean {
    const mode = this.#selected ? this.#mode : this.mode;
    return mode === "DTR OPI" || (mode === "STR OPI" && ((this.#cr2.get(0x200) ?? 0) & 2) !== 0);
  }

  /** NCS goes low. */
  select(): void {
    this.#selected = true;
    this.#mode = this.mode;
    this.#shift =
      this.#bits =
      this.#edge =
      this.#code =
      this.#address =
      this.#clocks =
        0;
    this.#taken = [];
    this.#command = undefined;
    this.#dead = this.#world.clock.nowNs < this.#deafUntilNs;
    if (this.#dead) this.#count("selected while recovering from a reset");
  }

  /** The controller clocks bytes out. */
  send(bytes: Uint8Array, how: Signalling): void {
    if (this.#matches(how) && this.#bits === 0) {
      for (const byte of bytes) this.#take(byte);
      return;
    }
    const edges = spread(bytes, how);
    for (let i = 0; i < edges.length; i += 2) this.#clock(edges[i], edges[i + 1]);
  }

  /** The controller clocks without driving the lines. */
  idle(clocks: number): void {
    if (this.#outputs) this.#clocks += clocks;
    else for (let i = 0; i < clocks; i++) this.#clock(FLOATING, FLOATING);
  }

  /**
   * The controller clocks bytes in.
   *
   * @param strobed True when the controller samples on the data strobe instead of its own count.
   * @returns u8[count]; undefined when it waits for a strobe that the part does not drive.
   */
  receive(count: number, how: Signalling, strobed = false): Uint8Array | undefined {
    if (strobed) {
      if (!this.strobes || !this.#outputs) return undefined;
      // The strobe tells where the data begin, however few clocks the controller waited.
      this.#clocks = Math.max(this.#clocks, this.#dummy);
    }
    const fast = this.#array(count, how);
    if (fast) return fast;
    const clocks = clocksOf(count, how);
    const edges = new Uint8Array(2 * clocks);
    for (let i = 0; i < clocks; i++) {
      edges[2 * i] = this.#level(0);
      edges[2 * i + 1] = this.#level(1);
      this.#clocks++;
    }
    return gather(edges, count, how);
  }

  /** NCS goes high: what was commanded begins. */
  deselect(): void {
    if (!this.#selected) return;
    this.#selected = false;
    const command = this.#command;
    if (this.#dead || !command) {
      if (!this.#dead && (this.#taken.length > 0 || this.#bits > 0)) {
        this.#count(`incomplete command in ${this.#mode}`);
      }
      return;
    }
    if (this.#bits !== 0) return this.#count(`${command.action} not ended on a byte`);
    if (this.#taken.length < command.address) {
      return this.#count(`${command.action} without its address`);
    }
    this.#execute(command.action, Uint8Array.from(this.#taken.slice(command.address)));
  }

  // --- clocking ---

  #matches({ lines, dtr }: Signalling): boolean {
    return lines === (this.#mode === "SPI" ? 1 : 8) && dtr === (this.#mode === "DTR OPI");
  }

  #clock(rising: number, falling: number): void {
    if (this.#outputs) {
      this.#clocks++;
    } else if (this.#mode === "SPI") {
      this.#shift = (this.#shift << 1 | (rising & 1)) & 0xff;
      if (++this.#bits < 8) return;
      this.#bits = 0;
      this.#take(this.#shift);
    } else {
      this.#take(rising);
      if (this.#mode === "DTR OPI") this.#take(falling);
    }
  }

  #take(byte: number): void {
    if (this.#dead) return;
    if (this.#outputs) {
      // What is driven into an output is lost; half clocks are counted at double rate.
      this.#edge += this.#mode === "SPI" ? 16 : this.#mode === "STR OPI" ? 2 : 1;
      this.#clocks += this.#edge >> 1;
      this.#edge &= 1;
      return;
    }
    this.#taken.push(byte);
    if (this.#command) return this.#address32();
    const whole = this.#mode === "SPI" ? 1 : 2;
    if (this.#taken.length < whole) return;
    this.#code = this.#taken.reduce((code, part) => code << 8 | part, 0);
    this.#taken = [];
    this.#decode();
  }

  #decode(): void {
    const known = this.#mode === "SPI" ? SPI_COMMANDS[this.#code] : OPI_COMMANDS[this.#code];
    if (!known) return this.#refuse();
    // 8READ belongs to single, 8DTRD to double transfer rate.
    const wrongRate = this.#mode === "STR OPI" ? 0xee11 : this.#mode === "DTR OPI" ? 0xec13 : -1;
    if (this.#code === wrongRate) return this.#refuse();
    if (this.#status & WIP && !WHILE_BUSY.has(known.action)) {
      this.#dead = true;
      return this.#count(`${known.action} while busy`);
    }
    this.#command = known;
  }

  #refuse(): void {
    this.#dead = true;
    const first = this.#mode === "SPI" ? this.#code : this.#code >>> 8;
    const proper = this.#mode === "SPI" || (this.#code & 0xff) === (first ^ 0xff);
    if (proper && UNMODELLED_CODES.has(first)) {
      return this.#world.unmodelled(`command 0x${this.#code.toString(16)}`);
    }
    this.#count(`unknown command in ${this.#mode}`);
  }

  #address32(): void {
    if (this.#taken.length !== this.#command!.address) return;
    this.#address = this.#taken.reduce((address, byte) => address * 256 + byte, 0);
  }

  /** True when the command is one with output, and its address is complete. */
  get #outputs(): boolean {
    const command = this.#command;
    if (!command || this.#dead || this.#taken.length < command.address) return false;
    return OUTPUTS.has(command.action);
  }

  // --- output ---

  get #dummy(): number {
    const dummy = this.#command!.dummy;
    if (dummy === "array") return this.arrayDummy;
    return this.#mode === "DTR OPI" && dummy === REGISTER_DUMMY.single
      ? REGISTER_DUMMY.double
      : dummy;
  }

  /** Level of the data lines at an edge (0 rising, 1 falling) of the present clock. */
  #level(edge: 0 | 1): number {
    if (this.#dead && this.#world.clock.nowNs < this.#deafUntilNs) return 0;
    if (!this.#outputs) return FLOATING;
    const at = this.#clocks - this.#dummy;
    if (at < 0) return FLOATING;
    if (this.#mode === "SPI") {
      return FLOATING & ~2 | (this.#byte(at >> 3) >>> (7 - (at & 7)) & 1) << 1;
    }
    if (this.#mode === "STR OPI") return this.#byte(at);
    // At double rate a register stands for a whole clock; the array gives the odd byte first.
    return this.#command!.action === "read" ? this.#byte(2 * at + (1 - edge)) : this.#byte(at);
  }

  #byte(index: number): number {
    const { bytes } = this.#world;
    switch (this.#command!.action) {
      case "read": {
        const start = this.#mode === "DTR OPI" ? this.#address & ~1 : this.#address;
        return bytes[((start >>> 0) + index) % bytes.length];
      }
      case "id":
        return ID[index % ID.length];
      case "status":
        return this.#status;
      case "configuration":
        return this.#configuration;
      case "security":
        return 0;
      case "read-cr2":
        return this.#cr2.get(this.#address >>> 0) ?? 0;
      case "sfdp":
        return SFDP[(this.#address >>> 0) + index] ?? 0xff;
      default:
        return FLOATING;
    }
  }

  /** Array reads in the part's own signalling, aligned, need no clock by clock work. */
  #array(count: number, how: Signalling): Uint8Array | undefined {
    if (!this.#outputs || this.#command!.action !== "read" || !this.#matches(how)) return undefined;
    const perByte = this.#mode === "SPI" ? 8 : this.#mode === "STR OPI" ? 1 : 0.5;
    const first = (this.#clocks - this.#dummy) / perByte;
    if (first < 0 || !Number.isInteger(first)) return undefined;
    const double = this.#mode === "DTR OPI";
    if (double && (count & 1 || first & 1)) return undefined;
    const { bytes } = this.#world;
    const start = ((double ? this.#address & ~1 : this.#address) >>> 0) + first;
    const out = new Uint8Array(count);
    const order = double ? 1 : 0;
    for (let i = 0; i < count; i++) out[i] = bytes[(start + (i ^ order)) % bytes.length];
    this.#clocks += count * perByte;
    return out;
  }

  // --- execution ---

  #execute(action: NorAction, data: Uint8Array): void {
    const enabled = this.#resetEnabled;
    this.#resetEnabled = action === "reset-enable";
    switch (action) {
      case "write-enable":
        this.#status |= WEL;
        return;
      case "write-disable":
        this.#status &= ~WEL;
        return;
      case "reset":
        if (enabled) this.#reset();
        return;
      case "program":
      case "erase-sector":
      case "erase-block":
      case "erase-chip":
      case "write-cr2":
      case "write-status":
        if (!(this.#status & WEL)) return this.#count(`${action} without write enable`);
        return this.#write(action, data);
    }
  }

  #write(action: NorAction, data: Uint8Array): void {
    const { bytes } = this.#world;
    const address = (this.#address >>> 0) % bytes.length;
    const unit = action === "erase-sector"
      ? SECTOR
      : action === "erase-block"
      ? BLOCK
      : bytes.length;
    switch (action) {
      case "program":
        if (data.length === 0) return this.#count("program without data");
        return this.#program(address, data);
      case "write-cr2":
        if (data.length === 0) return this.#count("write-cr2 without data");
        this.#status &= ~WEL;
        if (this.#address >>> 30) return this.#world.unmodelled("permanent bits of CR2");
        this.#cr2.set(this.#address >>> 0, data[0]);
        return;
      case "write-status":
        return this.#writeStatus(data);
      default:
        if (data.length > 0) return this.#count(`${action} with data`);
        return this.#erase(action === "erase-chip" ? 0 : address - address % unit, unit);
    }
  }

  #writeStatus(data: Uint8Array): void {
    const octal = this.#mode !== "SPI";
    const status = octal && this.#address & 1 ? undefined : data[0];
    const configuration = octal ? (this.#address & 1 ? data[0] : undefined) : data[1];
    if (status !== undefined && status & 0x3c) this.#world.unmodelled("block protection");
    this.#busy(STATUS_NS, () => {
      if (status !== undefined) this.#status = (this.#status & 3) | (status & 0xfc);
      if (configuration !== undefined) this.#configuration = configuration & 0x1f;
    }, () => {});
  }

  #program(address: number, data: Uint8Array): void {
    const { bytes } = this.#world;
    const page = address - address % PAGE;
    // At double rate bytes come in pairs, the odd one first.
    const double = this.#mode === "DTR OPI";
    const start = (double ? address & ~1 : address) - page;
    const buffer = new Uint8Array(PAGE).fill(0xff);
    data.forEach((byte, i) => buffer[(start + (double ? i ^ 1 : i)) % PAGE] = byte);
    const burn = (count: number) => {
      for (let i = 0; i < count; i++) bytes[page + i] &= buffer[i];
      this.#world.changed(page, PAGE);
    };
    const durationNs = PROGRAM_BASE_NS + PROGRAM_BYTE_NS * Math.min(data.length, PAGE);
    this.#busy(durationNs, () => burn(PAGE), (part) => burn(Math.floor(PAGE * part)));
  }

  #erase(start: number, length: number): void {
    const durationNs = length === SECTOR ? SECTOR_NS : length === BLOCK ? BLOCK_NS : CHIP_NS;
    const wipe = (count: number) => {
      this.#world.bytes.fill(0xff, start, start + count);
      this.#world.changed(start, length);
    };
    this.#busy(durationNs, () => wipe(length), (part) => wipe(Math.floor(length * part)));
  }

  #busy(durationNs: number, finish: () => void, cut: (part: number) => void): void {
    this.#status |= WIP;
    this.#operations.add({ durationNs: durationNs * this.#world.timeScale, finish, cut });
  }

  #reset(): void {
    const working = this.#operations.current;
    const recovery = working && working.durationNs > 1e6 ? RESET_IN_ERASE_NS : RESET_NS;
    this.#operations.cut();
    this.#clear();
    this.#deafUntilNs = this.#world.clock.nowNs + recovery;
  }

  #clear(): void {
    this.#status &= 0xfc;
    this.#cr2.clear();
    this.#resetEnabled = false;
    this.#selected = false;
  }

  #count(what: string): void {
    this.counters.set(what, (this.counters.get(what) ?? 0) + 1);
  }
}

const OUTPUTS: ReadonlySet<NorAction> = new Set([
  "read",
  "id",
  "status",
  "configuration",
  "security",
  "sfdp",
  "read-cr2",
]);
