/** A small seeded generator (xorshift32), so that a run can be repeated. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** Returns the next u32. */
  u32(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }

  /** Returns an integer in 0..limit, limit excluded. */
  below(limit: number): number {
    return this.u32() % limit;
  }

  /** Fills octets. */
  fill(octets: Uint8Array): Uint8Array {
    for (let i = 0; i < octets.length; i++) octets[i] = this.u32() >>> 24;
    return octets;
  }
}
