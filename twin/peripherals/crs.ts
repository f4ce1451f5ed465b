import { Peripheral, type PeripheralHost } from "../peripheral.ts";
import { CRS_V1_CRS } from "../registers/crs_v1_crs.ts";

/**
 * Clock recovery of HSI48. The twin's HSI48 has no error to trim away, so settings are kept and
 * no synchronisation event is ever reported.
 *
 * @see RM0477, CRS
 */
export class Crs extends Peripheral {
  constructor(base: number, host: PeripheralHost) {
    super("CRS", base, 0x400, CRS_V1_CRS, {
      resets: { CR: 0x2000, CFGR: 0x2022_bb7f },
      rules: { "CR.SWSYNC": "trigger", ICR: "trigger" },
    }, host);
  }

  protected override onWrite(register: string, _index: number, written: number): void {
    if (register !== "CR") return;
    if (written & 0xf) this.host.unmodelled({ what: "CRS: interrupts", kind: "behaviour" });
  }
}
