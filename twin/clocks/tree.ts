import { OSCILLATORS_HZ } from "../../chip/clocks.ts";
import { PERIPHERALS } from "../../chip/peripherals.ts";
import { MUXES } from "./muxes.ts";

/** What a PLL does now: the values it was started with, and its live output dividers. */
export interface PllState {
  /** Its reference's frequency in Hz; 0 while it is not locked. */
  readonly referenceHz: number;
  /** Multiplication factor, with its fraction. */
  readonly multiplier: number;
  /** Division factor of each enabled output P, Q, R, S, T; 0 for a disabled one. */
  readonly dividers: readonly [p: number, q: number, r: number, s: number, t: number];
}

/** What the clock tree's frequencies follow from; the RCC model gives it. */
export interface ClockInputs {
  /** Frequencies in Hz of the running oscillators HSI, CSI, HSE, HSI48, LSI, LSE. */
  readonly oscillators: Readonly<Record<string, number>>;
  /** PLL1..PLL3. */
  readonly plls: readonly PllState[];
  /** Switch that SYSCLK really has: 0 HSI, 1 CSI, 2 HSE, 3 PLL1 P. */
  readonly systemSwitch: number;
  /** Gives a field of RCC. */
  field(register: string, field: string): number;
}

/** AHB and CPU prescalers by CPRE and BMPRE. @see RM0477, RCC_CDCFGR */
export function ahbDivider(code: number): number {
  return code < 8 ? 1 : [2, 4, 8, 16, 64, 128, 256, 512][code - 8];
}

/** APB prescalers by PPREx. @see RM0477, RCC_APBCFGR */
export function apbDivider(code: number): number {
  return code < 4 ? 1 : 2 << (code - 4);
}

/** The clock tree: frequencies of its nodes, computed when asked and kept until something changes. */
export class ClockTree {
  readonly #inputs: ClockInputs;
  #nodes: Map<string, number> | undefined;
  readonly #before: (() => void)[] = [];
  readonly #after: (() => void)[] = [];

  constructor(inputs: ClockInputs) {
    this.#inputs = inputs;
  }

  /** Calls `before` with the old frequencies still in force, and `after` with the new ones. */
  onChange(before: () => void, after: () => void): void {
    this.#before.push(before);
    this.#after.push(after);
  }

  /** Says that the inputs are about to change. */
  changing(): void {
    for (const listener of this.#before) listener();
  }

  /** Says that the inputs have changed. */
  changed(): void {
    this.#nodes = undefined;
    for (const listener of this.#after) listener();
  }

  /**
   * Gives a node's frequency in Hz, 0 when it stands still.
   *
   * Nodes: the oscillators, `PLLn_P`..`PLLn_T`, `PER`, `SYS`, `CPU`, `HCLK`, `HCLK1`..`HCLK5`,
   * `PCLK1`, `PCLK2`, `PCLK4`, `PCLK5`, `TIMCLK1`, `TIMCLK2`, `MCO1`, `MCO2`, `RTC`, `IWDG`, and
   * each peripheral of chip/peripherals.ts by its name (its kernel clock, else its bus clock).
   *
   * @throws {RangeError} If there is no such node.
   */
  hz(node: string): number {
    this.#nodes ??= this.#compute();
    const known = this.#nodes.get(node);
    if (known !== undefined) return known;
    const facts = PERIPHERALS[node];
    if (!facts) throw new RangeError(`Cannot find the clock node "${node}"`);
    let hz: number;
    if (node.startsWith("TIM")) hz = this.hz(facts.busClock === "PCLK2" ? "TIMCLK2" : "TIMCLK1");
    else if (facts.kernelMux) hz = this.#mux(facts.kernelMux);
    else hz = this.hz(facts.busClock ?? "HCLK");
    this.#nodes.set(node, hz);
    return hz;
  }

  #mux(selector: string): number {
    const [register, field] = selector.split(".");
    const source = MUXES[selector]?.[this.#inputs.field(register, field)];
    if (!source || source === "CLK48MOHCI") return 0;
    return source === "HSE_DIV_2" ? this.hz("HSE") / 2 : this.hz(source);
  }

  #compute(): Map<string, number> {
    const inputs = this.#inputs;
    const { oscillators, plls, systemSwitch } = inputs;
    const nodes = new Map<string, number>(Object.entries(oscillators));
    this.#nodes = nodes;
    plls.forEach(({ referenceHz, multiplier, dividers }, i) => {
      dividers.forEach((divider, output) => {
        const hz = divider === 0 ? 0 : referenceHz * multiplier / divider;
        nodes.set(`PLL${i + 1}_${"PQRST"[output]}`, hz);
      });
    });
    nodes.set("PER", this.#mux("AHBPERCKSELR.PERSEL"));
    const sys = nodes.get(MUXES["CFGR.SW"][systemSwitch] ?? "") ?? 0;
    const cpu = sys / ahbDivider(inputs.field("CDCFGR", "CPRE"));
    const hclk = cpu / ahbDivider(inputs.field("BMCFGR", "BMPRE"));
    nodes.set("SYS", sys).set("CPU", cpu).set("HCLK", hclk);
    for (const bus of [1, 2, 3, 4, 5]) nodes.set(`HCLK${bus}`, hclk);
    const wide = inputs.field("CFGR", "TIMPRE") === 1;
    for (const bus of [1, 2, 4, 5]) {
      const divider = apbDivider(inputs.field("APBCFGR", `PPRE${bus}`));
      nodes.set(`PCLK${bus}`, hclk / divider);
      // RM0477, RCC_CFGR TIMPRE: HCLK up to a division by 2 (4), else 2 (4) times PCLK.
      const most = wide ? 4 : 2;
      nodes.set(`TIMCLK${bus}`, divider <= most ? hclk : most * hclk / divider);
    }
    for (const output of [1, 2]) {
      const divider = inputs.field("CFGR", `MCO${output}PRE`);
      const source = this.#mux(`CFGR.MCO${output}SEL`);
      nodes.set(`MCO${output}`, divider === 0 ? 0 : source / divider);
    }
    nodes.set("RTC", this.#mux("BDCR.RTCSEL"));
    nodes.set("IWDG", OSCILLATORS_HZ.LSI);
    return nodes;
  }
}
