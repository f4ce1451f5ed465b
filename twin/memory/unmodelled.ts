import type { Unmodelled } from "../peripheral.ts";

/** One thing that the model cannot do, and how often it was met. */
export interface UnmodelledEntry extends Unmodelled {
  /** Program counter of the first time, where a program was the cause. */
  readonly pc?: number;
  /** How often. */
  count: number;
}

/** Thrown, out of a run, when something not modelled is met in strict mode. */
export class UnmodelledError extends Error {
  override name = "UnmodelledError";
  /** What was met. */
  readonly report: Unmodelled;

  constructor(report: Unmodelled, pc?: number) {
    const value = report.value === undefined ? "" : ` of 0x${(report.value >>> 0).toString(16)}`;
    const place = pc === undefined ? "" : ` at pc 0x${pc.toString(16)}`;
    super(`Cannot model the ${report.kind}${value}: ${report.what}${place}`);
    this.report = report;
  }
}

/** Counts what is not modelled, by name; in strict mode the first one ends the run. */
export class UnmodelledLog {
  readonly #entries = new Map<string, UnmodelledEntry>();
  readonly #strict: boolean;
  readonly #pc: () => number | undefined;

  constructor(strict: boolean, pc: () => number | undefined) {
    this.#strict = strict;
    this.#pc = pc;
  }

  /** Reports one occurrence. @throws {UnmodelledError} In strict mode. */
  add(report: Unmodelled): void {
    this.note(report);
    if (this.#strict) throw new UnmodelledError(report, this.#pc());
  }

  /** Counts something that is worth telling but never an error. */
  note(report: Unmodelled): void {
    const key = `${report.kind} ${report.what}`;
    const known = this.#entries.get(key);
    if (known) known.count++;
    else this.#entries.set(key, { ...report, pc: this.#pc(), count: 1 });
  }

  /** All that was met, in the order of the first time. */
  get entries(): readonly UnmodelledEntry[] {
    return [...this.#entries.values()];
  }
}
