import type { Readiness } from "../../usb/port.ts";
import { IN_INT } from "./bits.ts";
import { Endpoint } from "./endpoint.ts";
import type { TxFifo } from "./tx_fifo.ts";

const NAK: Readiness = { handshake: "nak", sizeBytes: 0 };
const STALL: Readiness = { handshake: "stall", sizeBytes: 0 };

/**
 * An IN endpoint. XFRSIZ counts down as whole packets enter the FIFO, PKTCNT as the host
 * acknowledges them (RM0477, DIEPTSIZx; drivers that refill by XFRSIZ rely on it).
 */
export class InEndpoint extends Endpoint {
  readonly #fifos: readonly TxFifo[];
  /** Sizes of packets that lie whole in the FIFO. */
  #queued: number[] = [];
  #queuedWords = 0;
  /** The FIFO was flushed under a transfer: nothing to send until it is enabled anew. */
  #flushed = false;

  constructor(index: number, fifos: readonly TxFifo[]) {
    super(index);
    this.#fifos = fifos;
  }

  override reset(): void {
    super.reset();
    this.#queued = [];
    this.#queuedWords = 0;
    this.#flushed = false;
  }

  /** Its transmit FIFO. */
  get txFifo(): TxFifo {
    return this.#fifos[this.fifo];
  }

  /** Forgets packets whose FIFO was flushed. */
  onFlush(): void {
    this.#queued = [];
    this.#queuedWords = 0;
    this.#flushed = this.enabled;
  }

  /** Takes words that were pushed to the FIFO as packets; true if one became whole. */
  absorb(): boolean {
    if (!this.enabled) return false;
    let whole = false;
    while (this.sizeBytes > 0) {
      const size = Math.min(this.maxPacket, this.sizeBytes);
      const words = (size + 3) >> 2;
      if (size === 0 || this.txFifo.usedWords - this.#queuedWords < words) break;
      this.#queued.push(size);
      this.#queuedWords += words;
      this.sizeBytes -= size;
      whole = true;
    }
    return whole;
  }

  /** What an IN token meets; a NAK leaves its marks in the interrupt register. */
  poll(globalNak: boolean): Readiness {
    if (this.stalled) return STALL;
    const ready = this.#ready(globalNak);
    if (ready) return ready;
    this.interrupts |= IN_INT.NAK;
    if (this.txFifo.usedWords === 0) this.interrupts |= IN_INT.ITTXFE;
    return NAK;
  }

  #ready(globalNak: boolean): Readiness | undefined {
    if (!this.enabled || this.nak || globalNak || this.#flushed || this.packets === 0) return;
    if (this.#queued.length > 0) return { handshake: "ack", sizeBytes: this.#queued[0] };
    return this.sizeBytes === 0 ? { handshake: "ack", sizeBytes: 0 } : undefined;
  }

  /** Gives the packet that {@link poll} promised; `acknowledged` moves on to the next. */
  take(acknowledged: boolean): Uint8Array {
    const size = this.#queued[0] ?? 0;
    const data = this.txFifo.peek(size);
    if (!acknowledged) return data;
    this.txFifo.drop(size);
    if (this.#queued.length > 0) {
      this.#queued.shift();
      this.#queuedWords -= (size + 3) >> 2;
    }
    this.toggle ^= 1;
    if (--this.packets === 0) {
      this.enabled = false;
      this.interrupts |= IN_INT.XFRC;
    }
    return data;
  }

  /** A SETUP came: what was to be sent belongs to a control transfer that is over. */
  onSetup(): void {
    this.nak = true;
    this.stalled = false;
    this.toggle = 1;
    // Silicon's register text says this of OUT only. Without it an abandoned control read would
    // leave EPENA set for ever with drivers that wait for it, which boards do not show.
    this.enabled = false;
    this.#queued = [];
    this.#queuedWords = 0;
  }

  protected override onNakSet(): void {
    this.interrupts |= IN_INT.INEPNE;
  }

  protected override onEnable(): void {
    this.#flushed = false;
    this.absorb();
  }

  protected override onDisable(): void {
    this.#queued = [];
    this.#queuedWords = 0;
    this.interrupts |= IN_INT.EPDISD;
  }
}
