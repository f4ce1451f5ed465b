/**
 * Cuts MCTP messages into packets and packs these into USB transfers.
 *
 * @module
 */
import type { Copy } from "./reassembly.ts";
import { Mctp } from "../../wire/mctp_numbers.ts";
import { Usb } from "../../wire/usb_numbers.ts";

/**
 * Writes one message as packets, as many at a time as fit. Sans-IO; reused for every message.
 *
 * @see DSP0236 1.3.1, MCTP packet fields; DSP0283 1.0.1, MCTP over USB packet format
 */
export class Fragmenter {
  private readonly copy: Copy;
  private body: Uint8Array = new Uint8Array(0);
  private length = 0;
  private at = 0;
  private destination = 0;
  private source = 0;
  private tag = 0;
  private payload: number = Mctp.MAX_PAYLOAD;
  private sequence = 0;

  constructor(copy: Copy) {
    this.copy = copy;
  }

  /** Begins the message `body[0..length)`; `tag` has the tag owner in bit 3, `payload` is 64..247 octets. */
  begin(
    destination: number,
    source: number,
    tag: number,
    body: Uint8Array,
    length: number,
    payload: number,
  ): void {
    this.destination = destination;
    this.source = source;
    this.tag = tag & Mctp.TAG_MASK;
    this.body = body;
    this.length = length;
    this.payload = payload;
    this.at = 0;
    this.sequence = 0;
  }

  /** Tells whether the whole message has been written. */
  get isDone(): boolean {
    return this.at >= this.length;
  }

  /** Writes whole packets into `out[at..limit)`, and returns where they end. */
  fill(out: Uint8Array, at: number, limit: number): number {
    while (this.at < this.length) {
      const left = this.length - this.at;
      const size = left < this.payload ? left : this.payload;
      const total = size + Usb.HEADER_SIZE + Mctp.HEADER_SIZE;
      if (at + total > limit) break;
      out[at] = Usb.ID_HIGH;
      out[at + 1] = Usb.ID_LOW;
      out[at + 2] = 0;
      out[at + 3] = total;
      out[at + 4] = Mctp.HEADER_VERSION;
      out[at + 5] = this.destination;
      out[at + 6] = this.source;
      out[at + 7] = (this.at === 0 ? Mctp.START : 0) | (size === left ? Mctp.END : 0) |
        (this.sequence << 4) | this.tag;
      this.copy(out, at + 8, this.body, this.at, size);
      this.sequence = (this.sequence + 1) & 3;
      this.at += size;
      at += total;
    }
    return at;
  }
}
