import { Peripheral, type PeripheralHost } from "../peripheral.ts";
import { DBGMCU_H7_DBGMCU } from "../registers/dbgmcu_h7_dbgmcu.ts";

/** Where each peripheral's freeze bit stands: register and bit. @see RM0477, DBGMCU freeze registers */
const FREEZE: Readonly<Record<string, readonly [register: string, bit: number]>> = {
  ...Object.fromEntries(
    ["TIM2", "TIM3", "TIM4", "TIM5", "TIM6", "TIM7", "TIM12", "TIM13", "TIM14", "LPTIM1"].map((
      name,
      bit,
    ) => [name, ["APB1LFZR1", bit] as const]),
  ),
  WWDG: ["APB1LFZR1", 11],
  TIM1: ["APB2FZR1", 0],
  TIM15: ["APB2FZR1", 16],
  TIM16: ["APB2FZR1", 17],
  TIM17: ["APB2FZR1", 18],
  TIM9: ["APB2FZR1", 19],
  IWDG: ["APB4FZR1", 18],
};

/** Debug unit: identity, and what stands still while a debugger holds the core. */
export class Dbgmcu extends Peripheral {
  readonly #around: (change: () => void) => void;
  readonly #freeze = { APB1LFZR1: 0, APB2FZR1: 0, APB4FZR1: 0 } as Record<string, number>;
  #halted = false;

  /** @param around Carries out a change of what is frozen, and tells those whom it touches. */
  constructor(base: number, host: PeripheralHost, around: (change: () => void) => void) {
    // DEV_ID 0x485: STM32H7Rx/7Sx. REV_ID 0x1003 is that of the chips sold (revision Y).
    super("DBGMCU", base, 0x400, DBGMCU_H7_DBGMCU, { resets: { IDC: 0x1003_6485 } }, host);
    this.#around = around;
  }

  /** Tells whether a debugger holds the core. */
  set halted(value: boolean) {
    if (value === this.#halted) return;
    this.#around(() => this.#halted = value);
  }

  /** True while the peripheral stands still because the core is held. */
  frozen(name: string): boolean {
    const place = FREEZE[name];
    if (!this.#halted || !place) return false;
    return (this.#freeze[place[0]] >>> place[1] & 1) === 1;
  }

  /** The debug unit outlives system resets: only a power-on clears it. */
  override reset(): void {}

  /** Clears the registers as at power-on. */
  powerOn(): void {
    super.reset();
    for (const register of Object.keys(this.#freeze)) this.#freeze[register] = 0;
  }

  protected override onRead(register: string, _index: number, value: number): number {
    // Some freeze bits of this chip are missing in the register data: they are kept beside it.
    if (register === "IDC") return 0x1003_6485;
    return register in this.#freeze ? this.#freeze[register] : value;
  }

  protected override onWrite(register: string, _index: number, written: number): void {
    if (!(register in this.#freeze)) return;
    const known = Object.values(FREEZE).reduce(
      (mask, [where, bit]) => where === register ? mask | 1 << bit : mask,
      0,
    );
    this.#around(() => this.#freeze[register] = written & known);
  }
}
