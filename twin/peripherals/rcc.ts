import { OSCILLATORS_HZ } from "../../chip/clocks.ts";
import type { Alarm } from "../clock.ts";
import { type ClockInputs, ClockTree, type PllState } from "../clocks/tree.ts";
import { MUXES, USB_REFERENCE_MHZ } from "../clocks/muxes.ts";
import { Peripheral, type PeripheralHost } from "../peripheral.ts";
import { RCC_H7RS_RCC } from "../registers/rcc_h7rs_rcc.ts";
import { RCC_RULES } from "./rcc_rules.ts";

/** What of the board and the power controller the RCC depends on. */
export interface RccWorld {
  /** Frequency in Hz of the crystal at OSC_IN, 0 without one. */
  readonly hseHz: number;
  /** Frequency in Hz of the crystal at OSC32_IN, 0 without one. */
  readonly lseHz: number;
  /** True while PWR_CR1.DBP opens the backup domain. */
  backupWritable(): boolean;
  /** Resets the peripheral whose reset bit was set, by the field's name without `RST`. */
  resetPeripheral(name: string): void;
  /** Checks the clock limits after a change. */
  check(): void;
}

/** Where the reset came from, as RCC_RSR shows it. */
export type ResetCause = "power" | "pin" | "software" | "iwdg" | "wwdg" | "option-bytes";

const RESET_FLAGS: Readonly<Record<ResetCause, readonly string[]>> = {
  power: ["BORRSTF", "PINRSTF", "PORRSTF"],
  pin: ["PINRSTF"],
  software: ["PINRSTF", "SFTRSTF"],
  iwdg: ["PINRSTF", "IWDGRSTF"],
  wwdg: ["PINRSTF", "WWDGRSTF"],
  "option-bytes": ["PINRSTF", "OBLRSTF"],
};

/** An oscillator: where it is switched and how long it takes. */
interface Oscillator {
  readonly register: "CR" | "BDCR" | "CSR";
  readonly delayNs: number;
  readonly hz: (rcc: Rcc) => number;
}

// Start-up times: STM32H7S3 datasheet, typical values.
const OSCILLATORS: Readonly<Record<string, Oscillator>> = {
  HSI: {
    register: "CR",
    delayNs: 2_000,
    hz: (rcc) => OSCILLATORS_HZ.HSI / (1 << rcc.field("CR", "HSIDIV")),
  },
  CSI: { register: "CR", delayNs: 3_000, hz: () => OSCILLATORS_HZ.CSI },
  HSI48: { register: "CR", delayNs: 4_000, hz: () => OSCILLATORS_HZ.HSI48 },
  HSE: { register: "CR", delayNs: 2_000_000, hz: (rcc) => rcc.hseHz },
  LSI: { register: "CSR", delayNs: 100_000, hz: () => OSCILLATORS_HZ.LSI },
  LSE: { register: "BDCR", delayNs: 2_000_000_000, hz: (rcc) => rcc.lseHz },
};

const PLL_LOCK_NS = 50_000;
const PLL_ON = [24, 26, 28];

/** What a PLL keeps from the moment it was switched on. */
interface RunningPll {
  readonly source: string;
  readonly predivider: number;
  readonly factor: number;
  fraction: number;
}

/** Reset and clock control. @see RM0477, RCC */
export class Rcc extends Peripheral implements ClockInputs {
  /** The frequencies that follow from the registers. */
  readonly clocks: ClockTree = new ClockTree(this);
  readonly #world: RccWorld;
  readonly #pending = new Map<string, Alarm>();
  readonly #plls: (RunningPll | undefined)[] = [undefined, undefined, undefined];
  #wanted = 0;

  constructor(base: number, host: PeripheralHost, world: RccWorld) {
    super("RCC", base, 0x400, RCC_H7RS_RCC, RCC_RULES, host);
    this.#world = world;
  }

  /** Frequency in Hz of the crystal. */
  get hseHz(): number {
    return this.#world.hseHz;
  }

  /** Frequency in Hz of the 32 kHz crystal. */
  get lseHz(): number {
    return this.#world.lseHz;
  }

