import { Peripheral, type PeripheralHost } from "../../peripheral.ts";
import { OTG_V1_OTG } from "../../registers/otg_v1_otg.ts";
import type { UsbPort } from "../../usb/port.ts";
import { CTL, DCTL, ENDPOINTS, FIFO_WORDS, GINT, GINT_LATCHED, IN_INT } from "./bits.ts";
import { DeviceCore } from "./device_core.ts";
import { OtgPort } from "./otg_port.ts";
import { GCCFG, HOST_REGISTERS, OTG_HS_RULES } from "./registers.ts";
import type { OtgSurroundings } from "./surroundings.ts";

/** GCCFG: the generated data hold three versions at one offset; the first names the slot. */
const GCCFG_SLOT = "GCCFG_V1";

/** Registers whose bits are gates of the pull-up. */
const GATES: ReadonlySet<string> = new Set(["GOTGCTL", "GUSBCFG", "DCTL", GCCFG_SLOT]);

/**
 * The USB OTG HS controller in device mode at its registers, and the port that a host sees.
 *
 * Modelled: slave mode (the CPU copies FIFO words), all endpoint types but isochronous. Not
 * modelled and reported: DMA, host mode, LPM. See README.md here for guesses about silicon.
 *
 * The whole 256 KB window is this block's: registers, then FIFO n at 0x1000 * (n + 1).
 */
export class OtgHs extends Peripheral {
  readonly #core = new DeviceCore();
  readonly #port: OtgPort;
  #latched = 0;
  #irq = false;
  #gccfg = 0;
  #diepmsk = 0;
  #doepmsk = 0;

