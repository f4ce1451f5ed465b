import type { Alarm } from "../clock.ts";
import { clocksOf } from "../flash/nor_bus.ts";
import type { Mx25uw25645g } from "../flash/mx25uw25645g.ts";
import { Peripheral } from "../peripheral.ts";
import { XSPI_V1_XSPI } from "../registers/xspi_v1_xspi.ts";
import { BusError } from "../wiring.ts";
import type { SystemContext } from "./context.ts";
import { frameOf, headerClocks, type XspiFrame } from "./xspi_frame.ts";

const FIFO_BYTES = 64;
const [EN, ABORT] = [1, 2];
const [TEF, TCF, FTF, SMF] = [1, 2, 4, 8];
const WRITE = 0;
const READ = 1;
const POLL = 2;
const MAPPED = 3;
/** Registers that cannot be written while a command is under way. */
const HELD = new Set(["CCR", "TCR", "IR", "ABR", "DLR", "AR", "DCR1", "DCR2", "DCR3", "DCR4"]);

/** What the controller sees of its pins. */
export interface XspiPins {
  /** The part, when clock and select reach it; otherwise nothing answers. */
  part(): Mx25uw25645g | undefined;
  /** Data lines IO7..IO0 that are connected, as a mask. */
  lines(): number;
  /** True when the data strobe is connected. */
  strobe(): boolean;
}

/** A command under way. */
interface Transfer {
  readonly frame: XspiFrame;
  readonly kind: "command" | "read" | "write" | "poll";
  readonly total: number;
  /** When the data phase begins. */
  readonly dataNs: number;
  readonly byteNs: number;
  /** Bytes given to or taken from the part's side so far. */
  moved: number;
  /** Bytes of a write as the program gave them. */
  readonly out: number[];
  /** What the part drives when the transfer is over; undefined when it never ends. */
  in?: Uint8Array;
}

/** Octal SPI controller: indirect, polling and memory-mapped mode. @see RM0477, XSPI */
export class Xspi extends Peripheral {
  readonly #context: SystemContext;
  readonly #pins: XspiPins;
  readonly #map: (on: boolean) => void;
  #transfer: Transfer | undefined;
  #fifo: number[] = [];
  #alarm: Alarm | undefined;
  #mapped = false;

  /** @param map Maps the part's array into the memory window, or takes it out. */
  constructor(
    name: string,
    base: number,
    context: SystemContext,
    pins: XspiPins,
    map: (on: boolean) => void,
  ) {
    super(name, base, 0x400, XSPI_V1_XSPI, {
      rules: { "CR.ABORT": "trigger", SR: "ro", FCR: "trigger" },
    }, context.host);
    this.#context = context;
    this.#pins = pins;
    this.#map = map;
  }

  override reset(): void {
    this.#stop();
    super.reset();
    this.host.irq(this.name, false);
    this.remap();
  }

  override read(offset: number, size: number): number {
    this.#pump();
    return offset >= 0x50 && offset < 0x54 ? this.#take(size) : super.read(offset, size);
  }

  override write(offset: number, size: number, value: number): void {
    this.#pump();
    if (offset >= 0x50 && offset < 0x54) this.#give(size, value);
    else super.write(offset, size, value);
    this.remap();
  }

  protected override onWrite(register: string, _index: number, written: number, old: number): void {
    if (HELD.has(register) && this.#transfer) return this.set(register, old);
    switch (register) {
      case "CR":
        return this.#control(written, old);
      case "FCR":
        this.set("SR", this.get("SR") & ~(written & 0x1b));
        return this.#drive();
      case "IR":
        return this.#trigger("IR");
      case "AR":
        return this.#trigger("AR");
    }
  }

  #control(written: number, old: number): void {
    if (written & 4) this.#missing("DMA");
    if (written & 1 << 6) this.#missing("two devices at once");
    const off = !(written & EN);
    if (written & ABORT || (off && old & EN)) {
      const busy = this.#transfer !== undefined;
      this.#stop();
      if (written & ABORT && (busy || this.#mode(old) === MAPPED)) this.#flag(TCF);
    } else if (this.#transfer && (written ^ old) >>> 28 & 3) {
      // FMODE stays while a command is under way.
      this.set("CR", (this.get("CR") & ~(3 << 28)) | (old & 3 << 28));
    }
    this.#drive();
  }

  #missing(what: string): void {
    this.host.unmodelled({ what: `${this.name}: ${what}`, kind: "behaviour" });
  }

  #mode(control = this.get("CR")): number {
    return control >>> 28 & 3;
  }

