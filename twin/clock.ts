/** A future call that can be taken back. */
export interface Alarm {
  /** When it rings, in nanoseconds of virtual time. */
  readonly deadlineNs: number;
  /** Takes it back; without effect once it has rung. */
  cancel(): void;
}

/** Virtual time as peripherals see it. */
export interface Clock {
  /** Nanoseconds since power-on; never runs backwards. */
  readonly nowNs: number;
  /** Calls `run` once when virtual time reaches `deadlineNs`; at once-past deadlines ring next. */
  at(deadlineNs: number, run: () => void): Alarm;
  /** Calls `run` once after `delayNs`. */
  after(delayNs: number, run: () => void): Alarm;
}
