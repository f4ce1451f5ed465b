/** Comparators; in version 2 each holds bits 31:1 of an address, and an enable in bit 0. */
const CODE_COMPARATORS = 8;

/**
 * The flash patch and breakpoint unit in version 2: eight breakpoints on any address.
 *
 * @see ARM DDI 0403E.e, C1.11, and the Cortex-M7's FP_CTRL.REV = 1
 */
export class Breakpoints {
  readonly #set: (address: number, on: boolean) => void;
  #enabled = false;
  readonly #comparators = new Uint32Array(CODE_COMPARATORS);
  #active: number[] = [];

  /** @param set Sets or clears a breakpoint of the CPU. */
  constructor(set: (address: number, on: boolean) => void) {
    this.#set = set;
  }

  /** A power-on clears all. */
  reset(): void {
    this.#enabled = false;
    this.#comparators.fill(0);
    this.#apply();
  }

  /** Reads the word at `offset` from 0xE0002000. */
  read(offset: number): number {
    if (offset === 0) {
      return (1 << 28 | (CODE_COMPARATORS & 0xf) << 4 | (this.#enabled ? 1 : 0)) >>> 0;
    }
    return this.#comparators[(offset - 8) >> 2] ?? 0;
  }

  /** Writes the word at `offset` from 0xE0002000. */
  write(offset: number, value: number): void {
    if (offset === 0) {
      // A write without KEY is ignored.
      if (value & 2) this.#enabled = (value & 1) !== 0;
    } else if (offset >= 8 && offset < 8 + 4 * CODE_COMPARATORS) {
      this.#comparators[(offset - 8) >> 2] = value;
    }
    this.#apply();
  }

  #apply(): void {
    const wanted = this.#enabled
      ? [...this.#comparators].filter((word) => word & 1).map((word) => (word & ~1) >>> 0)
      : [];
    for (const address of this.#active) if (!wanted.includes(address)) this.#set(address, false);
    for (const address of wanted) if (!this.#active.includes(address)) this.#set(address, true);
    this.#active = wanted;
  }
}
