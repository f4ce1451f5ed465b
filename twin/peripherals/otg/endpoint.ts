import { CTL } from "./bits.ts";

/** Bits of a control register that software sets and reads back. */
const STORED = CTL.MPSIZ | CTL.USBAEP | CTL.EPTYP | CTL.SNPM | CTL.STALL | CTL.TXFNUM;

/** Packet size of endpoint 0 by its MPSIZ code. */
const EP0_SIZES = [64, 32, 16, 8];

/** What IN and OUT endpoints share: the control register and its set/clear bits. */
export abstract class Endpoint {
  readonly index: number;
  /** Interrupt register without its live bits. */
  interrupts = 0;
  /** DATA0 or DATA1 of the next packet. */
  toggle: 0 | 1 = 0;
  /** NAKSTS: tokens are answered NAK. */
  nak = false;
  /** EPENA. */
  enabled = false;
  /** XFRSIZ, bytes. */
  sizeBytes = 0;
  /** PKTCNT. */
  packets = 0;
  /** Bits 31:29 of the transfer size register: MCNT, or STUPCNT. */
  topBits = 0;
  #stored = 0;

  constructor(index: number) {
    this.index = index;
    this.#stored = index === 0 ? CTL.USBAEP : 0;
  }

  /** Values after a core reset; endpoint 0 is always active. */
  reset(): void {
    this.#stored = this.index === 0 ? CTL.USBAEP : 0;
    this.interrupts =
      this.sizeBytes =
      this.packets =
      this.topBits =
        0;
    this.toggle = 0;
    this.nak = this.enabled = false;
  }

  /** Whether the endpoint answers tokens. */
  get active(): boolean {
    return this.index === 0 || (this.#stored & CTL.USBAEP) !== 0;
  }

  /** Takes USBAEP back, as the core does at a USB reset. */
  deactivate(): void {
    if (this.index !== 0) this.#stored &= ~CTL.USBAEP;
  }

  /** STALL. */
  get stalled(): boolean {
    return (this.#stored & CTL.STALL) !== 0;
  }

  set stalled(on: boolean) {
    this.#stored = on ? this.#stored | CTL.STALL : this.#stored & ~CTL.STALL;
  }

  /** Largest packet in bytes. */
  get maxPacket(): number {
    return this.index === 0 ? EP0_SIZES[this.#stored & 3] : this.#stored & CTL.MPSIZ;
  }

  /** TXFNUM: the FIFO of an IN endpoint. */
  get fifo(): number {
    return (this.#stored & CTL.TXFNUM) >>> CTL.TXFNUM_BIT;
  }

  /** EPTYP: 0 control, 1 isochronous, 2 bulk, 3 interrupt. */
  get type(): number {
    return (this.#stored & CTL.EPTYP) >>> CTL.EPTYP_BIT;
  }

  /** Control register as read. */
  get control(): number {
    return (this.#stored | (this.toggle && CTL.DPID) | (this.nak ? CTL.NAKSTS : 0) |
      (this.enabled ? CTL.EPENA : 0)) >>> 0;
  }

  /** Takes a write to the control register. */
  writeControl(value: number): void {
    const kept = this.index === 0 ? CTL.USBAEP : 0;
    this.#stored = (value & STORED) | kept;
    if (value & CTL.SD0PID) this.toggle = 0;
    if (value & CTL.SD1PID) this.toggle = 1;
    if (value & CTL.CNAK) this.nak = false;
    if (value & CTL.SNAK) {
      this.nak = true;
      this.onNakSet();
    }
    if (value & CTL.EPDIS) {
      // Disabling beats enabling: read-modify-write carries the old EPENA along.
      if (this.enabled) this.onDisable();
      this.enabled = false;
    } else if (value & CTL.EPENA) {
      this.enabled = true;
      this.onEnable();
    }
  }

  /** Transfer size register as read. */
  get transfer(): number {
    return (this.sizeBytes | (this.packets << 19) | (this.topBits << 29)) >>> 0;
  }

  /** Takes a write to the transfer size register; endpoint 0 has 7 bits of XFRSIZ. */
  writeTransfer(value: number): void {
    const ep0 = this.index === 0;
    this.sizeBytes = value & (ep0 ? 0x7f : 0x7ffff);
    this.packets = (value >>> 19) & (ep0 ? 3 : 0x3ff);
    this.topBits = value >>> 29;
  }

  /** SNAK was written. */
  protected onNakSet(): void {}

  /** EPENA was written. */
  protected onEnable(): void {}

  /** EPDIS was written while enabled. */
  protected abstract onDisable(): void;
}
