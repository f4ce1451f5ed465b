import { Peripheral, type PeripheralHost } from "../peripheral.ts";
import { PWR_H7RS_PWR } from "../registers/pwr_h7rs_pwr.ts";

const VOS_NS = 10_000;
const USB_DETECTOR_NS = 5_000;
const BACKUP_REGULATOR_NS = 10_000;

/** Power controller: supplies, voltage scale, USB regulators. @see RM0477, PWR */
export class Pwr extends Peripheral {
  readonly #changed: () => void;
  #epoch = 0;

  /** @param changed Called after the voltage scale was changed. */
  constructor(base: number, host: PeripheralHost, changed: () => void) {
    super("PWR", base, 0x400, PWR_H7RS_PWR, {
      resets: { CR1: 1, SR1: 2, CSR2: 6, CSR4: 2, UCPDR: 2 },
      rules: {
        SR1: "ro",
        "CSR1.BRRDY": "ro",
        "CSR1.VBATL": "ro",
        "CSR1.VBATH": "ro",
        "CSR1.TEMPL": "ro",
        "CSR1.TEMPH": "ro",
        "CSR2.SDEXTRDY": "ro",
        "CSR2.USB33RDY": "ro",
        "CSR3.CSSF": "trigger",
        "CSR3.STOPF": "ro",
        "CSR3.SBF": "ro",
        "CSR4.VOSRDY": "ro",
        WKUPCR: "trigger",
        WKUPFR: "ro",
      },
    }, host);
    this.#changed = changed;
  }

  override reset(): void {
    super.reset();
    this.#epoch++;
  }

  /** True when VOS HIGH is applied. */
  get high(): boolean {
    return this.field("SR1", "ACTVOS") === 1;
  }

  /** True while DBP lets the backup domain be written. */
  get backupWritable(): boolean {
    return this.field("CR1", "DBP") === 1;
  }

  /** True when the USB supply was found good: USB33DEN is set and USB33RDY shows it. */
  get usb33Ready(): boolean {
    return this.field("CSR2", "USB33RDY") === 1;
  }

  /** True while the regulator of the high-speed PHY is on. */
  get usbHsRegulator(): boolean {
    return this.field("CSR2", "USBHSREGEN") === 1;
  }

  /** True while the pads of XSPIM port 1 or 2 are enabled. */
  xspiPort(port: 1 | 2): boolean {
    return this.field("CSR2", `EN_XSPIM${port}`) === 1;
  }

  protected override onWrite(register: string, _index: number, written: number, old: number): void {
    const now = this.get(register);
    const rose = (bit: number) => (now >>> bit & 1) === 1 && (old >>> bit & 1) === 0;
    if (register === "CSR4" && (now ^ old) & 1) {
      this.setField("CSR4", "VOSRDY", 0);
      this.setField("SR1", "ACTVOSRDY", 0);
      this.#later(VOS_NS, () => {
        this.setField("CSR4", "VOSRDY", 1);
        this.setField("SR1", "ACTVOS", this.field("CSR4", "VOS"));
        this.setField("SR1", "ACTVOSRDY", 1);
        this.#changed();
      });
    } else if (register === "CSR2") {
      if ((now & 7) === 0 || (now & 1 && now & 2)) {
        this.host.unmodelled({ what: "PWR.CSR2 supply", kind: "write", value: now & 0x1f });
      }
      if (rose(24)) {
        this.#later(USB_DETECTOR_NS, () => {
          if (this.field("CSR2", "USB33DEN")) this.setField("CSR2", "USB33RDY", 1);
        });
      }
      if (!(now >>> 24 & 1)) this.setField("CSR2", "USB33RDY", 0);
    } else if (register === "CSR1") {
      if (!this.backupWritable) return this.set("CSR1", old);
      if (rose(0)) this.#later(BACKUP_REGULATOR_NS, () => this.setField("CSR1", "BRRDY", 1));
      if (!(now & 1)) this.setField("CSR1", "BRRDY", 0);
    } else if (register === "CSR3" && written & 2) {
      this.set("CSR3", now & ~(3 << 8));
    } else if (register === "WKUPCR") {
      this.set("WKUPFR", this.get("WKUPFR") & ~written);
    }
  }

  #later(delayNs: number, run: () => void): void {
    const epoch = this.#epoch;
    this.host.clock.after(delayNs, () => {
      if (epoch === this.#epoch) run();
    });
  }
}
