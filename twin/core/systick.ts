import type { Alarm, Clock } from "../clock.ts";

/** CSR bits. */
const ENABLE = 1;
const TICKINT = 2;
const CLKSOURCE = 4;
const COUNTFLAG = 1 << 16;
/** The external reference of the STM32H7RS is the core's clock by 8. */
const EXTERNAL_DIVIDER = 8;

/**
 * The system timer. It counts in virtual time, so it goes on while the core waits.
 *
 * @see ARM DDI 0403E.e, B3.3
 */
export class SysTick {
  readonly #clock: Clock;
  readonly #coreHz: () => number;
  readonly #pend: () => void;
  #csr = 0;
  #reload = 0;
  /** Counter value at `#sinceNs`. */
  #value = 0;
  #sinceNs = 0;
  #alarm: Alarm | undefined;

  /** @param coreHz Present core frequency. @param pend Makes the SysTick exception pending. */
  constructor(clock: Clock, coreHz: () => number, pend: () => void) {
    this.#clock = clock;
    this.#coreHz = coreHz;
    this.#pend = pend;
  }

  /** Stops it, as a reset does. */
  reset(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#csr = this.#reload = this.#value = 0;
    this.#sinceNs = this.#clock.nowNs;
  }

  #tickNs(): number {
    const divider = this.#csr & CLKSOURCE ? 1 : EXTERNAL_DIVIDER;
    return 1e9 * divider / this.#coreHz();
  }

  /** Gives the counter now. */
  #now(): number {
    if (!(this.#csr & ENABLE)) return this.#value;
    const ticks = Math.floor((this.#clock.nowNs - this.#sinceNs) / this.#tickNs() + 1e-6);
    if (ticks <= this.#value) return this.#value - ticks;
    const period = this.#reload + 1;
    return this.#reload - (ticks - this.#value - 1) % period;
  }

  /** Keeps the counter through a change of the core's clock; call it before and after. */
  settle(): void {
    this.#value = this.#now();
    this.#sinceNs = this.#clock.nowNs;
    this.#arm();
  }

  #arm(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (!(this.#csr & ENABLE) || (this.#reload === 0 && this.#value === 0)) return;
    // From 0 the counter reloads with the next tick and then counts down to 0 again.
    const ticks = this.#value === 0 ? this.#reload + 1 : this.#value;
    this.#alarm = this.#clock.at(this.#sinceNs + ticks * this.#tickNs(), () => this.#zero());
  }

  #zero(): void {
    this.#csr |= COUNTFLAG;
    this.#sinceNs = this.#alarm!.deadlineNs;
    this.#value = 0;
    if (this.#csr & TICKINT) this.#pend();
    this.#arm();
  }

  /** Answers a read of 0xE000E010 + `offset`. */
  read(offset: number): number {
    switch (offset) {
      case 0x0: {
        const value = this.#csr;
        this.#csr &= ~COUNTFLAG;
        return value;
      }
      case 0x4:
        return this.#reload;
      case 0x8:
        return this.#now();
      default:
        return 0x4000_0000; // CALIB: SKEW, no reference calibration.
    }
  }

  /** Takes a write to 0xE000E010 + `offset`. */
  write(offset: number, value: number): void {
    this.#value = this.#now();
    this.#sinceNs = this.#clock.nowNs;
    if (offset === 0) this.#csr = (this.#csr & COUNTFLAG) | (value & 7);
    if (offset === 4) this.#reload = value & 0xff_ffff;
    if (offset === 8) {
      this.#value = 0;
      this.#csr &= ~COUNTFLAG;
    }
    this.#arm();
  }
}
