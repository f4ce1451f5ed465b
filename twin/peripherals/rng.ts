import type { Alarm } from "../clock.ts";
import { Peripheral, type PeripheralHost } from "../peripheral.ts";
import { RNG_V3_RNG } from "../registers/rng_v3_rng.ts";

const [RNGEN, IE, CONDRST] = [1 << 2, 1 << 3, 1 << 30];
const DRDY = 1;
/** Words of one output buffer. */
const WORDS = 4;
/** From enabling, or from an emptied buffer, to the next four words. */
const FIRST_NS = 30_000;
const NEXT_NS = 9_000;
const HTCR_KEY = 0x1759_0abc;

/**
 * Random numbers: the same sequence for the same seed, so that a run repeats.
 *
 * @see RM0477, RNG
 */
export class Rng extends Peripheral {
  readonly #seed: number;
  #state = 0;
  #left = 0;
  #alarm: Alarm | undefined;
  #open = false;

  /** @param seed u32 that the whole sequence follows from. */
  constructor(base: number, host: PeripheralHost, seed: number) {
    super("RNG", base, 0x400, RNG_V3_RNG, {
      resets: { CR: 0x0080_0d00, HTCR: 0x0000_92f3 },
      rules: {
        "SR.DRDY": "ro",
        "SR.CECS": "ro",
        "SR.SECS": "ro",
        "SR.CEIS": "w0c",
        "SR.SEIS": "w0c",
      },
    }, host);
    this.#seed = seed;
    this.#state = seed | 1;
  }

  /** Starts the sequence anew, as a power-on does in the twin. */
  powerOn(): void {
    this.#state = this.#seed | 1;
  }

  override reset(): void {
    super.reset();
    this.#empty();
  }

  protected override onRead(register: string, _index: number, value: number): number {
    if (register !== "DR") return value;
    if (this.#left === 0) return 0;
    if (--this.#left === 0) this.#refill(NEXT_NS);
    return this.#next();
  }

  protected override onWrite(register: string, _index: number, written: number, old: number): void {
    if (register === "HTCR") {
      // The key opens the register for the very next access.
      if (!this.#open) this.set("HTCR", old);
      this.#open = written >>> 0 === HTCR_KEY;
      if (this.#open) this.set("HTCR", old);
    } else if (register === "CR") {
      const on = written & RNGEN && !(written & CONDRST);
      const was = old & RNGEN && !(old & CONDRST);
      if (!on) this.#empty();
      else if (!was) this.#refill(FIRST_NS);
    }
    this.#drive();
  }

  #empty(): void {
    this.#alarm?.cancel();
    this.#left = 0;
    this.set("SR", 0);
    this.#drive();
  }

  #refill(delayNs: number): void {
    this.set("SR", this.get("SR") & ~DRDY);
    this.#drive();
    this.#alarm?.cancel();
    this.#alarm = this.host.clock.after(delayNs, () => {
      this.#left = WORDS;
      this.set("SR", this.get("SR") | DRDY);
      this.#drive();
    });
  }

  /** xorshift32; never 0. */
  #next(): number {
    let word = this.#state;
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    this.#state = word;
    return word >>> 0;
  }

  #drive(): void {
    this.host.irq("RNG", (this.get("CR") & IE) !== 0 && (this.get("SR") & 0x61) !== 0);
  }
}
