import type { Alarm } from "../clock.ts";
import { Peripheral } from "../peripheral.ts";
import { WWDG_V2_WWDG } from "../registers/wwdg_v2_wwdg.ts";
import type { SystemContext } from "./context.ts";

const WDGA = 0x80;
const T6 = 0x40;

/** Window watchdog. @see RM0477, WWDG */
export class Wwdg extends Peripheral {
  readonly #context: SystemContext;
  #loaded = 0x7f;
  #loadedNs = 0;
  #alarms: Alarm[] = [];

  constructor(base: number, context: SystemContext) {
    super("WWDG", base, 0x400, WWDG_V2_WWDG, {
      resets: { CR: 0x7f, CFR: 0x7f },
      rules: { "CR.WDGA": "w1s", "CFR.EWI": "w1s", SR: "w0c" },
    }, context.host);
    this.#context = context;
    context.clocks.onChange(() => this.hold(), () => this.resume());
  }

  override reset(): void {
    super.reset();
    for (const alarm of this.#alarms) alarm.cancel();
    this.#loaded = 0x7f;
    this.#drive();
  }

  /** Keeps the count before its clock changes or a debugger stops it. */
  hold(): void {
    this.#loaded = this.#count();
  }

  /** Goes on from the kept count. */
  resume(): void {
    this.#loadedNs = this.host.clock.nowNs;
    this.#schedule();
  }

  protected override onRead(register: string, _index: number, value: number): number {
    return register === "CR" ? (value & WDGA) | this.#count() : value;
  }

  protected override onWrite(register: string, _index: number, written: number, old: number): void {
    if (register === "CR") {
      const closed = this.#count() > this.field("CFR", "W");
      if (old & WDGA && closed) return this.host.reset("wwdg");
      this.#loaded = written & 0x7f;
      if (this.get("CR") & WDGA && !(this.#loaded & T6)) return this.host.reset("wwdg");
    } else this.hold();
    this.resume();
    this.#drive();
  }

  get #tickNs(): number {
    const hz = this.#context.clocks.hz("PCLK1");
    const stopped = hz === 0 || this.#context.frozen("WWDG") || !(this.get("CR") & WDGA);
    return stopped ? Infinity : 1e9 * 4096 * (1 << this.field("CFR", "WDGTB")) / hz;
  }

  #count(): number {
    const ticks = Math.floor((this.host.clock.nowNs - this.#loadedNs) / this.#tickNs + 1e-6);
    return Math.max(0, this.#loaded - ticks);
  }

  #schedule(): void {
    for (const alarm of this.#alarms) alarm.cancel();
    this.#alarms = [];
    const tickNs = this.#tickNs;
    if (tickNs === Infinity) return;
    const at = (count: number, run: () => void) => {
      const ticks = this.#loaded - count;
      if (ticks < 0) return;
      this.#alarms.push(this.host.clock.at(this.#loadedNs + ticks * tickNs, run));
    };
    at(T6, () => {
      this.setField("SR", "EWIF", 1);
      this.#drive();
    });
    at(T6 - 1, () => this.host.reset("wwdg"));
  }

  #drive(): void {
    this.host.irq("WWDG", this.field("SR", "EWIF") === 1 && this.field("CFR", "EWI") === 1);
  }
}
