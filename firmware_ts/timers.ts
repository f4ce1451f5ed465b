/**
 * Many deadlines over the one of the native seam.
 *
 * @module
 */

/** Is called once when its deadline has come. */
export type OnDue = (nowMs: number) => void;

/** Deadlines by slot; a slot is one owner's, made once at start, so that setting one makes no object. */
export class Timers {
  private readonly atMs: number[] = [];
  private readonly owners: OnDue[] = [];
  private readonly deadline: (ms: number) => void;
  private nextMs = -1;
  /** Whether owners are being called: the seam's deadline is then set once, at the end. */
  private inside = false;

  /** `deadline` sets the one of the seam, absolute in ms, -1 for none; see `port.ts`. */
  constructor(deadline: (ms: number) => void) {
    this.deadline = deadline;
  }

  /** Makes a slot, unset. */
  slot(onDue: OnDue): number {
    this.owners.push(onDue);
    return this.atMs.push(-1) - 1;
  }

  /**
   * Sets a slot's deadline, absolute in ms; -1 unsets it.
   *
   * The seam's deadline only ever comes nearer here. One that is set later or unset costs no look at the others:
   * the seam then calls too early, once, and {@link due} finds the next.
   */
  set(slot: number, atMs: number): void {
    this.atMs[slot] = atMs;
    if (atMs < 0 || this.inside || this.nextMs >= 0 && this.nextMs <= atMs) return;
    this.nextMs = atMs;
    this.deadline(atMs);
  }

  /** Calls the owners of what is due: to be called when the seam's deadline has come, which unset it. */
  due(nowMs: number): void {
    this.nextMs = -1;
    this.inside = true;
    try {
      for (let slot = 0; slot < this.atMs.length; slot++) {
        const atMs = this.atMs[slot];
        if (atMs < 0 || atMs > nowMs) continue;
        this.atMs[slot] = -1;
        this.owners[slot](nowMs);
      }
    } finally {
      // Also after an owner that throws: those behind it are due at once.
      this.inside = false;
      this.arm();
    }
  }

  private arm(): void {
    let nextMs = -1;
    for (let slot = 0; slot < this.atMs.length; slot++) {
      const atMs = this.atMs[slot];
      if (atMs >= 0 && (nextMs < 0 || atMs < nextMs)) nextMs = atMs;
    }
    if (nextMs < 0) return;
    this.nextMs = nextMs;
    this.deadline(nextMs);
  }
}
