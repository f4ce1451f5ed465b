/** What a serial wire transfer is answered with. @see ARM IHI 0031E, B4.2 */
export const enum Ack {
  /** Done. */
  Ok = 1,
  /** Not now: the access port is busy with the transfer before. */
  Wait = 2,
  /** Refused: an error is to be cleared first. */
  Fault = 4,
  /** No answer at all: the port does not listen. */
  None = 7,
}

/** An access port as the debug port reaches it: registers by their offset 0x00 to 0xfc. */
export interface AccessPort {
  /** Reads a register; undefined if the transfer fails behind the port. */
  read(offset: number): number | undefined;
  /** Writes a register; false if the transfer fails behind the port. */
  write(offset: number, value: number): boolean;
}

/** CTRL/STAT bits. @see ARM IHI 0031E, B2.2.2 */
const CTRL = {
  STICKYORUN: 1 << 1,
  STICKYCMP: 1 << 4,
  STICKYERR: 1 << 5,
  READOK: 1 << 6,
  WDATAERR: 1 << 7,
  CDBGRSTREQ: 1 << 26,
  CDBGPWRUPREQ: 1 << 28,
  CSYSPWRUPREQ: 1 << 30,
} as const;
/** Bits that a write changes: overrun detection, transfer mode, mask lane, counter, requests. */
const CTRL_WRITABLE = 0x54ff_ff0d;
const STICKY = CTRL.STICKYORUN | CTRL.STICKYCMP | CTRL.STICKYERR | CTRL.WDATAERR;
const ABORT = { STKCMPCLR: 2, STKERRCLR: 4, WDERRCLR: 8, ORUNERRCLR: 16 } as const;

/** Serial wire DP of version 2, designed by Arm, as the STM32H7 have it. */
const DPIDR = 0x6ba0_2477;
/** Designer ST (0x020), part 0x485 as in DBGMCU.IDC. */
const TARGETID = 0x0485_0041;
/** Protocol version 1, instance 0. */
const DLPIDR = 0x0000_0001;
const EVENTSTAT_NONE = 1;

/** Switch sequences, least significant bit first. @see ARM IHI 0031E, B5.3 */
const JTAG_TO_SWD = 0xe79e;
const SWD_TO_JTAG = 0xe73c;
/** Clocks with the data line high that make a line reset. */
const LINE_RESET_BITS = 50;

/**
 * The serial wire debug port of the chip, with posted reads of its access ports.
 *
 * Every transfer is done before the next one starts, so WAIT is never given.
 *
 * @see ARM IHI 0031E (ADIv5.2), B1, B2 and B4
 */
export class SerialWirePort {
  readonly #ports: readonly AccessPort[];
  #control = 0;
  #sticky = 0;
  #select = 0;
  #dlcr = 0;
  #posted = 0;
  #resent = 0;
  #readOk = false;
  #serialWire = false;
  #identified = false;
  #ones = 0;
  #bits = 0;

  /** @param ports Access ports, by their APSEL; all above read as 0. */
  constructor(ports: readonly AccessPort[]) {
    this.#ports = ports;
  }

  /** Puts the port to its state after power-on: it listens to JTAG. */
  powerOn(): void {
    this.#control =
      this.#sticky =
      this.#select =
      this.#dlcr =
      this.#posted =
      this.#resent =
        0;
    this.#readOk = this.#serialWire = this.#identified = false;
    this.#ones = this.#bits = 0;
  }

