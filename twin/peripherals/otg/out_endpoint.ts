import type { Handshake } from "../../usb/port.ts";
import { OUT_INT } from "./bits.ts";
import { Endpoint } from "./endpoint.ts";

/**
 * An OUT endpoint.
 *
 * It accepts data whenever NAKSTS is clear and it was armed in one of the ways that drivers which
 * work on boards use: EPENA (ST, TinyUSB), or a packet count without EPENA (embassy), or, for
 * endpoint 0, CNAK alone (embassy's first status stage).
 */
export class OutEndpoint extends Endpoint {
  /** What an OUT token meets, the room in the FIFO apart. */
  poll(globalNak: boolean): Handshake {
    if (this.stalled) return "stall";
    const armed = this.enabled || this.packets > 0 || this.index === 0;
    if (this.nak || globalNak || !armed) {
      this.interrupts |= OUT_INT.NAK;
      return "nak";
    }
    return "ack";
  }

  /** Counts an accepted packet; true if it ends the transfer, which sets NAK. */
  accept(sizeBytes: number): boolean {
    this.toggle ^= 1;
    this.sizeBytes = Math.max(0, this.sizeBytes - sizeBytes);
    if (this.packets > 0) this.packets--;
    const done = sizeBytes < this.maxPacket || this.packets === 0;
    if (done) {
      this.enabled = false;
      this.nak = true;
    }
    return done;
  }

  /** A SETUP came. */
  onSetup(): void {
    this.nak = true;
    this.stalled = false;
    this.toggle = 1;
    this.enabled = false;
    if ((this.topBits & 3) > 0) this.topBits--;
    else this.interrupts |= OUT_INT.B2BSTUP;
  }

  protected override onDisable(): void {
    this.interrupts |= OUT_INT.EPDISD;
  }
}
