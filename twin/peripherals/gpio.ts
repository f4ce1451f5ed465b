import { Peripheral, type PeripheralHost } from "../peripheral.ts";
import { GPIO_V2_GPIO } from "../registers/gpio_v2_gpio.ts";

/** Reset values that differ from 0xffffffff, 0 and 0: the debug pins of ports A and B. @see RM0477, GPIO registers */
const RESETS: Readonly<Record<string, Record<string, number>>> = {
  GPIOA: { MODER: 0xabff_ffff, OSPEEDR: 0x0c00_0000, PUPDR: 0x6400_0000 },
  GPIOB: { MODER: 0xffff_febf, OSPEEDR: 0x0000_00c0, PUPDR: 0x0000_0100 },
};

/** One port of 16 pins: levels come from its outputs, its pulls and the world outside. @see RM0477, GPIO */
export class Gpio extends Peripheral {
  /** Letter of the port. */
  readonly port: string;
  readonly #listeners: ((pin: number, level: boolean) => void)[] = [];
  readonly #configured: (() => void)[] = [];
  readonly #outside: (boolean | undefined)[] = new Array(16).fill(undefined);
  #levels = 0;
  #lockStep = 0;

  constructor(name: string, base: number, host: PeripheralHost) {
    super(name, base, 0x400, GPIO_V2_GPIO, {
      resets: { MODER: -1, ...RESETS[name] },
      rules: { BSRR: "wo", LCKR: "ro" },
    }, host);
    this.port = name.slice(4);
  }

  override reset(): void {
    super.reset();
    this.#lockStep = 0;
    this.#notify();
    this.#settle();
  }

  #notify(): void {
    for (const listener of this.#configured) listener();
  }

  /** Calls `listener` whenever a pin's level changes. */
  onLevel(listener: (pin: number, level: boolean) => void): void {
    this.#listeners.push(listener);
  }

  /** Calls `listener` whenever modes or alternate functions change. */
  onConfiguration(listener: () => void): void {
    this.#configured.push(listener);
  }

  /** Drives a pin from outside; `undefined` leaves it open. */
  drive(pin: number, level: boolean | undefined): void {
    this.#outside[pin] = level;
    this.#settle();
  }

  /** Gives a pin's level. */
  level(pin: number): boolean {
    return (this.#levels >>> pin & 1) === 1;
  }

  /** Gives a pin's alternate function number while it is in that mode. */
  alternate(pin: number): number | undefined {
    if ((this.get("MODER") >>> (2 * pin) & 3) !== 2) return undefined;
    return this.get("AFR", pin >> 3) >>> (4 * (pin & 7)) & 15;
  }

  protected override onRead(register: string, _index: number, value: number): number {
    return register === "IDR" ? this.#levels : value;
  }

  protected override onWrite(register: string, index: number, written: number, old: number): void {
    if (register === "BSRR") {
      // A pin named in both halves is set.
      const set = written & 0xffff;
      this.set("ODR", (this.get("ODR") & ~(written >>> 16)) | set);
      this.set("BSRR", 0);
    } else if (register === "LCKR") {
      return this.#lock(written);
    } else {
      this.#keepLocked(register, index, old);
      if (register === "MODER" || register === "AFR") this.#notify();
    }
    this.#settle();
  }

  /** The lock sequence: LCKK 1, 0, 1 with the same pins, then a read. @see RM0477, GPIOx_LCKR */
  #lock(written: number): void {
    const held = this.get("LCKR");
    if (held >>> 16 & 1) return;
    const key = written >>> 16 & 1;
    const pins = written & 0xffff;
    const samePins = pins === (held & 0xffff);
    if (key === 1 && this.#lockStep === 2 && samePins) {
      this.#lockStep = 0;
      return this.set("LCKR", 1 << 16 | pins);
    }
    if (key === 0 && this.#lockStep === 1 && samePins) this.#lockStep = 2;
    else this.#lockStep = key === 1 ? 1 : 0;
    this.set("LCKR", pins);
  }

  #keepLocked(register: string, index: number, old: number): void {
    const lock = this.get("LCKR");
    if (!(lock >>> 16 & 1) || register === "ODR") return;
    const width = register === "AFR" ? 4 : register === "OTYPER" ? 1 : 2;
    const first = register === "AFR" ? 8 * index : 0;
    let mask = 0;
    for (let pin = 0; pin < 16; pin++) {
      const bit = (pin - first) * width;
      if (lock >>> pin & 1 && bit >= 0 && bit < 32) mask |= ((1 << width) - 1) << bit;
    }
    this.set(register, (this.get(register, index) & ~mask) | (old & mask), index);
  }

  #settle(): void {
    const [modes, types, output, pulls] = ["MODER", "OTYPER", "ODR", "PUPDR"].map((name) =>
      this.get(name)
    );
    let levels = 0;
    for (let pin = 0; pin < 16; pin++) {
      const mode = modes >>> (2 * pin) & 3;
      const out = output >>> pin & 1;
      const pulled = (pulls >>> (2 * pin) & 3) === 1;
      const open = this.#outside[pin] ?? pulled;
      const driven = mode === 1 && !(out === 1 && types >>> pin & 1);
      const level = mode === 3 ? false : driven ? out === 1 : open;
      if (level) levels |= 1 << pin;
    }
    const changed = levels ^ this.#levels;
    if (changed === 0) return;
    this.#levels = levels;
    for (let pin = 0; pin < 16; pin++) {
      if (!(changed >>> pin & 1)) continue;
      for (const listener of this.#listeners) listener(pin, (levels >>> pin & 1) === 1);
    }
  }
}
