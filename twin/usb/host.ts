import type { Clock } from "../clock.ts";
import { parseString } from "./descriptors.ts";
import { setupPacket, type TransferOptions, type UsbDevice } from "./device.ts";
import { enumerate, type Enumerated, type EnumerateOptions, runSequence } from "./enumerate.ts";
import { usbError } from "./errors.ts";
import { HostController } from "./host_controller.ts";
import type { UsbPort } from "./port.ts";
import type { Transfer, TransferResult } from "./transfer.ts";

/** Lets virtual time pass until `untilNs`, or until `stop()` holds if that is earlier. */
export type Pump = (untilNs: number, stop: () => boolean) => void;

/** A board with a USB port, as far as a host needs it. */
export interface HostedBoard {
  /** Its port. */
  readonly usb: UsbPort;
  /** What keeps its virtual time. */
  readonly core: { readonly clock: Clock };
  /** Lets it run. */
  run(limits: { readonly untilNs: number; readonly until: () => boolean }): unknown;
}

/** A transfer under way. */
export interface Pending {
  /** What it brought; undefined while it is under way. */
  readonly result: TransferResult | undefined;
  /** Takes it back. */
  cancel(): void;
}

/** Virtual milliseconds after which a call gives up. */
const PATIENCE_MS = 1000;

/**
 * A USB host in the process, for tests: calls are synchronous and let the board run (through the
 * pump) until they are done. Queued transfers (`queueIn`, `queueOut`) go on whenever the board
 * runs, whoever runs it.
 *
 * @example
 * ```ts ignore
 * const host = UsbHost.on(board);
 * host.enumerate();
 * host.bulkOut(0x01, Uint8Array.of(1, 2, 3));
 * assert.deepEqual(host.bulkIn(0x81, 512), Uint8Array.of(1, 2, 3));
 * ```
 */
export class UsbHost {
  /** The port it is plugged into. */
  readonly port: UsbPort;
  /** Its transfer queues. */
  readonly controller: HostController;
  readonly #clock: Clock;
  readonly #pump: Pump;
  #enumerated: Enumerated | undefined;
  #wakeups = 0;
  readonly #unwatch: () => void;

  /** Plugs in nothing and runs nothing yet; `pump` lets the board run, see {@link UsbHost.on}. */
  constructor(port: UsbPort, clock: Clock, pump: Pump) {
    this.port = port;
    this.#clock = clock;
    this.#pump = pump;
    this.controller = new HostController(port, clock);
    this.#unwatch = port.watch({ onWakeup: () => this.#wakeups++ });
  }

  /** Makes a host at a board's port, which lets the board run. */
  static on(board: HostedBoard): UsbHost {
    return new UsbHost(
      board.usb,
      board.core.clock,
      (untilNs, until) => void board.run({ untilNs, until }),
    );
  }

  /** Lets go of the port. */
  close(): void {
    this.#unwatch();
    this.controller.close();
  }

  /** How often the device signalled remote wakeup. */
  get wakeups(): number {
    return this.#wakeups;
  }

  /** The device. @throws {DisconnectedError} Before {@link enumerate}. */
  get device(): UsbDevice {
    return this.#known("use the device").device;
  }

  #known(what: string): Enumerated {
    if (!this.#enumerated) throw usbError("disconnected", what, "it is not enumerated");
    return this.#enumerated;
  }

