import { Peripheral, type PeripheralHost } from "../peripheral.ts";
import { EXTI_H7_EXTI } from "../registers/exti_h7_exti.ts";

/** External interrupts: edges of pins, lines 0 to 15. @see RM0477, EXTI */
export class Exti extends Peripheral {
  /** @param base Address. The first bank only; lines above 15 have no source here. */
  constructor(base: number, host: PeripheralHost) {
    super("EXTI", base, 0x400, EXTI_H7_EXTI, {
      resets: { IMR: 0xffc0_0000 | 0 },
      rules: { PR: "w1c", SWIER: "rw" },
    }, host);
  }

  override reset(): void {
    super.reset();
    this.#drive();
  }

  /** Takes a new level of the pin that feeds `line`. */
  edge(line: number, level: boolean): void {
    if (this.get(level ? "RTSR" : "FTSR") >>> line & 1) this.#pend(1 << line);
  }

  protected override onWrite(register: string, _index: number, written: number, old: number): void {
    if (register === "SWIER") this.#pend(written & ~old);
    else if (register === "PR") this.set("SWIER", this.get("SWIER") & ~written);
    this.#drive();
  }

  #pend(lines: number): void {
    this.set("PR", this.get("PR") | lines);
    this.#drive();
  }

  #drive(): void {
    const active = this.get("PR") & this.get("IMR");
    for (let line = 0; line < 16; line++) {
      this.host.irq(`EXTI${line}`, (active >>> line & 1) === 1);
    }
  }
}
