import { OSCILLATORS_HZ } from "../../chip/clocks.ts";
import type { Alarm } from "../clock.ts";
import { Peripheral } from "../peripheral.ts";
import { IWDG_V3_IWDG } from "../registers/iwdg_v3_iwdg.ts";
import type { SystemContext } from "./context.ts";

const LSI_HZ = OSCILLATORS_HZ.LSI;
/** An update of PR, RLR, WINR or EWCR takes up to this many LSI periods. */
const UPDATE_PERIODS = 6;
const UPDATE_FLAGS: Readonly<Record<string, number>> = { PR: 1, RLR: 2, WINR: 4, EWCR: 8 };

/** Independent watchdog. @see RM0477, IWDG */
export class Iwdg extends Peripheral {
  readonly #context: SystemContext;
  readonly #requestLsi: () => void;
  #running = false;
  #unlocked = false;
  #loadedNs = 0;
  #loaded = 0xfff;
  #alarm: Alarm | undefined;
  #early: Alarm | undefined;
  #epoch = 0;

  /** @param requestLsi Starts the LSI, as the hardware does with the watchdog. */
  constructor(base: number, context: SystemContext, requestLsi: () => void) {
    super("IWDG", base, 0x400, IWDG_V3_IWDG, {
      resets: { RLR: 0xfff, WINR: 0xfff },
      rules: { KR: "wo", SR: "ro", "EWCR.EWIC": "trigger" },
    }, context.host);
    this.#context = context;
    this.#requestLsi = requestLsi;
  }

  override reset(): void {
    super.reset();
    this.#epoch++;
    this.#running = false;
    this.#unlocked = false;
    this.#loaded = 0xfff;
    this.#alarm?.cancel();
    this.#early?.cancel();
    this.host.irq("IWDG", false);
  }

  /** Starts it, as option bit IWDG_HW does at a reset. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#requestLsi();
    this.#load();
  }

  /** Keeps the count before a debugger stops or lets go the watchdog. */
  hold(): void {
    this.#loaded = this.#count();
    this.#loadedNs = this.host.clock.nowNs;
  }

  /** Goes on, or stands still, as the debug unit says now. */
  resume(): void {
    this.#loadedNs = this.host.clock.nowNs;
    this.#schedule();
  }

  protected override onRead(register: string, _index: number, value: number): number {
    // ONF shows that it runs; the register data do not name this bit.
    return register === "SR" && this.#running ? value | 0x100 : value;
  }

  protected override onWrite(register: string, _index: number, written: number, old: number): void {
    if (register === "KR") return this.#key(written & 0xffff);
    const flag = UPDATE_FLAGS[register];
    if (flag === undefined) return;
    if (!this.#unlocked || this.get("SR") & flag) return this.set(register, old);
    this.set("SR", this.get("SR") | flag);
    const epoch = this.#epoch;
    this.host.clock.after(1e9 * UPDATE_PERIODS / LSI_HZ, () => {
      if (epoch === this.#epoch) this.set("SR", this.get("SR") & ~flag);
    });
    if (register === "EWCR" && written & 1 << 14) this.#acknowledge();
    if (register === "WINR") return this.#load();
    this.hold();
    this.#schedule();
  }

  #key(key: number): void {
    this.#unlocked = key === 0x5555;
    if (key === 0xcccc) return this.start();
    if (key !== 0xaaaa || !this.#running) return;
    if (this.#count() > this.field("WINR", "WIN") && this.field("WINR", "WIN") !== 0xfff) {
      return this.host.reset("iwdg");
    }
    this.#load();
  }

  #load(): void {
    this.#loaded = this.field("RLR", "RL");
    this.resume();
  }

  get #tickNs(): number {
    return 1e9 * (4 << Math.min(this.field("PR", "PR"), 8)) / LSI_HZ;
  }

  #count(): number {
    if (!this.#running || this.#context.frozen("IWDG")) return this.#loaded;
    const ticks = Math.floor((this.host.clock.nowNs - this.#loadedNs) / this.#tickNs + 1e-6);
    return Math.max(0, this.#loaded - ticks);
  }

  #schedule(): void {
    this.#alarm?.cancel();
    this.#early?.cancel();
    if (!this.#running || this.#context.frozen("IWDG")) return;
    const at = (ticks: number) => this.#loadedNs + ticks * this.#tickNs;
    this.#alarm = this.host.clock.at(at(this.#loaded + 1), () => this.host.reset("iwdg"));
    const early = this.field("EWCR", "EWIT");
    if (!this.field("EWCR", "EWIE") || early < 2 || early > this.#loaded) return;
    this.#early = this.host.clock.at(at(this.#loaded - early + 1), () => {
      this.setField("SR", "EWIF", 1);
      this.host.irq("IWDG", true);
    });
  }

  #acknowledge(): void {
    this.setField("SR", "EWIF", 0);
    this.host.irq("IWDG", false);
  }
}
