import type { Answer, Handshake, Readiness, Transaction } from "../../usb/port.ts";
import { ENDPOINTS, OUT_INT, PKTSTS } from "./bits.ts";
import { InEndpoint } from "./in_endpoint.ts";
import { OutEndpoint } from "./out_endpoint.ts";
import { RxFifo, statusFields } from "./rx_fifo.ts";
import { TxFifo } from "./tx_fifo.ts";

const TIMEOUT: Answer = { handshake: "timeout" };

/** The device controller behind its registers: endpoints, FIFOs, and what tokens do to them. */
export class DeviceCore {
  /** Transmit FIFOs 0..15; TXFNUM has four bits. */
  readonly fifos: readonly TxFifo[] = Array.from({ length: 16 }, () => new TxFifo());
  /** IN endpoints by number. */
  readonly ins: readonly InEndpoint[];
  /** OUT endpoints by number. */
  readonly outs: readonly OutEndpoint[];
  /** Receive FIFO. */
  readonly rx = new RxFifo();
  /** GRXFSIZ. */
  rxDepthWords = 0;
  /** GINSTS. */
  globalInNak = false;
  /** GONSTS. */
  globalOutNak = false;
  /** An endpoint may answer otherwise than before. */
  onReady: (endpointAddress: number) => void = () => {};
  #address = 0;
  #nextAddress: number | undefined;
  #inControl = false;
  #setupDoneDue = false;

  constructor() {
    this.ins = Array.from({ length: ENDPOINTS }, (_, n) => new InEndpoint(n, this.fifos));
    this.outs = Array.from({ length: ENDPOINTS }, (_, n) => new OutEndpoint(n));
  }

  /** Puts all to the state after a core reset. */
  reset(): void {
    for (const endpoint of [...this.ins, ...this.outs]) endpoint.reset();
    for (const fifo of this.fifos) fifo.flush();
    this.rx.flush();
    this.globalInNak = this.globalOutNak = false;
    this.#address = 0;
    this.busReset();
  }

  /** What a USB reset does by itself: endpoints but 0 go inactive. DCFG.DAD stays. */
  busReset(): void {
    for (const endpoint of [...this.ins, ...this.outs]) endpoint.deactivate();
    this.#inControl = this.#setupDoneDue = false;
    this.#nextAddress = undefined;
  }

