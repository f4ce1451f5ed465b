import type { Alarm, Clock } from "../clock.ts";

/** One programming or erasing step of a flash that takes its time. */
export interface FlashOperation {
  /** How long it takes. */
  readonly durationNs: number;
  /** Does it, when the time is over. */
  finish(): void;
  /** Leaves what a power cut at `part` (0 to 1) of its time leaves. */
  cut(part: number): void;
}

/** Steps of a flash, one after the other in virtual time. */
export class FlashOperations {
  readonly #clock: Clock;
  readonly #idle: () => void;
  readonly #queue: FlashOperation[] = [];
  #startedNs = 0;
  #alarm: Alarm | undefined;

  /** @param idle Called when the last step is done. */
  constructor(clock: Clock, idle: () => void) {
    this.#clock = clock;
    this.#idle = idle;
  }

  /** The step being done. */
  get current(): FlashOperation | undefined {
    return this.#queue[0];
  }

  /** Adds a step. */
  add(operation: FlashOperation): void {
    this.#queue.push(operation);
    if (this.#queue.length === 1) this.#begin();
  }

  /** Drops all steps, the present one half done: power was cut, or the flash was reset. */
  cut(): void {
    const current = this.#queue[0];
    this.#alarm?.cancel();
    this.#queue.length = 0;
    if (!current) return;
    const part = (this.#clock.nowNs - this.#startedNs) / current.durationNs;
    current.cut(Math.min(1, Math.max(0, part)));
  }

  #begin(): void {
    this.#startedNs = this.#clock.nowNs;
    this.#alarm = this.#clock.after(this.#queue[0].durationNs, () => {
      const done = this.#queue.shift()!;
      done.finish();
      if (this.#queue.length > 0) this.#begin();
      else this.#idle();
    });
  }
}