  /** Puts the registers to their reset values and notes the cause; the backup domain survives all but a power-on. */
  resetBy(cause: ResetCause): void {
    this.clocks.changing();
    const flags = cause === "power" ? 0 : this.get("RSR");
    const backup = this.get("BDCR");
    const lse = this.#pending.get("LSE");
    for (const [name, alarm] of this.#pending) if (name !== "LSE") alarm.cancel();
    this.#pending.clear();
    this.#plls.fill(undefined);
    this.#wanted = 0;
    super.reset();
    if (cause === "power") lse?.cancel();
    else {
      this.set("BDCR", backup);
      if (lse) this.#pending.set("LSE", lse);
    }
    this.set("RSR", flags);
    for (const flag of RESET_FLAGS[cause]) this.setField("RSR", flag, 1);
    this.host.irq("RCC", false);
    this.clocks.changed();
  }

  /** Why the next reset comes; the power-on is the first. */
  cause: ResetCause = "power";

  override reset(): void {
    this.resetBy(this.cause);
    this.cause = "pin";
  }

  /** True when the enable bit, as in `AHB4ENR.GPIOAEN`, is set. */
  enabled(bit: string): boolean {
    const [register, field] = bit.split(".");
    return this.field(register, field) === 1;
  }

  /** Starts the LSI on behalf of the watchdog, as hardware does. */
  requestLsi(): void {
    if (!this.#ready("LSI")) this.#start("LSI");
  }

  /** Frequency in Hz of the USB PHY's reference; 0 if it is none of those the PHY takes, or not the one USBREFCKSEL says. */
  get usbReferenceHz(): number {
    const hz = this.clocks.hz("USB_OTG_HS");
    const told = USB_REFERENCE_MHZ[this.field("AHBPERCKSELR", "USBREFCKSEL")] ?? 0;
    return Math.abs(hz - told * 1e6) <= told * 1e4 ? hz : 0;
  }

  // --- what the clock tree reads ---

  get oscillators(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(OSCILLATORS).map(([name, { hz }]) => [name, this.#ready(name) ? hz(this) : 0]),
    );
  }

  get plls(): readonly PllState[] {
    return this.#plls.map((pll, i) => {
      if (!pll || !(this.get("CR") >>> (PLL_ON[i] + 1) & 1)) {
        return { referenceHz: 0, multiplier: 0, dividers: [0, 0, 0, 0, 0] };
      }
      const { hz } = OSCILLATORS[pll.source];
      const out = this.get("PLLDIVR", i);
      const low = this.get("PLLDIVR2", i);
      const enables = this.get("PLLCFGR") >>> (i * 11 + 5);
      const dividers = [out >>> 9 & 127, out >>> 16 & 127, out >>> 24 & 127, low & 7, low >>> 8 & 7]
        .map((code, output) => enables >>> output & 1 ? code + 1 : 0);
      return {
        referenceHz: this.#ready(pll.source) ? hz(this) / pll.predivider : 0,
        multiplier: pll.factor + pll.fraction / 8192,
        dividers: dividers as unknown as PllState["dividers"],
      };
    });
  }

  get systemSwitch(): number {
    return this.field("CFGR", "SWS");
  }

  // --- effects ---

  protected override onWrite(register: string, index: number, written: number, old: number): void {
    if (register.endsWith("RSTR") || register.startsWith("APB1RSTR")) {
      return this.#resets(register, old);
    }
    const next = this.get(register, index);
    this.set(register, old, index);
    this.clocks.changing();
    this.set(register, next, index);
    this.#apply(register, index, written, old);
    this.clocks.changed();
    if (CHECKED.has(register)) this.#world.check();
  }

  #apply(register: string, index: number, written: number, old: number): void {
    switch (register) {
      case "CR":
        return this.#control(old);
      case "CSR":
        return this.#toggle("LSI", old & 1, 0);
      case "BDCR":
        return this.#backup(written, old);
      case "CFGR":
        this.#wanted = this.field("CFGR", "SW");
        return this.#switch();
      case "PLLCKSELR":
        return this.#protect(register, 0, this.#protectedSource(), old);
      case "PLLDIVR":
        return this.#protect(register, index, this.#protectedDividers(index), old);
      case "PLLCFGR":
        return this.#latchFractions(old);
      case "CICR":
        this.set("CIFR", this.get("CIFR") & ~written);
        return this.#interrupt();
      case "CIER":
        return this.#interrupt();
      case "RSR":
        // RMVF stays as written; while it is set the flags are cleared.
        if (written & 1 << 16) this.set("RSR", 1 << 16);
        return;
      default:
        return this.#keepProtected(register, old);
    }
  }