  /**
   * Takes a new DCFG.DAD. Within a control transfer it holds from the status stage's end on, so
   * that a driver may set it before it sends the status.
   */
  setAddress(address: number): void {
    if (this.#inControl && address !== 0) this.#nextAddress = address;
    else this.#address = address;
  }

  /** Empties a transmit FIFO, or with 0x10 all. */
  flushTx(number: number): void {
    for (const endpoint of this.ins) {
      if (number === 0x10 || endpoint.fifo === number) endpoint.onFlush();
    }
    this.fifos.forEach((fifo, n) => (number === 0x10 || n === number) && fifo.flush());
  }

  /** Empties the receive FIFO. */
  flushRx(): void {
    this.rx.flush();
    this.#setupDoneDue = false;
    this.wakeOuts();
  }

  /** Tells that all OUT endpoints may have got ready. */
  wakeOuts(): void {
    for (let n = 0; n < ENDPOINTS; n++) this.onReady(n);
  }

  /** Tells that all IN endpoints may have got ready. */
  wakeIns(): void {
    for (let n = 0; n < ENDPOINTS; n++) this.onReady(n | 0x80);
  }

  /** Sets global OUT NAK and leaves its pattern in the receive FIFO. */
  setGlobalOutNak(): void {
    if (this.globalOutNak) return;
    this.globalOutNak = true;
    this.rx.push(PKTSTS.GLOBAL_OUT_NAK, 0, 0);
  }

  /** Pops GRXSTSP; some entries raise interrupts only now. */
  popStatus(): number {
    const status = this.rx.pop();
    if (status === undefined) return 0;
    const { kind, endpoint } = statusFields(status);
    const out = this.outs[endpoint];
    if (kind === PKTSTS.SETUP_DONE) out.interrupts |= OUT_INT.STUP;
    if (kind === PKTSTS.OUT_DONE) out.interrupts |= OUT_INT.XFRC;
    if (!this.rx.unreadWords) this.wakeOuts();
    return status;
  }

  /** Reads a word of the popped packet. */
  readRx(): number | undefined {
    const word = this.rx.read();
    if (!this.rx.unreadWords) this.wakeOuts();
    return word;
  }

  /** What a token would meet. */
  poll(address: number, endpointAddress: number): Readiness {
    const number = endpointAddress & 15;
    if (address !== this.#address || number >= ENDPOINTS) {
      return { handshake: "timeout", sizeBytes: 0 };
    }
    if (number === 0) this.#settleSetup();
    if (endpointAddress & 0x80) {
      const endpoint = this.ins[number];
      if (!endpoint.active) return { handshake: "timeout", sizeBytes: 0 };
      return endpoint.poll(this.globalInNak);
    }
    return { handshake: this.#pollOut(this.outs[number]), sizeBytes: 0 };
  }

  #pollOut(endpoint: OutEndpoint): Handshake {
    if (!endpoint.active) return "timeout";
    const handshake = endpoint.poll(this.globalOutNak);
    if (handshake !== "ack") return handshake;
    return this.rx.fitsOut(endpoint.maxPacket, this.rxDepthWords) ? "ack" : "nak";
  }

  /** The first IN or OUT token after a SETUP ends the set-up stage: it leaves its own entry. */
  #settleSetup(): void {
    if (!this.#setupDoneDue) return;
    this.#setupDoneDue = false;
    this.rx.push(PKTSTS.SETUP_DONE, 0, 0);
  }

  /** Carries out a transaction. */
  transaction(transaction: Transaction): Answer {
    const { token, address, endpoint, data = new Uint8Array(0), toggle = 0 } = transaction;
    if (address !== this.#address || endpoint >= ENDPOINTS) return TIMEOUT;
    if (token === "setup") return this.#setup(endpoint, data);
    if (token === "out") return this.#out(endpoint, data, toggle);
    const { handshake } = this.poll(address, endpoint | 0x80);
    if (handshake !== "ack") return { handshake };
    const sender = this.ins[endpoint];
    const sent = sender.toggle;
    const acknowledged = transaction.acknowledge ?? true;
    const packet = sender.take(acknowledged);
    if (endpoint === 0 && acknowledged) this.#statusMayEnd();
    return { handshake, data: packet, toggle: sent };
  }

  #statusMayEnd(): void {
    this.#inControl = false;
    if (this.#nextAddress === undefined) return;
    this.#address = this.#nextAddress;
    this.#nextAddress = undefined;
  }

  #setup(endpoint: number, data: Uint8Array): Answer {
    // Only endpoint 0 is a control endpoint of this model; SETUP knows no NAK.
    if (endpoint !== 0 || data.length !== 8 || !this.rx.fitsSetup(this.rxDepthWords)) {
      return TIMEOUT;
    }
    this.ins[0].onSetup();
    this.outs[0].onSetup();
    this.rx.push(PKTSTS.SETUP_DATA, 0, 0, data);
    this.#setupDoneDue = this.#inControl = true;
    return { handshake: "ack" };
  }

  #out(number: number, data: Uint8Array, toggle: 0 | 1): Answer {
    const endpoint = this.outs[number];
    if (number === 0) this.#settleSetup();
    const handshake = this.#pollOut(endpoint);
    if (handshake !== "ack") return { handshake };
    if (data.length > endpoint.maxPacket) {
      endpoint.interrupts |= OUT_INT.BERR;
      return TIMEOUT;
    }
    // The host sends again what it believes lost: acknowledged, not delivered.
    if (toggle !== endpoint.toggle) return { handshake };
    this.rx.push(PKTSTS.OUT_DATA, number, toggle, data);
    if (endpoint.accept(data.length)) this.rx.push(PKTSTS.OUT_DONE, number, toggle);
    return { handshake };
  }
}