  constructor(base: number, host: PeripheralHost, surroundings: OtgSurroundings) {
    super("USB_OTG_HS", base, 0x40000, OTG_V1_OTG, OTG_HS_RULES, host);
    this.#port = new OtgPort(this.#core, host.clock, surroundings, {
      register: (name) => name === "GCCFG" ? this.#gccfg : this.get(name),
      raise: (bits) => this.#raise(bits),
      endSession: () => {
        this.setField("GOTGINT", "SEDET", 1);
        this.#update();
      },
      update: () => this.#update(),
    });
    this.reset();
  }

  /** The port CN2 as a host sees it. */
  get port(): UsbPort {
    return this.#port;
  }

  /** Looks at the gates of the pull-up again; the board may call it when clocks or power change. */
  refresh(): void {
    this.#port.refresh();
  }

  override reset(): void {
    super.reset();
    this.#gccfg = 0;
    this.#resetCore();
  }

  #resetCore(): void {
    this.#core.reset();
    this.#latched = this.#diepmsk = this.#doepmsk = 0;
    this.#sizeFifos();
    this.#port.reset();
    this.#update();
  }

  // ---- interrupts ----

  #raise(bits: number): void {
    this.#latched |= bits;
    this.#update();
  }

  #inInterrupts(index: number): number {
    const endpoint = this.#core.ins[index];
    const { usedWords, depthWords } = endpoint.txFifo;
    const limit = this.field("GAHBCFG", "TXFELVL") ? 0 : depthWords >> 1;
    return endpoint.interrupts | (usedWords <= limit ? IN_INT.TXFE : 0);
  }

  #daint(): number {
    let daint = 0;
    const emptyMask = this.get("DIEPEMPMSK");
    for (let n = 0; n < ENDPOINTS; n++) {
      const wanted = this.#diepmsk & ~IN_INT.TXFE | ((emptyMask >>> n) & 1 ? IN_INT.TXFE : 0);
      if (wanted && this.#inInterrupts(n) & wanted) daint |= 1 << n;
      if (this.#core.outs[n].interrupts & this.#doepmsk) daint |= 1 << (16 + n);
    }
    return daint >>> 0;
  }

  #gintsts(): number {
    let bits = this.#latched | GINT.PTXFE | GINT.NPTXFE;
    if (this.#port.frames.fresh) bits |= GINT.SOF;
    if (this.#core.rx.pending) bits |= GINT.RXFLVL;
    if (this.#core.globalInNak) bits |= GINT.GINAKEFF;
    if (this.#core.globalOutNak) bits |= GINT.GONAKEFF;
    if (this.get("GOTGINT")) bits |= GINT.OTGINT;
    if (this.field("GUSBCFG", "FHMOD")) bits |= GINT.CMOD;
    const daint = this.#daint() & this.get("DAINTMSK");
    if (daint & 0xffff) bits |= GINT.IEPINT;
    if (daint >>> 16) bits |= GINT.OEPINT;
    return bits >>> 0;
  }

  #update(): void {
    const on = (this.get("GAHBCFG") & 1) !== 0 &&
      (this.#gintsts() & this.get("GINTMSK")) !== 0;
    if (on === this.#irq) return;
    this.#irq = on;
    this.host.irq("OTG_HS", on);
  }

  // ---- registers ----

  #sizeFifos(): void {
    this.#core.rxDepthWords = Math.min(this.field("GRXFSIZ", "RXFD"), FIFO_WORDS);
    this.#core.fifos.forEach((fifo, n) => {
      if (n > 7 + 1) return;
      fifo.depthWords = n === 0
        ? this.field("DIEPTXF0", "FD")
        : n <= 7
        ? this.field("DIEPTXF", "FD", n - 1)
        : this.#lastTxf >>> 16;
    });
  }

  /** DIEPTXF8: the generated data stop at seven, the core has eight. */
  #lastTxf = 0x0200_0400;

  #unknown(behaviour: string): void {
    this.host.unmodelled({ what: `${this.name}.${behaviour}`, kind: "behaviour" });
  }

  override read(offset: number, size: number): number {
    if (offset >= 0x1000 && offset < 0x11000) return this.#readFifo();
    if (offset >= 0x120 && offset < 0x140) return offset === 0x120 ? this.#lastTxf : 0;
    return super.read(offset, size);
  }

  override write(offset: number, size: number, value: number): void {
    if (offset >= 0x1000 && offset < 0x11000) return this.#writeFifo((offset >> 12) - 1, value);
    if (offset >= 0x120 && offset < 0x140) {
      // Drivers for all sizes of this core clear fifteen; behind the eighth there is nothing.
      if (offset === 0x120) this.#lastTxf = value >>> 0;
      return this.#sizeFifos();
    }
    super.write(offset, size, value);
  }

  #readFifo(): number {
    const word = this.#core.readRx();
    if (word === undefined) this.#unknown("FIFO read behind the packet");
    if (!this.#core.rx.pending) this.#update();
    return word ?? 0;
  }

  #writeFifo(index: number, word: number): void {
    const endpoint = this.#core.ins[index];
    if (!endpoint) return this.#unknown(`FIFO${index} of no endpoint`);
    if (!endpoint.txFifo.push(word >>> 0)) {
      return this.#unknown(`FIFO${endpoint.fifo} written while full`);
    }
    if (endpoint.absorb()) this.#core.onReady(index | 0x80);
    if (this.get("DIEPEMPMSK")) this.#update();
  }

  protected override onRead(register: string, index: number, value: number): number {
    const core = this.#core;
    switch (register) {
      case "GINTSTS":
        return this.#gintsts();
      case "GOTGCTL":
        return value | (this.#port.session ? 3 << 18 : 0);
      case GCCFG_SLOT:
        return this.#gccfg | (this.#port.session ? GCCFG.SESSVLD : 0);
      case "GRXSTSR":
        return core.rx.peek();
      case "GRXSTSP":
        return this.#popStatus();
      case "DCTL":
        return value | (core.globalInNak ? DCTL.GINSTS : 0) |
          (core.globalOutNak ? DCTL.GONSTS : 0);
      case "DSTS":
        return (this.#port.suspended ? 1 : 0) | (this.#port.speed === "high" ? 0 : 1 << 1) |
          (this.#port.frames.number << 8);
      case "DIEPMSK":
        return this.#diepmsk;
      case "DOEPMSK":
        return this.#doepmsk;
      case "DAINT":
        return this.#daint();
      case "DIEPCTL":
        return core.ins[index]?.control ?? 0;
      case "DOEPCTL":
        return core.outs[index]?.control ?? 0;
      case "DIEPINT":
        return index < ENDPOINTS ? this.#inInterrupts(index) : 0;
      case "DOEPINT":
        return core.outs[index]?.interrupts ?? 0;
      case "DIEPTSIZ":
        return core.ins[index]?.transfer ?? 0;
      case "DOEPTSIZ":
        return core.outs[index]?.transfer ?? 0;
      case "DTXFSTS":
        return core.ins[index]?.txFifo.freeWords ?? 0;
    }
    return value;
  }

  #popStatus(): number {
    const { rx } = this.#core;
    if (rx.unreadWords > 0) this.#unknown("GRXSTSP popped before the packet was read");
    else if (!rx.pending) this.#unknown("GRXSTSP popped while empty");
    const status = this.#core.popStatus();
    this.#update();
    return status;
  }

  protected override onWrite(register: string, index: number, written: number): void {
    const core = this.#core;
    switch (register) {
      case "GINTSTS":
        this.#latched &= ~(written & GINT_LATCHED);
        if (written & GINT.SOF) this.#port.frames.acknowledge();
        break;
      case GCCFG_SLOT:
        this.#gccfg = written & ~GCCFG.SESSVLD;
        break;
      case "GAHBCFG":
        if (this.field("GAHBCFG", "DMAEN")) this.#unknown("GAHBCFG.DMAEN");
        break;
      case "GUSBCFG":
        if (this.field("GUSBCFG", "FHMOD")) this.#unknown("GUSBCFG.FHMOD");
        break;
      case "GRSTCTL":
        this.#writeReset(written);
        break;
      case "GRXFSIZ":
      case "DIEPTXF0":
      case "DIEPTXF":
        this.#sizeFifos();
        core.wakeOuts();
        break;
      case "DCFG":
        core.setAddress(this.field("DCFG", "DAD"));
        break;
      case "DCTL":
        this.#writeControl(written);
        break;
      case "DIEPMSK":
        this.#diepmsk = written;
        break;
      case "DOEPMSK":
        this.#doepmsk = written;
        break;
      case "DIEPCTL":
        core.ins[index]?.writeControl(written);
        this.#checkIn(index, written);
        if (index < ENDPOINTS) core.onReady(index | 0x80);
        break;
      case "DOEPCTL":
        core.outs[index]?.writeControl(written);
        if (isIsochronous(written)) this.#unknown(`DOEPCTL${index} isochronous`);
        if (index < ENDPOINTS) core.onReady(index);
        break;
      case "DIEPINT":
        if (index < ENDPOINTS) core.ins[index].interrupts &= ~written;
        break;
      case "DOEPINT":
        if (index < ENDPOINTS) core.outs[index].interrupts &= ~written;
        break;
      case "DIEPTSIZ":
        core.ins[index]?.writeTransfer(written);
        break;
      case "DOEPTSIZ":
        core.outs[index]?.writeTransfer(written);
        if (index < ENDPOINTS) core.onReady(index);
        break;
      default:
        if (HOST_REGISTERS.has(register)) this.#unknown(`${register}${index || ""}`);
    }
    this.#port.frames.wanted = (this.get("GINTMSK") & (GINT.SOF | GINT.EOPF)) !== 0;
    if (GATES.has(register)) this.refresh();
    this.#update();
  }

  /** An endpoint is used: its FIFO must lie in the FIFO memory, behind the receive FIFO. */
  #checkIn(index: number, written: number): void {
    if (isIsochronous(written)) this.#unknown(`DIEPCTL${index} isochronous`);
    if (!(written & CTL.EPENA)) return;
    const fifo = this.#core.ins[index]?.fifo ?? 0;
    const layout = fifo === 0
      ? this.get("DIEPTXF0")
      : fifo > 7
      ? this.#lastTxf
      : this.get("DIEPTXF", fifo - 1);
    const start = layout & 0xffff;
    const overlaps = start < this.field("GRXFSIZ", "RXFD") ||
      start + (layout >>> 16) > FIFO_WORDS;
    if (overlaps) this.#unknown(`FIFO${fifo} outside its memory or over the receive FIFO`);
  }

  /** GRSTCTL: resets and flushes are done at once, so their bits read as 0. */
  #writeReset(written: number): void {
    const register = { CSRST: 1, RXFFLSH: 1 << 4, TXFFLSH: 1 << 5 };
    if (written & register.TXFFLSH) this.#core.flushTx((written >>> 6) & 31);
    if (written & register.RXFFLSH) this.#core.flushRx();
    if (!(written & register.CSRST)) return;
    // The soft reset spares PHY selection, DCFG.DSPD, DCTL.SDIS, GCCFG and clock gates.
    const kept = {
      GUSBCFG: this.get("GUSBCFG") & (1 << 6),
      DSPD: this.field("DCFG", "DSPD"),
      SDIS: this.field("DCTL", "SDIS"),
      PCGCCTL: this.get("PCGCCTL"),
    };
    super.reset();
    this.set("GUSBCFG", this.get("GUSBCFG") | kept.GUSBCFG);
    this.setField("DCFG", "DSPD", kept.DSPD);
    this.setField("DCTL", "SDIS", kept.SDIS);
    this.set("PCGCCTL", kept.PCGCCTL);
    this.#resetCore();
  }

  #writeControl(written: number): void {
    const core = this.#core;
    if (written & DCTL.SGINAK) core.globalInNak = true;
    if (written & DCTL.CGINAK) {
      core.globalInNak = false;
      core.wakeIns();
    }
    if (written & DCTL.SGONAK) core.setGlobalOutNak();
    if (written & DCTL.CGONAK) {
      core.globalOutNak = false;
      core.wakeOuts();
    }
    if (written & DCTL.RWUSIG) this.#port.signalWakeup();
  }
}

function isIsochronous(control: number): boolean {
  return (control & CTL.USBAEP) !== 0 && (control & CTL.EPTYP) === 1 << CTL.EPTYP_BIT;
}
