/** Exception numbers of ARMv7-M. @see ARM DDI 0403E.e, B1.5.2 */
export const EXCEPTION = {
  RESET: 1,
  NMI: 2,
  HARD_FAULT: 3,
  MEM_MANAGE: 4,
  BUS_FAULT: 5,
  USAGE_FAULT: 6,
  SV_CALL: 11,
  DEBUG_MONITOR: 12,
  PEND_SV: 14,
  SYS_TICK: 15,
  /** Interrupt line 0. */
  IRQ0: 16,
} as const;

/** Interrupt lines of the NVIC, in whole registers of 32. */
export const IRQ_LINES = 160;
/** Exceptions in all. */
const COUNT = EXCEPTION.IRQ0 + IRQ_LINES;
/** Priority when nothing is active and nothing masks. */
export const THREAD_PRIORITY = 256;
/** The chip implements the upper 4 of 8 priority bits. */
const PRIORITY_BITS = 0xf0;

/** Which exceptions are enabled, pending and active, and their priorities: the NVIC's memory. */
export class ExceptionState {
  readonly #enabled = new Uint8Array(COUNT);
  readonly #pending = new Uint8Array(COUNT);
  readonly #active = new Uint8Array(COUNT);
  readonly #level = new Uint8Array(COUNT);
  readonly #priority = new Uint8Array(COUNT);
  readonly #pendingList: number[] = [];
  #groupMask = 0xff;
  #prigroup = 0;
  /** Called when an exception becomes pending or enabled: a running slice may have to end. */
  onPend: () => void = () => {};

  constructor() {
    this.reset();
  }

  /** Puts all to the state after a reset; the levels of the lines stay, their owners lower them. */
  reset(): void {
    this.#enabled.fill(0).fill(1, 0, EXCEPTION.IRQ0);
    this.#pending.fill(0);
    this.#active.fill(0);
    this.#priority.fill(0);
    this.#pendingList.length = 0;
    this.prigroup = 0;
    this.#enabled.fill(0, EXCEPTION.MEM_MANAGE, EXCEPTION.USAGE_FAULT + 1);
  }

  /** AIRCR.PRIGROUP, 0..7: how many low bits of a priority do not preempt, less one. */
  get prigroup(): number {
    return this.#prigroup;
  }

  set prigroup(value: number) {
    this.#prigroup = value;
    this.#groupMask = 0xff & ~((2 << value) - 1);
  }

  /** Makes an exception pending. */
  pend(number: number): void {
    if (this.#pending[number]) return;
    this.#pending[number] = 1;
    this.#pendingList.push(number);
    this.onPend();
  }

  /** Takes a pending exception back; a line that is still high pends it again. */
  unpend(number: number): void {
    if (this.#pending[number]) {
      this.#pending[number] = 0;
      this.#pendingList.splice(this.#pendingList.indexOf(number), 1);
    }
    if (this.#level[number] && !this.#active[number]) this.pend(number);
  }

  /** Whether an exception is pending. */
  isPending(number: number): boolean {
    return this.#pending[number] !== 0;
  }

  /** Sets the level of an interrupt line: a rising edge pends, and so does a high line on return. */
  setLevel(number: number, level: boolean): void {
    const old = this.#level[number];
    this.#level[number] = level ? 1 : 0;
    if (level && !old) this.pend(number);
  }

  /** Whether a line is high. */
  isHigh(number: number): boolean {
    return this.#level[number] !== 0;
  }

  /** Whether an exception is enabled. */
  isEnabled(number: number): boolean {
    return this.#enabled[number] !== 0;
  }

  /** Enables or disables an exception. */
  enable(number: number, on: boolean): void {
    this.#enabled[number] = on ? 1 : 0;
    if (on && this.#pending[number]) this.onPend();
  }

  /** Whether an exception is active. */
  isActive(number: number): boolean {
    return this.#active[number] !== 0;
  }

  /** Marks an exception active: it is no longer pending. */
  activate(number: number): void {
    this.#active[number] = 1;
    if (!this.#pending[number]) return;
    this.#pending[number] = 0;
    this.#pendingList.splice(this.#pendingList.indexOf(number), 1);
  }

  /** Ends an exception; a line that is still high makes it pending again. */
  deactivate(number: number): void {
    this.#active[number] = 0;
    if (this.#level[number]) this.pend(number);
  }

  /** Number of active exceptions. */
  get activeCount(): number {
    let count = 0;
    for (let i = 0; i < COUNT; i++) count += this.#active[i];
    return count;
  }

  /** Gives an exception's priority byte. */
  priority(number: number): number {
    return this.#priority[number];
  }

  /** Sets an exception's priority byte; bits that the chip lacks read as 0. */
  setPriority(number: number, value: number): void {
    this.#priority[number] = value & PRIORITY_BITS;
    if (this.#pending[number]) this.onPend();
  }

  /** Gives the priority that decides on preemption: -3..-1 for the fixed ones, else 0..255. */
  groupPriority(number: number): number {
    if (number <= EXCEPTION.HARD_FAULT) return number - 4;
    return this.#priority[number] & this.#groupMask;
  }

  /** Whether any exception is pending, enabled or not. */
  get anyPending(): boolean {
    return this.#pendingList.length > 0;
  }

  /** Gives the pending, enabled exception that comes first, 0 if there is none. */
  best(): number {
    let best = 0;
    for (const number of this.#pendingList) {
      if (this.#enabled[number] && (best === 0 || this.#precedes(number, best))) best = number;
    }
    return best;
  }

  #precedes(a: number, b: number): boolean {
    const [ga, gb] = [this.groupPriority(a), this.groupPriority(b)];
    if (ga !== gb) return ga < gb;
    const [pa, pb] = [this.#priority[a], this.#priority[b]];
    return pa !== pb && a > EXCEPTION.HARD_FAULT && b > EXCEPTION.HARD_FAULT ? pa < pb : a < b;
  }

  /** Gives the best group priority of the active exceptions, {@link THREAD_PRIORITY} without one. */
  activePriority(): number {
    let least = THREAD_PRIORITY;
    for (let i = EXCEPTION.NMI; i < COUNT; i++) {
      if (this.#active[i]) least = Math.min(least, this.groupPriority(i));
    }
    return least;
  }

  /** Gives the priority that a new exception must beat, masks included. @see ARM DDI 0403E.e, B1.5.4 */
  executionPriority(primask: number, basepri: number, faultmask: number): number {
    let priority = this.activePriority();
    const base = basepri & PRIORITY_BITS;
    if (base) priority = Math.min(priority, base & this.#groupMask);
    if (primask & 1) priority = Math.min(priority, 0);
    if (faultmask & 1) priority = Math.min(priority, -1);
    return priority;
  }
}
