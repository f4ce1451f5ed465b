/**
 * Sends one message out of `port.large`, which is lent for it.
 *
 * @module
 */
import type { Port } from "../port.ts";

/** `port.large` while one message is sent from there. */
export class LentLarge {
  /** Whether it is lent now. */
  isLent = false;

  constructor(private readonly port: Port) {}

  /** Sends `large[0..length)`; false where it is in use, or no host listens. */
  send(destination: number, tag: number, length: number): boolean {
    const { port } = this;
    if (this.isLent || !port.claimLarge(1)) return false;
    this.isLent = true;
    if (port.sendLarge(destination, tag, length)) return true;
    this.giveBack();
    return false;
  }

  /** Gives it back: to be called when the message is gone, or the host. */
  giveBack(): void {
    if (!this.isLent) return;
    this.isLent = false;
    this.port.claimLarge(0);
  }
}
