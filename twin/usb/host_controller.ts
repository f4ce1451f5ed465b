import type { Alarm, Clock } from "../clock.ts";
import { fitFrame, frameNs, transactionNs } from "./bus_time.ts";
import type { UsbFault } from "./errors.ts";
import type { UsbPort } from "./port.ts";
import { Transfer, type TransferRequest } from "./transfer.ts";

/** Attempts without handshake until a transfer fails. USB 2.0, 8.7.1. */
const ATTEMPTS = 3;

/** Transfers of one endpoint, in order. */
interface Queue {
  readonly key: number;
  readonly transfers: Transfer[];
  /** DATA0 or DATA1 by direction: OUT, IN. */
  readonly toggles: [0 | 1, 0 | 1];
  /** When an interrupt endpoint was polled last. */
  lastNs: number;
}

/**
 * A host controller on virtual time: queues of transfers per endpoint, served in turn, one
 * transaction at a time, always ready. Time passes with the board; nothing here runs it.
 *
 * NAK costs no bus time: the endpoint waits until the device says that it may be ready, which is
 * what endless retries would come to.
 */
export class HostController {
  readonly #port: UsbPort;
  readonly #clock: Clock;
  readonly #queues = new Map<number, Queue>();
  #order: Queue[] = [];
  #busy: Alarm | undefined;
  #wait: Alarm | undefined;
  #unwatch: () => void;
  /** Transactions that moved data or were refused, since the start. */
  transactions = 0;

  /** Watches the port until {@link close}. */
  constructor(port: UsbPort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
    this.#unwatch = port.watch({
      onReady: (endpoint) => this.#wake(endpoint),
      onAttachment: () => {
        if (!port.attached) this.cancelAll("disconnected");
      },
    });
  }

  /** Lets go of the port; all transfers end as cancelled. */
  close(): void {
    this.#unwatch();
    this.cancelAll("cancelled");
  }

  /** Queues a transfer. */
  submit(request: TransferRequest): Transfer {
    const transfer = new Transfer(request);
    this.#queue(request.address, request.endpoint).transfers.push(transfer);
    this.#kick();
    return transfer;
  }

  /** Takes a transfer back, ending it as `cancelled`; false if it has ended. */
  cancel(transfer: Transfer): boolean {
    for (const queue of this.#order) {
      const index = queue.transfers.indexOf(transfer);
      if (index < 0) continue;
      queue.transfers.splice(index, 1);
      transfer.end("cancelled");
      this.#kick();
      return true;
    }
    return false;
  }

  /** Ends all transfers. */
  cancelAll(fault: UsbFault): void {
    this.#busy?.cancel();
    this.#wait?.cancel();
    this.#busy = this.#wait = undefined;
    const ended = this.#order.flatMap((queue) => queue.transfers.splice(0));
    for (const transfer of ended) transfer.end(fault);
  }

  /** Forgets addresses and toggles, as after a reset of the bus; ends all transfers. */
  forget(): void {
    this.cancelAll("cancelled");
    this.#queues.clear();
    this.#order = [];
  }

  /** Sets an endpoint (address with direction bit) back to DATA0. */
  resetToggle(address: number, endpoint: number): void {
    this.#queue(address, endpoint).toggles[endpoint & 0x80 ? 1 : 0] = 0;
  }

  #queue(address: number, endpoint: number): Queue {
    const key = (address << 8) | ((endpoint & 15) === 0 ? 0 : endpoint);
    let queue = this.#queues.get(key);
    if (!queue) {
      queue = { key, transfers: [], toggles: [0, 0], lastNs: -Infinity };
      this.#queues.set(key, queue);
      this.#order.push(queue);
    }
    return queue;
  }

  #wake(endpoint: number): void {
    let woken = false;
    for (const { transfers } of this.#order) {
      const head = transfers[0];
      if (!head?.parked || head.pollAddress !== endpoint) continue;
      head.parked = false;
      woken = true;
    }
    if (woken) this.#kick();
  }

  /** Starts the next transaction if the bus is free. */
  #kick(): void {
    if (this.#busy) return;
    this.#wait?.cancel();
    this.#wait = undefined;
    const nowNs = this.#clock.nowNs;
    let laterNs = Infinity;
    for (const queue of [...this.#order]) {
      const head = queue.transfers[0];
      if (!head || head.parked) continue;
      const due = this.#dueNs(queue, head);
      if (due > nowNs) {
        laterNs = Math.min(laterNs, due);
        continue;
      }
      if (this.#start(queue, head)) return;
    }
    if (laterNs < Infinity) this.#wait = this.#clock.at(laterNs, () => this.#kick());
  }

  #dueNs(queue: Queue, { request }: Transfer): number {
    if (request.type !== "interrupt" || queue.lastNs < 0) return 0;
    const slotNs = frameNs(this.#port.speed) * (request.interval ?? 1);
    return (Math.floor(queue.lastNs / slotNs) + 1) * slotNs;
  }

  /** Puts the head's next transaction on the bus; false if the endpoint answers NAK. */
  #start(queue: Queue, head: Transfer): boolean {
    const { address } = head.request;
    const step = head.step;
    let sizeBytes = step.data?.length ?? 0;
    if (step.token !== "setup") {
      const readiness = this.#port.poll(address, head.pollAddress);
      if (readiness.handshake === "nak") {
        head.parked = true;
        return false;
      }
      if (step.token === "in") sizeBytes = readiness.sizeBytes;
    }
    const costNs = transactionNs(sizeBytes, this.#port.speed);
    const startNs = fitFrame(this.#clock.nowNs, costNs, this.#port.speed);
    this.#busy = this.#clock.at(startNs + costNs, () => {
      this.#busy = undefined;
      // In turn: whoever was served goes to the end of the line.
      this.#order = this.#order.filter((other) => other !== queue);
      this.#order.push(queue);
      if (queue.transfers[0] === head) this.#finish(queue, head);
      this.#kick();
    });
    return true;
  }

  #finish(queue: Queue, head: Transfer): void {
    const { token, data } = head.step;
    const { address, endpoint } = head.request;
    const direction = token === "in" ? 1 : 0;
    if (head.startsAtData1) queue.toggles[direction] = 1;
    const toggle = token === "setup" ? 0 : queue.toggles[direction];
    const answer = this.#port.transaction({
      token,
      address,
      endpoint: endpoint & 15,
      toggle,
      data,
    });
    queue.lastNs = this.#clock.nowNs;
    this.transactions++;
    if (answer.handshake === "nak") {
      head.parked = true;
      return;
    }
    if (answer.handshake === "stall") return this.#end(queue, head, "stall");
    if (answer.handshake === "timeout") {
      if (++head.errors >= ATTEMPTS) this.#end(queue, head, "transaction");
      return;
    }
    head.errors = 0;
    if (token !== "in") {
      if (token === "out") queue.toggles[0] ^= 1;
      if (head.sent()) this.#end(queue, head);
      return;
    }
    // A packet with the other toggle is one that we had: acknowledged and dropped.
    if (answer.toggle !== toggle) return;
    queue.toggles[1] ^= 1;
    const outcome = head.received(answer.data ?? new Uint8Array(0));
    if (outcome === true) this.#end(queue, head);
    else if (outcome !== false) this.#end(queue, head, outcome);
  }

  #end(queue: Queue, head: Transfer, fault?: UsbFault): void {
    queue.transfers.shift();
    head.end(fault);
  }
}