  /** Clocks bits in without a transfer: line resets and the switch from JTAG. @param bits LSB first. */
  sequence(length: number, bits: number): void {
    for (let i = 0; i < length; i++) {
      const bit = bits >>> i & 1;
      this.#bits = (this.#bits >>> 1 | bit << 15) & 0xffff;
      this.#ones = bit ? this.#ones + 1 : 0;
      if (this.#bits === JTAG_TO_SWD) this.#serialWire = true;
      else if (this.#bits === SWD_TO_JTAG) this.#serialWire = false;
      if (this.#ones < LINE_RESET_BITS) continue;
      this.#identified = false;
      // A line reset clears DPBANKSEL; power and errors stay.
      this.#select &= ~0xf;
    }
  }

  /** Reads DP (`ap` false) or AP register `address` 0, 4, 8 or 12. */
  read(ap: boolean, address: number): { ack: Ack; value: number } {
    const ack = this.#acknowledge(ap, address, true);
    if (ack !== Ack.Ok) return { ack, value: 0 };
    const value = (ap ? this.#readPort(address) : this.#readOwn(address)) >>> 0;
    if (ap || address === 12) this.#readOk = true;
    if (ap || address !== 8) this.#resent = value;
    return { ack, value };
  }

  /** Writes DP or AP register `address`. */
  write(ap: boolean, address: number, value: number): Ack {
    const ack = this.#acknowledge(ap, address, false);
    if (ack !== Ack.Ok) return ack;
    if (ap) this.#writePort(address, value);
    else this.#writeOwn(address, value);
    return ack;
  }

  #acknowledge(ap: boolean, address: number, read: boolean): Ack {
    this.#ones = 0;
    if (!this.#serialWire) return Ack.None;
    // Behind a line reset only a read of DPIDR is answered.
    if (!this.#identified) {
      if (ap || !read || address !== 0) return Ack.None;
      this.#identified = true;
    }
    if (ap) this.#readOk = false;
    if (this.#sticky === 0) return Ack.Ok;
    const allowed = !ap && (address === 0 || (read && address === 4 && (this.#select & 0xf) === 0));
    if (!allowed && read) this.#readOk = false;
    return allowed ? Ack.Ok : Ack.Fault;
  }

  #readOwn(address: number): number {
    if (address === 0) return DPIDR;
    if (address === 8) return this.#resent;
    if (address === 12) return this.#posted;
    switch (this.#select & 0xf) {
      case 0:
        return this.#status();
      case 1:
        return this.#dlcr;
      case 2:
        return TARGETID;
      case 3:
        return DLPIDR;
      case 4:
        return EVENTSTAT_NONE;
      default:
        return 0;
    }
  }

  /** Power and reset requests are granted at once: the acknowledge stands one bit above the request. */
  #status(): number {
    const requests = this.#control & (CTRL.CSYSPWRUPREQ | CTRL.CDBGPWRUPREQ | CTRL.CDBGRSTREQ);
    return this.#control | requests << 1 | this.#sticky | (this.#readOk ? CTRL.READOK : 0);
  }

  #writeOwn(address: number, value: number): void {
    if (address === 0) return this.#abort(value);
    if (address === 8) this.#select = value >>> 0;
    else if (address === 4 && (this.#select & 0xf) === 0) this.#control = value & CTRL_WRITABLE;
    else if (address === 4 && (this.#select & 0xf) === 1) this.#dlcr = value & 0x300;
    // TARGETSEL at 12 is without effect while this port is selected: nothing else hangs on the line.
  }

  #abort(value: number): void {
    if (value & ABORT.STKCMPCLR) this.#sticky &= ~CTRL.STICKYCMP;
    if (value & ABORT.STKERRCLR) this.#sticky &= ~CTRL.STICKYERR;
    if (value & ABORT.WDERRCLR) this.#sticky &= ~CTRL.WDATAERR;
    if (value & ABORT.ORUNERRCLR) this.#sticky &= ~CTRL.STICKYORUN;
    this.#sticky &= STICKY;
  }

  get #powered(): boolean {
    return (this.#control & CTRL.CDBGPWRUPREQ) !== 0;
  }

  /** Gives the result of the read before, and posts this one. */
  #readPort(address: number): number {
    const before = this.#posted;
    const port = this.#ports[this.#select >>> 24];
    const value = this.#powered ? port ? port.read(this.#select & 0xf0 | address) : 0 : undefined;
    if (value === undefined) this.#sticky |= CTRL.STICKYERR;
    else this.#posted = value >>> 0;
    return before;
  }

  #writePort(address: number, value: number): void {
    const port = this.#ports[this.#select >>> 24];
    const done = this.#powered && (port?.write(this.#select & 0xf0 | address, value) ?? true);
    if (!done) this.#sticky |= CTRL.STICKYERR;
  }
}