  /** Waits for the device, resets, addresses and configures it; see {@link enumerate}. */
  enumerate(options: EnumerateOptions = {}): Enumerated {
    this.#enumerated = undefined;
    let outcome: { value: Enumerated } | { error: unknown } | undefined;
    const sequence = enumerate(this.port, this.controller, options);
    runSequence(this.#clock, sequence, (ended) => outcome = ended);
    const patienceMs = (options.attachMs ?? 2000) + (options.debounceMs ?? 100) + PATIENCE_MS;
    this.#wait(patienceMs, () => outcome !== undefined);
    if (!outcome) throw usbError("timeout", "enumerate");
    if ("error" in outcome) throw outcome.error;
    this.#enumerated = outcome.value;
    return outcome.value;
  }

  /** Reads a string of the device by its index, "" for 0. */
  string(index: number): string {
    return index === 0
      ? ""
      : parseString(this.control(setupPacket(0x80, 6, 0x0300 | index, 0x0409, 255)));
  }

  /**
   * Does a control transfer.
   *
   * @param setup u8[8], see {@link setupPacket}. @param data OUT data stage.
   * @returns The IN data stage, empty for OUT.
   */
  control(setup: Uint8Array, data?: Uint8Array, timeoutMs = PATIENCE_MS): Uint8Array {
    const what = `do control request ${setup[0].toString(16)}/${setup[1].toString(16)}`;
    const pending = pend(this.controller, (onEnd) => this.device.submitControl(setup, data, onEnd));
    return this.finish(pending, what, timeoutMs).data;
  }

  /** Queues a read of at most `length` bytes. */
  queueIn(endpoint: number, length: number, options: TransferOptions = {}): Pending {
    return pend(this.controller, (onEnd) => this.device.submitIn(endpoint, length, onEnd, options));
  }

  /** Queues a write. */
  queueOut(endpoint: number, data: Uint8Array, options: TransferOptions = {}): Pending {
    return pend(this.controller, (onEnd) => this.device.submitOut(endpoint, data, onEnd, options));
  }

  /** Writes and waits until the device took all. */
  bulkOut(
    endpoint: number,
    data: Uint8Array,
    options: TransferOptions & { timeoutMs?: number } = {},
  ): void {
    const pending = this.queueOut(endpoint, data, options);
    this.finish(pending, `write ${hex(endpoint)}`, options.timeoutMs);
  }

  /** Reads until a short packet or `length` bytes. */
  bulkIn(
    endpoint: number,
    length: number,
    options: TransferOptions & { timeoutMs?: number } = {},
  ): Uint8Array {
    const pending = this.queueIn(endpoint, length, options);
    return this.finish(pending, `read ${hex(endpoint)}`, options.timeoutMs).data;
  }

  /** Reads an interrupt endpoint at its interval. */
  interruptIn(endpoint: number, length: number, options: { timeoutMs?: number } = {}): Uint8Array {
    return this.bulkIn(endpoint, length, options);
  }

  /**
   * Waits for a queued transfer.
   *
   * @throws {UsbError} If it failed; {@link TimeoutError} after `timeoutMs` of virtual time, the
   * transfer being taken back then.
   */
  finish(pending: Pending, what = "finish a transfer", timeoutMs = PATIENCE_MS): TransferResult {
    this.#wait(timeoutMs, () => pending.result !== undefined);
    const { result } = pending;
    if (!result) {
      pending.cancel();
      throw usbError("timeout", what, `nothing came in ${timeoutMs} ms`);
    }
    if (result.fault) throw usbError(result.fault, what);
    return result;
  }

  /** Lets `ms` of virtual time pass. */
  idle(ms: number): void {
    this.#pump(this.#clock.nowNs + ms * 1_000_000, () => false);
  }

  /** Lets time pass until `done()`. @throws {TimeoutError} After `timeoutMs`. */
  waitFor(done: () => boolean, what: string, timeoutMs = PATIENCE_MS): void {
    this.#wait(timeoutMs, done);
    if (!done()) throw usbError("timeout", `wait for ${what}`);
  }

  #wait(timeoutMs: number, done: () => boolean): void {
    if (!done()) this.#pump(this.#clock.nowNs + timeoutMs * 1_000_000, done);
  }

  /** Clears a halted endpoint. */
  clearHalt(endpoint: number): void {
    this.control(setupPacket(0x02, 1, 0, endpoint, 0));
  }

  /** Suspends the bus and lets the device notice. */
  suspend(): void {
    this.port.suspend();
    this.idle(4);
  }

  /** Resumes the bus: 20 ms of signalling and 10 ms of recovery. USB 2.0, 7.1.7.7. */
  resume(): void {
    this.idle(20);
    this.port.resume();
    this.idle(10);
  }

  /** Pulls the cable. */
  unplug(): void {
    this.port.unplug();
    this.controller.cancelAll("disconnected");
    this.#enumerated = undefined;
  }

  /** Puts the cable in. */
  plug(): void {
    this.port.plug();
  }
}

function hex(endpoint: number): string {
  return `0x${endpoint.toString(16).padStart(2, "0")}`;
}

function pend(
  controller: HostController,
  submit: (onEnd: (result: TransferResult) => void) => Transfer | undefined,
): Pending {
  let result: TransferResult | undefined;
  const transfer = submit((ended) => result = ended);
  if (!transfer) throw new RangeError("Cannot queue a transfer: the device has no such endpoint");
  return {
    get result() {
      return result;
    },
    cancel: () => void controller.cancel(transfer),
  };
}
