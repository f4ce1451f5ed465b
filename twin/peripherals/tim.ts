import type { Alarm } from "../clock.ts";
import { Peripheral } from "../peripheral.ts";
import type { SystemContext } from "./context.ts";
import type { TimKind } from "./tim_kinds.ts";

const UIF = 1;
const CEN = 1;
const UDIS = 2;
const URS = 4;
const OPM = 8;
const DIR_CMS = 0x70;
const ARPE = 0x80;
/** Part of a tick by which an alarm may ring early through rounding. */
const EPSILON = 1e-6;

/**
 * One timer, counting up: prescaler, reload with preload, compare channels, one-pulse.
 *
 * Never ticked: its state is brought up to date when it is looked at, and an alarm stands only for
 * the next flag whose interrupt is enabled.
 *
 * @see RM0477, general-purpose timers
 */
export class Tim extends Peripheral {
  readonly #kind: TimKind;
  readonly #context: SystemContext;
  readonly #most: number;
  #anchorNs = 0;
  #tickNs = Infinity;
  #prescaler = 0;
  #reload = 0;
  #repetitions = 0;
  #alarm: Alarm | undefined;

  constructor(name: string, base: number, kind: TimKind, context: SystemContext) {
    const most = kind.bits === 32 ? 0xffff_ffff : 0xffff;
    super(name, base, 0x400, kind.data, {
      resets: { ARR: most },
      rules: { SR: "w0c", EGR: "trigger" },
    }, context.host);
    this.#kind = kind;
    this.#context = context;
    this.#most = most;
    this.#reload = most;
    context.clocks.onChange(() => this.hold(), () => this.resume());
  }

  override reset(): void {
    super.reset();
    this.#prescaler = 0;
    this.#reload = this.#most;
    this.#repetitions = 0;
    this.resume();
    this.#drive();
  }

  /** Brings the state up to date before the tick's length changes. */
  hold(): void {
    this.#sync();
  }

  /** Goes on with the tick's length as it is now. */
  resume(): void {
    this.#anchorNs = this.host.clock.nowNs;
    const hz = this.#context.frozen(this.name) ? 0 : this.#context.clocks.hz(this.name);
    this.#tickNs = hz === 0 ? Infinity : 1e9 * (this.#prescaler + 1) / hz;
    this.#schedule();
  }

  override read(offset: number, size: number): number {
    this.#sync();
    return super.read(offset, size);
  }

  override write(offset: number, size: number, value: number): void {
    this.#sync();
    super.write(offset, size, value);
    this.#schedule();
    this.#drive();
  }

  protected override onRead(register: string, _index: number, value: number): number {
    if (register !== "CNT" || this.#kind.bits === 32) return value;
    const copy = this.get("CR1") >>> 11 & 1 ? (this.get("SR") & UIF) << 31 : 0;
    return (value & 0xffff) | copy;
  }

  protected override onWrite(register: string, _index: number, written: number, old: number): void {
    switch (register) {
      case "CR1":
        if (written & CEN && !(old & CEN)) {
          this.#anchorNs = this.host.clock.nowNs;
          if (written & DIR_CMS) this.#missing("counting down or centre-aligned");
        }
        if (!(written & ARPE)) this.#reload = this.get("ARR");
        return;
      case "ARR":
        if (!(this.get("CR1") & ARPE)) this.#reload = this.get("ARR");
        return;
      case "CNT":
        this.#anchorNs = this.host.clock.nowNs;
        return;
      case "EGR":
        return this.#generate(written);
      case "DIER":
        if (written & 0x7f00) this.#missing("DMA requests");
        return;
      case "SMCR":
        if (written & 0x1_0007) this.#missing("slave modes");
        return;
    }
  }

  #missing(what: string): void {
    this.host.unmodelled({ what: `${this.name}: ${what}`, kind: "behaviour" });
  }

  #generate(events: number): void {
    const channels = ((1 << this.#kind.channels) - 1) << 1;
    this.#flag(events & channels);
    if (!(events & 1)) return;
    this.set("CNT", 0);
    const control = this.get("CR1");
    if (!(control & UDIS)) {
      this.#update();
      if (!(control & URS)) this.#flag(UIF);
    }
    this.resume();
  }

  /** The update event loads prescaler, reload and repetitions. */
  #update(): void {
    this.#prescaler = this.get("PSC") & 0xffff;
    this.#reload = this.get("ARR");
    this.#repetitions = this.#kind.data.RCR ? this.get("RCR") & 0xffff : 0;
  }

