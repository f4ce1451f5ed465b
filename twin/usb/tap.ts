import type { Clock } from "../clock.ts";
import type { Answer, PortListener, Readiness, Transaction, UsbPort, UsbSpeed } from "./port.ts";

/** Is told of each transaction, when it is over, with the virtual time in ns. It changes nothing. */
export type OnTransaction = (transaction: Transaction, answer: Answer, atNs: number) => void;

/** A port that lets all through, and tells what passed: put it between a port and its host. */
export class UsbTap implements UsbPort {
  readonly #port: UsbPort;
  readonly #clock: Clock;
  readonly #onTransaction: OnTransaction;

  /** Taps `port`, whose virtual time is `clock`'s. */
  constructor(port: UsbPort, clock: Clock, onTransaction: OnTransaction) {
    this.#port = port;
    this.#clock = clock;
    this.#onTransaction = onTransaction;
  }

  transaction(transaction: Transaction): Answer {
    const answer = this.#port.transaction(transaction);
    this.#onTransaction(transaction, answer, this.#clock.nowNs);
    return answer;
  }

  get attached(): boolean {
    return this.#port.attached;
  }

  get detachReason(): string {
    return this.#port.detachReason;
  }

  get speed(): UsbSpeed {
    return this.#port.speed;
  }

  plug(): void {
    this.#port.plug();
  }

  unplug(): void {
    this.#port.unplug();
  }

  beginReset(): void {
    this.#port.beginReset();
  }

  endReset(): UsbSpeed {
    return this.#port.endReset();
  }

  suspend(): void {
    this.#port.suspend();
  }

  resume(): void {
    this.#port.resume();
  }

  poll(address: number, endpointAddress: number): Readiness {
    return this.#port.poll(address, endpointAddress);
  }

  watch(listener: PortListener): () => void {
    return this.#port.watch(listener);
  }
}