  // --- starting ---

  #frame(address = this.get("AR")): XspiFrame {
    const [ccr, tcr, ir, abr] = ["CCR", "TCR", "IR", "ABR"].map((name) => this.get(name));
    return frameOf({ ccr, tcr, ir, abr }, address);
  }

  #trigger(by: "IR" | "AR"): void {
    const mode = this.#mode();
    if (!(this.get("CR") & EN) || mode === MAPPED || this.#transfer) return;
    if (by !== (this.get("CCR") >>> 8 & 7 ? "AR" : "IR")) return;
    const frame = this.#frame();
    if (!frame.instruction && !frame.address) return;
    if (mode === WRITE && frame.data) return;
    this.#start(frame, mode === READ && frame.data ? "read" : mode === POLL ? "poll" : "command");
  }

  /** Length of one clock of the bus in nanoseconds; Infinity while the kernel clock stands still. */
  get #clockNs(): number {
    const hz = this.#context.clocks.hz(this.name);
    return hz === 0 ? Infinity : 1e9 * (this.field("DCR2", "PRESCALER") + 1) / hz;
  }

  #start(frame: XspiFrame, kind: Transfer["kind"]): void {
    const address = this.get("AR");
    if (frame.address && address >= 2 ** (this.field("DCR1", "DEVSIZE") + 1)) {
      return this.#flag(TEF);
    }
    const high = this.field("DCR1", "CSHT") + 1;
    const clockNs = this.#clockNs;
    const total = frame.data ? this.get("DLR") + 1 : 0;
    const transfer: Transfer = {
      frame,
      kind,
      total,
      dataNs: this.host.clock.nowNs + (headerClocks(frame) + high) * clockNs,
      byteNs: frame.data ? clocksOf(64, frame.data) / 64 * clockNs : 0,
      moved: 0,
      out: [],
    };
    this.#transfer = transfer;
    // Without a kernel clock nothing moves, and the controller stays busy.
    if (kind === "write" || clockNs === Infinity) return;
    if (kind === "poll") return this.#poll(transfer);
    if (kind === "read") transfer.in = this.#exchange(frame, total);
    const endNs = transfer.dataNs + total * transfer.byteNs;
    if (kind === "command") this.#at(endNs, () => this.#pump());
    else if (transfer.in) this.#at(endNs, () => this.#pump());
  }

  #at(deadlineNs: number, run: () => void): void {
    if (deadlineNs === Infinity) return;
    this.#alarm = this.host.clock.at(deadlineNs, run);
  }

  #finish(): void {
    this.#transfer = undefined;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#flag(TCF);
    this.remap();
  }

  #stop(): void {
    const transfer = this.#transfer;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#transfer = undefined;
    this.#fifo = [];
    if (transfer?.kind === "write" && transfer.out.length > 0) {
      this.#exchange(transfer.frame, 0, Uint8Array.from(transfer.out));
    }
  }

  // --- the pins ---

  /** Clocks a whole command; gives what was read, undefined when no strobe came. */
  #exchange(frame: XspiFrame, reads: number, writes?: Uint8Array): Uint8Array | undefined {
    const part = this.#pins.part();
    if (!part) {
      return frame.strobed && reads > 0 ? undefined : new Uint8Array(reads).fill(0xff);
    }
    part.select();
    for (const phase of [frame.instruction, frame.address, frame.alternate]) {
      if (phase) part.send(this.#through(phase.bytes, phase.lines), phase);
    }
    part.idle(frame.dummy);
    let data: Uint8Array | undefined = new Uint8Array(0);
    if (writes && frame.data) {
      part.send(this.#through(this.#order(writes, frame), frame.data.lines), frame.data);
    }
    if (reads > 0 && frame.data) {
      const strobed = frame.strobed && this.#pins.strobe();
      data = frame.strobed && !strobed ? undefined : part.receive(reads, frame.data, strobed);
    }
    part.deselect();
    return data && this.#order(this.#through(data, frame.data?.lines ?? 8), frame);
  }

  /** Lines that are not connected float high, in both directions. */
  #through(bytes: Uint8Array, lines: number): Uint8Array {
    const open = 0xff & ~this.#pins.lines();
    if (open === 0 || lines !== 8) return bytes;
    return bytes.map((byte) => byte | open);
  }

  /** In Macronix mode, double rate, each pair of bytes goes odd byte first. @see RM0477, XSPI_DCR1 MTYP */
  #order(bytes: Uint8Array, { data }: XspiFrame): Uint8Array {
    if (!data?.dtr || data.lines !== 8 || this.field("DCR1", "MTYP") !== 1) return bytes;
    return bytes.map((_, i) => bytes[i ^ 1] ?? bytes[i]);
  }

  // --- data ---

  /** Moves what had time to move. */
  #pump(): void {
    const transfer = this.#transfer;
    if (!transfer) return;
    const now = this.host.clock.nowNs;
    if (transfer.kind === "command") {
      if (now < transfer.dataNs) return;
      this.#exchange(transfer.frame, 0);
      return this.#finish();
    }
    const due = Math.floor((now - transfer.dataNs) / transfer.byteNs + 1e-6);
    const upTo = Math.min(transfer.total, Math.max(0, due));
    if (transfer.kind === "read") {
      if (!transfer.in) return;
      while (transfer.moved < upTo && this.#fifo.length < FIFO_BYTES) {
        this.#fifo.push(transfer.in[transfer.moved++]);
      }
      if (transfer.moved === transfer.total && due >= transfer.total) this.#finish();
    } else if (transfer.kind === "write") {
      transfer.moved = Math.min(upTo, transfer.out.length);
      if (transfer.moved === transfer.total) {
        this.#exchange(transfer.frame, 0, Uint8Array.from(transfer.out));
        this.#finish();
      }
    }
  }

  /** DR is read: a byte that has not come yet is waited for, which the bus does without the program. */
  #take(size: number): number {
    this.#pump();
    const transfer = this.#transfer;
    if (transfer?.kind === "read" && transfer.in) {
      while (this.#fifo.length < size && transfer.moved < transfer.total) {
        this.#fifo.push(transfer.in[transfer.moved++]);
      }
    }
    if (this.#mode() === POLL) return this.get("DR");
    let value = 0;
    for (let i = 0; i < size; i++) value |= (this.#fifo.shift() ?? 0) << (8 * i);
    this.#pump();
    this.#drive();
    return size === 4 ? value >>> 0 : value;
  }

  #give(size: number, value: number): void {
    if (!(this.get("CR") & EN) || this.#mode() !== WRITE) return;
    if (!this.#transfer) {
      const frame = this.#frame();
      if (!frame.data) return;
      this.#start(frame, "write");
    }
    const transfer = this.#transfer as Transfer | undefined;
    if (transfer?.kind !== "write") return;
    for (let i = 0; i < size && transfer.out.length < transfer.total; i++) {
      transfer.out.push(value >>> (8 * i) & 0xff);
    }
    if (transfer.out.length < transfer.total) return this.#drive();
    const endNs = Math.max(
      this.host.clock.nowNs,
      transfer.dataNs + transfer.total * transfer.byteNs,
    );
    this.#alarm?.cancel();
    this.#at(endNs, () => this.#pump());
  }

  #poll(transfer: Transfer): void {
    const data = this.#exchange(transfer.frame, Math.min(4, transfer.total));
    if (!data) return;
    const clockNs = this.#clockNs;
    const readNs = transfer.dataNs - this.host.clock.nowNs + transfer.total * transfer.byteNs;
    const once = (value: Uint8Array | undefined) => {
      if (!value) return;
      const word = value.reduce((sum, byte, i) => sum | byte << (8 * i), 0);
      this.set("DR", word);
      const mask = this.get("PSMKR");
      const same = ~(word ^ this.get("PSMAR")) & mask;
      const match = this.field("CR", "PMM") ? same !== 0 : (same >>> 0) === mask;
      if (match) this.#flag(SMF);
      if (match && this.field("CR", "APMS")) {
        this.#transfer = undefined;
        this.remap();
        return;
      }
      const interval = Math.max(1, this.field("PIR", "INTERVAL")) * clockNs;
      this.#at(this.host.clock.nowNs + readNs + interval, () => {
        once(this.#exchange(transfer.frame, Math.min(4, transfer.total)));
      });
    };
    this.#at(this.host.clock.nowNs + readNs, () => once(data));
  }

  // --- flags ---

  protected override onRead(register: string, _index: number, value: number): number {
    if (register !== "SR") return value;
    return value | (this.#threshold() ? FTF : 0) | (this.#transfer ? 1 << 5 : 0) |
      this.#level() << 8;
  }

  #level(): number {
    const transfer = this.#transfer;
    return transfer?.kind === "write" ? transfer.out.length - transfer.moved : this.#fifo.length;
  }

  #threshold(): boolean {
    const control = this.get("CR");
    const threshold = this.field("CR", "FTHRES") + 1;
    if (!(control & EN)) return false;
    if (this.#mode() === WRITE && this.#fifo.length === 0) {
      return FIFO_BYTES - this.#level() >= threshold;
    }
    return this.#fifo.length >= threshold || (!this.#transfer && this.#fifo.length > 0);
  }

  #flag(flag: number): void {
    this.set("SR", this.get("SR") | flag);
    this.#drive();
  }

  #drive(): void {
    const enables = this.get("CR") >>> 16;
    const flags = this.get("SR") | (this.#threshold() ? FTF : 0);
    this.host.irq(this.name, (enables & flags & 0x1f) !== 0);
  }

  // --- memory-mapped mode ---

  /** Maps or unmaps the part's array: only while every read through the pins gives just its bytes. */
  remap(): void {
    const on = this.#plain();
    if (on === this.#mapped) return;
    this.#mapped = on;
    this.#map(on);
  }

  #plain(): boolean {
    if (this.#mode() !== MAPPED || !(this.get("CR") & EN) || this.#clockNs === Infinity) {
      return false;
    }
    const part = this.#pins.part();
    if (!part || part.busy || this.field("DCR1", "DEVSIZE") < 24) return false;
    const { instruction, address, alternate, dummy, data, strobed } = this.#frame(0);
    if (!instruction || !address || address.bytes.length !== 4 || alternate || !data) return false;
    const code = instruction.bytes.reduce((sum, byte) => sum << 8 | byte, 0);
    const all = (lines: number, dtr: boolean) =>
      [instruction, address, data].every((phase) => phase.lines === lines && phase.dtr === dtr);
    if (part.mode === "SPI") {
      return all(1, false) && !strobed &&
        ((code === 0x13 && dummy === 0) || (code === 0x0c && dummy === 8));
    }
    if (this.#pins.lines() !== 0xff || (strobed && !(this.#pins.strobe() && part.strobes))) {
      return false;
    }
    const waits = strobed ? dummy <= part.arrayDummy : dummy === part.arrayDummy;
    if (part.mode === "STR OPI") return all(8, false) && code === 0xec13 && waits;
    return all(8, true) && code === 0xee11 && waits && this.field("DCR1", "MTYP") === 1;
  }

  /** Answers a read in the window that is not mapped: clock by clock, garbage where the settings are wrong. */
  windowRead(offset: number, size: number): number {
    this.#checkWindow(offset);
    if (this.#clockNs === Infinity) throw new BusError(`${this.name}: no kernel clock`);
    const first = offset & ~1;
    const data = this.#exchange(this.#frame(first), size + (offset - first) + 1 & ~1);
    if (!data) {
      this.#missing("memory-mapped read that waits for a data strobe for ever");
      throw new BusError(`${this.name}: no data strobe`);
    }
    let value = 0;
    for (let i = 0; i < size; i++) value |= data[offset - first + i] << (8 * i);
    return size === 4 ? value >>> 0 : value;
  }

  /** Takes a write in the window: one write command, as WCCR, WTCR, WIR and WABR say. */
  windowWrite(offset: number, size: number, value: number): void {
    this.#checkWindow(offset);
    const [ccr, tcr, ir, abr] = ["WCCR", "WTCR", "WIR", "WABR"].map((name) => this.get(name));
    const frame = frameOf({ ccr, tcr, ir, abr }, offset);
    const bytes = Uint8Array.from({ length: size }, (_, i) => value >>> (8 * i) & 0xff);
    this.#exchange(frame, 0, bytes);
    this.remap();
  }

  #checkWindow(offset: number): void {
    if (this.#mode() !== MAPPED || !(this.get("CR") & EN)) {
      throw new BusError(`${this.name} is not in memory-mapped mode`);
    }
    if (offset >= 2 ** (this.field("DCR1", "DEVSIZE") + 1)) {
      throw new BusError(`${this.name}: address behind the device`);
    }
  }
}
