const CYCCNTENA = 1;
/** CTRL: NUMCOMP 4, and the enables that the core keeps. */
const NUMCOMP = 4 << 28;

/**
 * The data watchpoint and trace unit: the cycle counter lives, the comparators only keep what is
 * written, as on a chip whose trace port nobody reads.
 *
 * @see ARM DDI 0403E.e, C1.8
 */
export class Dwt {
  readonly #cycles: () => number;
  #ctrl = 0;
  /** CYCCNT less the cycles since power-on, while it counts; its value while it stands still. */
  #offset = 0;
  readonly #words = new Uint32Array(0x400);

  /** @param cycles Core cycles since power-on, without those slept through. */
  constructor(cycles: () => number) {
    this.#cycles = cycles;
  }

  /** Puts the registers to their reset values. */
  reset(): void {
    this.#ctrl = this.#offset = 0;
    this.#words.fill(0);
  }

  #count(): number {
    const cycles = this.#ctrl & CYCCNTENA ? this.#cycles() : 0;
    return (this.#offset + cycles) % 2 ** 32;
  }

  #setCount(value: number): void {
    const cycles = this.#ctrl & CYCCNTENA ? this.#cycles() % 2 ** 32 : 0;
    this.#offset = (value - cycles + 2 ** 32) % 2 ** 32;
  }

  /** Reads the word at `offset` from 0xE0001000. */
  read(offset: number): number {
    if (offset === 0) return NUMCOMP | this.#ctrl;
    if (offset === 4) return this.#count();
    return this.#words[offset >> 2];
  }

  /** Writes the word at `offset` from 0xE0001000. */
  write(offset: number, value: number): void {
    if (offset === 0) {
      const count = this.#count();
      this.#ctrl = value & 0x0fff_ffff;
      this.#setCount(count);
    } else if (offset === 4) this.#setCount(value >>> 0);
    // The software lock takes its key without a trace.
    else if (offset !== 0xfb0) this.#words[offset >> 2] = value;
  }
}
