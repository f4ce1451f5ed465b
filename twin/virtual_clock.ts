import type { Alarm, Clock } from "./clock.ts";

/** An alarm in the heap; equal deadlines ring in the order in which they were set. */
interface Entry {
  readonly deadlineNs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

function before(a: Entry, b: Entry): boolean {
  return a.deadlineNs < b.deadlineNs || (a.deadlineNs === b.deadlineNs && a.order < b.order);
}

/**
 * Virtual time: core cycles turned into nanoseconds, and a heap of alarms.
 *
 * Time moves only by cycles that were executed and by {@link VirtualClock.jump}.
 */
export class VirtualClock implements Clock {
  readonly #cycles: () => number;
  #baseNs = 0;
  #baseCycles = 0;
  #nsPerCycle = 1000 / 64;
  #order = 0;
  #heap: Entry[] = [];
  /** Called when an alarm becomes the next one to ring: a running slice may have to end sooner. */
  onSooner: () => void = () => {};

  /** Makes a clock at 0. @param cycles Core cycles since power-on, exact at any moment. */
  constructor(cycles: () => number) {
    this.#cycles = cycles;
  }

  get nowNs(): number {
    return this.#baseNs + (this.#cycles() - this.#baseCycles) * this.#nsPerCycle;
  }

  /** Sets the core's clock from now on. */
  setRate(hz: number): void {
    this.#baseNs = this.nowNs;
    this.#baseCycles = this.#cycles();
    this.#nsPerCycle = 1e9 / hz;
  }

  /** Lets time pass without the core; never backwards. */
  jump(toNs: number): void {
    const gap = toNs - this.nowNs;
    if (gap > 0) this.#baseNs += gap;
  }

  /** Gives the whole cycles until a time is reached, at least 1. */
  cyclesUntil(timeNs: number): number {
    return Math.max(1, Math.ceil((timeNs - this.nowNs) / this.#nsPerCycle));
  }

  /** When the next alarm rings, Infinity without one. */
  get nextNs(): number {
    this.#dropCancelled();
    return this.#heap.length > 0 ? this.#heap[0].deadlineNs : Infinity;
  }

  /** Rings all alarms whose time has come; says whether there were any. */
  ring(): boolean {
    let rung = false;
    while (this.nextNs <= this.nowNs) {
      const { run } = this.#pop();
      rung = true;
      run?.();
    }
    return rung;
  }

  at(deadlineNs: number, run: () => void): Alarm {
    const entry: Entry = { deadlineNs, order: this.#order++, run };
    this.#push(entry);
    if (this.#heap[0] === entry) this.onSooner();
    return { deadlineNs, cancel: () => void (entry.run = undefined) };
  }

  after(delayNs: number, run: () => void): Alarm {
    return this.at(this.nowNs + delayNs, run);
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0].run === undefined) this.#pop();
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): Entry {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
      if (!before(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