  #resets(register: string, old: number): void {
    this.#keepProtected(register, old);
    const rising = this.get(register) & ~old;
    const fields: Readonly<Record<string, readonly [number, number]>> =
      RCC_H7RS_RCC[register as keyof typeof RCC_H7RS_RCC].fields as never;
    for (const [field, [bit]] of Object.entries(fields)) {
      if (rising >>> bit & 1) this.#world.resetPeripheral(field.replace(/RST$/, ""));
    }
  }

  /** XSPICKP keeps the XSPIs' bits as they are. @see RM0477, RCC_CKPROTR */
  #keepProtected(register: string, old: number): void {
    if (!this.field("CKPROTR", "XSPICKP") || !/^AHB5(RST|EN|LPEN)R$/.test(register)) return;
    this.#protect(register, 0, 1 << 5 | 1 << 12, old);
  }

  #control(old: number): void {
    const inUse = (name: string) =>
      MUXES["CFGR.SW"][this.systemSwitch] === name ||
      (this.systemSwitch === 3 && this.#plls[0]?.source === name);
    for (const [name, bit] of [["HSI", 0], ["CSI", 7], ["HSI48", 12], ["HSE", 16]] as const) {
      if (old >>> bit & 1 && !(this.get("CR") >>> bit & 1) && inUse(name)) {
        this.set("CR", this.get("CR") | 1 << bit);
      }
      this.#toggle(name, old >>> bit & 1, bit);
    }
    for (let i = 0; i < 3; i++) this.#togglePll(i, (old >>> PLL_ON[i] & 1) === 1);
  }

  #toggle(name: string, was: number, bit: number): void {
    const { register } = OSCILLATORS[name];
    const on = this.get(register) >>> bit & 1;
    if (on && !was) this.#start(name);
    else if (!on && was) this.#stop(name);
  }

  #start(name: string): void {
    const { delayNs, hz } = OSCILLATORS[name];
    this.#pending.get(name)?.cancel();
    // Without a crystal the ready flag never comes.
    if (hz(this) === 0) return;
    this.#after(name, delayNs, () => this.#setReady(name, 1));
  }

  #stop(name: string): void {
    this.#pending.get(name)?.cancel();
    this.#pending.delete(name);
    this.setField(OSCILLATORS[name].register, `${name}RDY`, 0);
  }

  #after(name: string, delayNs: number, run: () => void): void {
    const alarm = this.host.clock.after(delayNs, () => {
      this.#pending.delete(name);
      this.clocks.changing();
      run();
      this.#switch();
      this.clocks.changed();
    });
    this.#pending.set(name, alarm);
  }

  #setReady(name: string, flag: number): void {
    this.setField(OSCILLATORS[name].register, `${name}RDY`, flag);
    if (this.field("CIER", `${name}RDYIE`)) this.setField("CIFR", `${name}RDYF`, 1);
    this.#interrupt();
  }

  #ready(name: string): boolean {
    return this.field(OSCILLATORS[name].register, `${name}RDY`) === 1;
  }

  #togglePll(i: number, was: boolean): void {
    const on = (this.get("CR") >>> PLL_ON[i] & 1) === 1;
    const ready = 1 << (PLL_ON[i] + 1);
    if (on && !was) {
      const source = MUXES["PLLCKSELR.PLLSRC"][this.field("PLLCKSELR", "PLLSRC")];
      const predivider = this.get("PLLCKSELR") >>> (4 + 8 * i) & 63;
      const config = this.get("PLLCFGR") >>> (11 * i);
      if (!source || predivider === 0 || !this.#ready(source)) return;
      const factor = this.field("PLLDIVR", "PLLN", i) + 1;
      const fraction = config & 1 ? this.field("PLLFRACR", "FRACN", i) : 0;
      this.#plls[i] = { source, predivider, factor, fraction };
      this.#checkPll(i, config);
      this.#after(`PLL${i + 1}`, PLL_LOCK_NS, () => {
        this.set("CR", this.get("CR") | ready);
        if (this.get("CIER") >>> (6 + i) & 1) this.set("CIFR", this.get("CIFR") | 1 << (6 + i));
        this.#interrupt();
      });
    } else if (!on && was) {
      if (i === 0 && this.systemSwitch === 3) {
        return this.set("CR", this.get("CR") | 1 << PLL_ON[0]);
      }
      this.#pending.get(`PLL${i + 1}`)?.cancel();
      this.#pending.delete(`PLL${i + 1}`);
      this.#plls[i] = undefined;
      this.set("CR", this.get("CR") & ~ready);
    }
  }

  #checkPll(i: number, config: number): void {
    const pll = this.#plls[i]!;
    const reference = OSCILLATORS[pll.source].hz(this) / pll.predivider;
    const vco = reference * (pll.factor + pll.fraction / 8192);
    const range = config >>> 3 & 3;
    const fits = reference >= [1e6, 2e6, 4e6, 8e6][range] &&
      reference <= [2e6, 4e6, 8e6, 16e6][range];
    const wide = (config >>> 1 & 1) === 0;
    // RM0477 gives two lower bounds for the wide range, 128 and 400 MHz; ST's own code runs at 256.
    const [least, most] = wide ? [128e6, 1672e6] : [150e6, 420e6];
    const fault = !fits
      ? `PLL${i + 1} reference ${reference / 1e6} MHz outside the range of PLLRGE ${range}`
      : vco < least || vco > most
      ? `PLL${i + 1} VCO ${vco / 1e6} MHz outside ${least / 1e6} to ${most / 1e6} MHz`
      : undefined;
    if (fault) this.host.unmodelled({ what: `RCC: ${fault}`, kind: "behaviour" });
  }

  /** DIVMx of a running PLL, and the common source while any runs, cannot be written. */
  #protectedSource(): number {
    let mask = 0;
    for (let i = 0; i < 3; i++) {
      if (this.get("CR") >>> PLL_ON[i] & 1) mask |= 3 | 63 << (4 + 8 * i);
    }
    return mask;
  }

  #protectedDividers(i: number): number {
    if (!(this.get("CR") >>> PLL_ON[i] & 1)) return 0;
    const enables = this.get("PLLCFGR") >>> (i * 11 + 5);
    return 0x1ff | (enables & 1 ? 127 << 9 : 0) | (enables & 2 ? 127 << 16 : 0) |
      (enables & 4 ? 127 << 24 : 0);
  }

  #protect(register: string, index: number, mask: number, old: number): void {
    this.set(register, (this.get(register, index) & ~mask) | (old & mask), index);
  }

  #latchFractions(old: number): void {
    const now = this.get("PLLCFGR");
    for (let i = 0; i < 3; i++) {
      const bit = 1 << (11 * i);
      const pll = this.#plls[i];
      if (pll && now & bit && !(old & bit)) pll.fraction = this.field("PLLFRACR", "FRACN", i);
    }
    // VCOSEL and RGE of a running PLL are set before it is enabled; its P output feeds SYSCLK.
    if (this.systemSwitch === 3) this.set("PLLCFGR", this.get("PLLCFGR") | 1 << 5);
  }

  #switch(): void {
    const source = MUXES["CFGR.SW"][this.#wanted];
    if (source === undefined) {
      return this.host.unmodelled({ what: "RCC.CFGR", kind: "write", value: this.get("CFGR") });
    }
    const ready = source === "PLL1_P"
      ? (this.get("CR") >>> 25 & 1) === 1 && this.field("PLLCFGR", "DIVPEN") === 1
      : this.#ready(source);
    if (ready) this.setField("CFGR", "SWS", this.#wanted);
  }

  #backup(written: number, old: number): void {
    if (!this.#world.backupWritable()) return this.set("BDCR", old);
    if (written & 1 << 16) {
      this.#stop("LSE");
      return this.set("BDCR", 1 << 16 | 0x10);
    }
    // RTCSEL is written once.
    if (old & 3 << 8) this.#protect("BDCR", 0, 3 << 8, old);
    this.#toggle("LSE", old & 1, 0);
  }

  #interrupt(): void {
    this.host.irq("RCC", this.get("CIFR") !== 0);
  }
}

const CHECKED = new Set(["CR", "CFGR", "CDCFGR", "BMCFGR", "APBCFGR", "PLLDIVR", "PLLCFGR"]);
