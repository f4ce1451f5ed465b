import { Peripheral, type PeripheralHost } from "../peripheral.ts";
import { SYSCFG_H7RS_SYSCFG } from "../registers/syscfg_h7rs_syscfg.ts";

const COMPENSATION_NS = 20_000;

/** System configuration, boot and security (SBS, SYSCFG in the metadata). @see RM0477, SBS */
export class Sbs extends Peripheral {
  constructor(base: number, host: PeripheralHost) {
    super("SYSCFG", base, 0x400, SYSCFG_H7RS_SYSCFG, {
      resets: {
        BOOTSR: 0x0800_0000,
        HDPLCR: 0xb4,
        HDPLSR: 0x6f,
        DBGLOCKR: 0xb4,
        FPUIMR: 0x1f,
        CCVALR: 0x0088_8888,
        CCSWVALR: 0x0088_8888,
      },
      rules: {
        BOOTSR: "ro",
        HDPLCR: "ro",
        HDPLSR: "ro",
        MESR: "w1c",
        "CCCSR.COMP_RDY": "ro",
        "CCCSR.OCTO1_COMP_RDY": "ro",
        "CCCSR.OCTO2_COMP_RDY": "ro",
        CCVALR: "ro",
        // The locks of RM0477, SBS_BKLOCKR are cleared by a system reset only.
        BKLOCKR: "w1s",
      },
    }, host);
  }

  /** Port (0 for A) whose pin `line` feeds EXTI line 0..15. */
  extiPort(line: number): number {
    return this.get("EXTICR", line >> 2) >>> (4 * (line & 3)) & 15;
  }

  /** Called after EXTICR changed. */
  onSourceChange: () => void = () => {};

  protected override onWrite(
    register: string,
    _index: number,
    _written: number,
    old: number,
  ): void {
    if (register === "EXTICR") this.onSourceChange();
    if (register !== "CCCSR") return;
    [0, 2, 4].forEach((enable, cell) => {
      const ready = 1 << (8 + cell);
      const on = this.get("CCCSR") >>> enable & 1;
      if (!on) this.set("CCCSR", this.get("CCCSR") & ~ready);
      else if (!(old >>> enable & 1)) {
        this.host.clock.after(COMPENSATION_NS, () => {
          if (this.get("CCCSR") >>> enable & 1) this.set("CCCSR", this.get("CCCSR") | ready);
        });
      }
    });
  }
}
