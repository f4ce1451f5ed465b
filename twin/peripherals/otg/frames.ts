import type { Alarm, Clock } from "../../clock.ts";

/**
 * Start-of-frame time of the bus: a grid in virtual time that host and device share. Counts are
 * computed when asked for; an alarm per frame runs only while someone wants the interrupt.
 */
export class Frames {
  readonly #clock: Clock;
  readonly #onFrame: (end: boolean) => void;
  #alarm: Alarm | undefined;
  #running = false;
  #wanted = false;
  #periodNs = 125_000;
  #seen = 0;

  /** @param onFrame Called at the end of a periodic frame (true), then at the start of the next. */
  constructor(clock: Clock, onFrame: (end: boolean) => void) {
    this.#clock = clock;
    this.#onFrame = onFrame;
  }

  /** Start-of-frames come, every 125 microseconds or 1 ms. */
  start(periodNs: number): void {
    this.#periodNs = periodNs;
    this.#running = true;
    this.#seen = this.#index();
    this.#arm();
  }

  /** They stop. */
  stop(): void {
    this.#running = false;
    this.#alarm?.cancel();
    this.#alarm = undefined;
  }

  /** Whether interrupts are wanted. */
  set wanted(on: boolean) {
    if (on === this.#wanted) return;
    this.#wanted = on;
    this.#arm();
  }

  /** FNSOF: 14 bits, of microframes at high speed. */
  get number(): number {
    return this.#index() & 0x3fff;
  }

  /** Whether a frame began since the last {@link acknowledge}. */
  get fresh(): boolean {
    return this.#running && this.#index() > this.#seen;
  }

  /** SOF was cleared. */
  acknowledge(): void {
    this.#seen = this.#index();
  }

  #index(): number {
    return Math.floor(this.#clock.nowNs / this.#periodNs);
  }

  #arm(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    if (!this.#running || !this.#wanted) return;
    const startNs = (this.#index() + 1) * this.#periodNs;
    // EOPF stands at 80 % of the frame (DCFG.PFIVL 0).
    const endNs = startNs - this.#periodNs / 5;
    const early = this.#clock.nowNs < endNs;
    this.#alarm = this.#clock.at(early ? endNs : startNs, () => {
      this.#onFrame(early);
      this.#arm();
    });
  }
}