  #flag(bits: number): void {
    this.set("SR", this.get("SR") | bits);
  }

  #sync(): void {
    if (!(this.get("CR1") & CEN) || this.#reload === 0) return;
    for (;;) {
      const elapsed = this.host.clock.nowNs - this.#anchorNs;
      const ticks = Math.floor(elapsed / this.#tickNs + EPSILON);
      if (!(ticks > 0)) return;
      if (!this.#skip(ticks) && !this.#advance(ticks)) return;
    }
  }

  /** Counts up to `ticks`; true when it stopped at an update event and must be asked again. */
  #advance(ticks: number): boolean {
    const count = this.get("CNT");
    const top = count <= this.#reload ? this.#reload : this.#most;
    const toWrap = top - count + 1;
    if (ticks < toWrap) {
      this.#match(count, count + ticks);
      this.set("CNT", count + ticks);
      this.#anchorNs += ticks * this.#tickNs;
      return false;
    }
    this.#match(count, top);
    // A compare value above the reload value matches at the overflow.
    for (let i = 0; i < this.#kind.channels; i++) {
      const value = this.get("CCR", i);
      if (value === 0 || value > this.#reload) this.#flag(2 << i);
    }
    this.set("CNT", 0);
    this.#anchorNs += toWrap * this.#tickNs;
    this.#overflow();
    return (this.get("CR1") & CEN) !== 0;
  }

  #overflow(): void {
    if (this.get("CR1") & UDIS) return;
    if (this.#repetitions > 0) {
      this.#repetitions--;
      return;
    }
    this.#update();
    this.#flag(UIF);
    const hz = this.#context.clocks.hz(this.name);
    this.#tickNs = hz === 0 ? Infinity : 1e9 * (this.#prescaler + 1) / hz;
    if (this.get("CR1") & OPM) this.set("CR1", this.get("CR1") & ~CEN);
  }

  /** Leaps over whole periods in which nothing new can happen; true when it did. */
  #skip(ticks: number): boolean {
    const period = this.#reload + 1;
    const periods = Math.floor(ticks / period) - 1;
    if (periods <= 0 || this.get("CNT") !== 0 || this.#repetitions !== 0) return false;
    if (this.#prescaler !== (this.get("PSC") & 0xffff) || this.#reload !== this.get("ARR")) {
      return false;
    }
    if (!(this.get("SR") & UIF)) return false;
    this.#match(-1, this.#reload);
    this.#anchorNs += periods * period * this.#tickNs;
    return true;
  }

  /** Sets the flags of channels whose value lies in `(from, to]`. */
  #match(from: number, to: number): void {
    for (let i = 0; i < this.#kind.channels; i++) {
      const value = this.get("CCR", i);
      if (value > from && value <= to) this.#flag(2 << i);
    }
  }

  #schedule(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (!(this.get("CR1") & CEN) || this.#tickNs === Infinity || this.#reload === 0) return;
    const waiting = this.get("DIER") & ~this.get("SR") & 0x1f;
    if (waiting === 0) return;
    const count = this.get("CNT");
    const top = count <= this.#reload ? this.#reload : this.#most;
    const toWrap = top - count + 1;
    let least = waiting & UIF ? toWrap + this.#repetitions * (this.#reload + 1) : Infinity;
    for (let i = 0; i < this.#kind.channels; i++) {
      if (!(waiting & 2 << i)) continue;
      const value = this.get("CCR", i);
      const after = value > count && value <= top
        ? value - count
        : value > this.#reload
        ? toWrap
        : toWrap + value;
      least = Math.min(least, after);
    }
    this.#alarm = this.host.clock.at(this.#anchorNs + least * this.#tickNs, () => {
      this.#alarm = undefined;
      this.#sync();
      this.#drive();
      this.#schedule();
    });
  }

  #drive(): void {
    const active = this.get("SR") & (this.#kind.data.DIER ? this.get("DIER") : 0);
    if (this.name !== "TIM1") return this.host.irq(this.name, (active & 0xff) !== 0);
    this.host.irq("TIM1_UP", (active & UIF) !== 0);
    this.host.irq("TIM1_CC", (active & 0x1e) !== 0);
    this.host.irq("TIM1_TRG_COM", (active & 0x60) !== 0);
    this.host.irq("TIM1_BRK", (active & 0x80) !== 0);
  }
}
