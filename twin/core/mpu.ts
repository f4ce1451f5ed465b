const REGIONS = 16;
const ENABLE = 1;

/** One region as the program set it. */
interface MpuRegion {
  rbar: number;
  rasr: number;
}

/**
 * The memory protection unit's registers. Attributes have no effect (there are no caches);
 * regions that take rights away are told by {@link Mpu.restrictions} and not enforced.
 *
 * @see ARM DDI 0403E.e, B3.5
 */
export class Mpu {
  #control = 0;
  #number = 0;
  readonly #regions: MpuRegion[] = [];

  constructor() {
    this.reset();
  }

  /** Puts the registers to their reset values. */
  reset(): void {
    this.#control = this.#number = 0;
    for (let i = 0; i < REGIONS; i++) this.#regions[i] = { rbar: i, rasr: 0 };
  }

  /** Reads the word at `offset` from 0xE000ED90. */
  read(offset: number): number {
    if (offset === 0) return REGIONS << 8;
    if (offset === 4) return this.#control;
    if (offset === 8) return this.#number;
    const { rbar, rasr } = this.#regions[this.#number];
    return (offset - 0xc) & 4 ? rasr : (rbar & ~0x1f) | this.#number;
  }

  /** Writes the word at `offset` from 0xE000ED90. */
  write(offset: number, value: number): void {
    if (offset === 4) this.#control = value & 7;
    else if (offset === 8) this.#number = value % REGIONS & 0xff;
    else if (offset >= 0xc && offset < 0x2c) {
      if ((offset - 0xc) & 4) {
        this.#regions[this.#number].rasr = value;
        return;
      }
      if (value & 0x10) this.#number = value & 0xf;
      this.#regions[this.#number].rbar = value & ~0x1f;
    }
  }

  /** Lists the enabled regions that deny what the memory map allows, as text for a report. */
  restrictions(): string[] {
    if (!(this.#control & ENABLE)) return [];
    return this.#regions.flatMap(({ rbar, rasr }, i) => {
      const access = rasr >>> 24 & 7;
      if (!(rasr & 1) || access === 3) return [];
      const size = 2 ** ((rasr >>> 1 & 0x1f) + 1);
      return [`MPU region ${i} at 0x${(rbar >>> 0).toString(16)}, ${size} bytes, AP ${access}`];
    });
  }
}
