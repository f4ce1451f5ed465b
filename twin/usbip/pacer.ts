import type { Clock } from "../clock.ts";
import type { Pump } from "../usb/host.ts";

/** How the board runs: virtual time that a call of the pump may cover, wall time until the event loop gets its turn. */
const TURNS = {
  /** Somebody waits for an answer: short. */
  urgent: { sliceNs: 100_000, turnMs: 3 },
  /** A turn of the event loop costs a millisecond, which a board that starts would be without. */
  usual: { sliceNs: 1_000_000, turnMs: 10 },
};

/** Wall milliseconds between two looks at who holds the time. */
const HELD_MS = 1000;

/** Arrears of virtual time that are not worth a turn. */
const LEAST_NS = 500_000;

/** Virtual time behind wall time that is forgiven, so that a slow machine does not fall into debt. */
const MOST_DEBT_NS = 20_000_000;

/** Virtual time that fresh work gets at once, though it leads wall time, and how far it may lead. */
const URGENT_NS = 250_000;
const MOST_LEAD_NS = 5_000_000;

/**
 * Lets virtual time follow wall time: sleeps when it is ahead, runs in short turns when it is
 * behind. A machine that cannot keep up gets a slower board, not a blocked event loop.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #pump: Pump;
  readonly #leastNs: number;
  #originMs = 0;
  #originNs = 0;
  #running: Promise<void> | undefined;
  #stopping = false;
  #urgent = false;
  #held = false;
  #wake: () => void = () => {};
  /** Virtual nanoseconds that the machine was too slow for. */
  lostNs = 0;

  /** @param leastNs Arrears that are not worth a turn: more, and an idle board costs less. */
  constructor(clock: Clock, pump: Pump, leastNs = LEAST_NS) {
    this.#leastNs = leastNs;
    this.#clock = clock;
    this.#pump = pump;
  }

  /** Starts. `onError` gets what the board throws; time stands still then. */
  start(onError: (error: unknown) => void): void {
    this.#begin();
    this.#stopping = false;
    this.#running = this.#loop().catch(onError);
  }

  /** There is work: ends a sleep and lets time run a little ahead, so that the work is done soon. */
  wake(): void {
    this.#urgent = true;
    this.#wake();
  }

  /** The work is done. */
  relax(): void {
    this.#urgent = false;
  }

  /** Somebody else moves virtual time (true), or does so no longer: then both times go on from where they are. */
  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    this.#begin();
    this.#wake();
  }

  #begin(): void {
    this.#originMs = performance.now();
    this.#originNs = this.#clock.nowNs;
  }

  /** Stops and waits until the last turn is over. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.#running;
  }

  #targetNs(): number {
    return this.#originNs + (performance.now() - this.#originMs) * 1_000_000;
  }

  #goalNs(wallNs: number): number {
    if (!this.#urgent) return wallNs;
    return Math.max(wallNs, Math.min(this.#clock.nowNs + URGENT_NS, wallNs + MOST_LEAD_NS));
  }

  async #loop(): Promise<void> {
    while (!this.#stopping) {
      if (this.#held) {
        await this.#sleep(HELD_MS);
        continue;
      }
      const wallNs = this.#targetNs();
      const goal = this.#goalNs(wallNs);
      // Without work it is enough to catch up now and then, and the event loop stays free.
      if (goal - this.#clock.nowNs <= (this.#urgent ? 0 : this.#leastNs)) {
        this.#urgent = false;
        await this.#sleep(
          Math.max(2 * this.#leastNs / 1e6, (this.#clock.nowNs - wallNs) / 1_000_000),
        );
        continue;
      }
      const startNs = this.#clock.nowNs;
      const { sliceNs, turnMs } = this.#urgent ? TURNS.urgent : TURNS.usual;
      const endMs = performance.now() + turnMs;
      while (!this.#stopping && this.#clock.nowNs < goal && performance.now() < endMs) {
        const untilNs = Math.min(this.#clock.nowNs + sliceNs, goal);
        this.#pump(untilNs, () => this.#stopping);
      }
      const debtNs = this.#targetNs() - this.#clock.nowNs;
      if (debtNs > MOST_DEBT_NS) {
        this.lostNs += debtNs - MOST_DEBT_NS;
        this.#originNs -= debtNs - MOST_DEBT_NS;
      }
      // A board that is halted or locked up lets no time pass: nothing to catch up with.
      if (this.#clock.nowNs === startNs) await this.#sleep(2 * this.#leastNs / 1e6);
      // Deno looks at sockets only once in many turns of setImmediate.
      else await new Promise<void>((done) => setTimeout(done, 0));
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        done();
      };
    });
  }
}
