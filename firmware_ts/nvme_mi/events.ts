/**
 * Asynchronous Event Messages.
 *
 * @see NVM Express Management Interface Specification 1.2, Asynchronous Events
 * @module
 */
import { MessageType } from "../../wire/control_numbers.ts";
import { AsyncEvent, MiStatus, NvmeMi } from "../../wire/nvme_mi_numbers.ts";
import type { Send } from "../mctp/requester.ts";
import { Change } from "../nvme/subsystem.ts";
import type { Port } from "../port.ts";
import type { Timers } from "../timers.ts";

/** Sizes of list headers and items. */
const enum Size {
  SUPPORTED_HEADER = 5,
  SUPPORTED_ITEM = 3,
  OCCURRENCE_HEADER = 7,
  OCCURRENCE_ITEM = 9,
}

/** Octets of the largest message: header, list of all events, integrity check. */
const MESSAGE_SIZE = NvmeMi.HEADER_SIZE + Size.OCCURRENCE_HEADER +
  Size.OCCURRENCE_ITEM * AsyncEvent.COUNT + NvmeMi.MIC_SIZE;
/** Transmissions of one message at most: AEMRC has three bits. */
const ATTEMPTS = 8;
/** The AE scope of an event of the subsystem, and of a controller. */
const SCOPE_CONTROLLER = 1;
const SCOPE_SUBSYSTEM = 2;

/** Which change is which event. */
const EVENT_OF_CHANGE: readonly (readonly [number, number])[] = [
  [Change.READY, AsyncEvent.CONTROLLER_READY],
  [Change.FATAL, AsyncEvent.CONTROLLER_FATAL],
  [Change.SHUTDOWN, AsyncEvent.SHUTDOWN_STATUS],
  [Change.ENABLE_CHANGE, AsyncEvent.CONTROLLER_ENABLE],
  [Change.NAMESPACES, AsyncEvent.NAMESPACE_ATTRIBUTE],
  [Change.FIRMWARE, AsyncEvent.FIRMWARE_ACTIVATED],
  [Change.TEMPERATURE, AsyncEvent.TEMPERATURE],
  [Change.USED, AsyncEvent.LIFE_USED],
  [Change.SPARE, AsyncEvent.SPARE],
  [Change.WARNING, AsyncEvent.WARNINGS],
  [Change.SANITIZE_FAILED, AsyncEvent.SANITIZE_FAILED],
];

/** What is supported, what is enabled, what has occurred, and the message that tells of it. */
export class AsyncEvents {
  /** Bits of {@link AsyncEvent}. */
  private enabled = 0;
  /** Where an invalid parameter stands in the message. */
  errorByte = 0;
  private occurred = 0;
  /** Those of the message that waits for its acknowledgement: they have occurred before {@link occurred}. */
  private told = 0;
  /** The controller of each event, 0xffff for the subsystem. */
  private readonly controllers = new Uint16Array(AsyncEvent.COUNT);
  /** Whoever enabled them last. */
  private peer = 0;
  private generation = 0;
  /** Transmissions so far of the message that waits for its acknowledgement; -1 while none does. */
  private attempts = -1;
  private delayMs = 0;
  private retryMs = 1000;
  private message: Uint8Array | undefined;
  /** Where its list ends. */
  private end = 0;
  private readonly timer: number;

  constructor(
    private readonly port: Port,
    private readonly send: Send,
    private readonly timers: Timers,
  ) {
    this.timer = timers.slot((nowMs) => this.transmit(nowMs));
  }

  /** Takes notice of a change of a controller, -1 for all. */
  changed(change: number, controller: number, nowMs: number): void {
    if (this.enabled === 0) return;
    for (const [bit, event] of EVENT_OF_CHANGE) {
      if ((change & bit) === 0 || (this.enabled >> event & 1) === 0) continue;
      this.occurred |= 1 << event;
      this.controllers[event] = controller < 0 ? 0xffff : controller;
      if (this.attempts < 0) {
        this.attempts = 0;
        this.timers.set(this.timer, nowMs + this.delayMs);
      }
    }
  }

  /** Writes the supported list at `reply[8]`; gives the octets up to its end. */
  writeSupported(reply: Uint8Array): number {
    const size = Size.SUPPORTED_HEADER + Size.SUPPORTED_ITEM * AsyncEvent.COUNT;
    reply[8] = AsyncEvent.COUNT;
    reply[9] = 0;
    reply[10] = size;
    reply[11] = 0;
    reply[12] = Size.SUPPORTED_HEADER;
    for (let event = 0; event < AsyncEvent.COUNT; event++) {
      const at = 13 + Size.SUPPORTED_ITEM * event;
      reply[at] = Size.SUPPORTED_ITEM;
      reply[at + 1] = event;
      reply[at + 2] = (this.enabled >> event & 1) << 7;
    }
    return 8 + size;
  }

  /**
   * Takes an enable list, which also acknowledges what was sent; writes the occurrence list at `reply[8]` and
   * gives the octets up to its end, or the status of an error, negative.
   */
  configure(
    request: Uint8Array,
    length: number,
    reply: Uint8Array,
    source: number,
  ): number {
    const count = request[16];
    const size = Size.SUPPORTED_HEADER + Size.SUPPORTED_ITEM * count;
    if (length < 16 + size) return -MiStatus.INVALID_INPUT_SIZE;
    if (request[17] !== 0 || request[20] !== Size.SUPPORTED_HEADER) {
      return this.invalid(request[17] !== 0 ? 17 : 20);
    }
    let enabled = this.enabled;
    for (let i = 0; i < count; i++) {
      const at = 21 + Size.SUPPORTED_ITEM * i;
      const event = request[at + 1];
      if (request[at] !== Size.SUPPORTED_ITEM) return this.invalid(at);
      if (event >= AsyncEvent.COUNT) return this.invalid(at + 1);
      const bit = 1 << event;
      enabled = (request[at + 2] & 0x80) !== 0 ? enabled | bit : enabled & ~bit;
    }
    this.retryMs = 100 * request[9] || 1000;
    this.delayMs = 1000 * request[10];
    this.enabled = enabled;
    this.peer = source;
    this.attempts = -1;
    this.timers.set(this.timer, -1);
    // An empty list acknowledges what was told; any other begins anew, with all that nobody has acknowledged.
    if (count > 0) this.occurred |= this.told;
    this.told = 0;
    const events = this.occurred & enabled;
    this.occurred = 0; // Told by this response, which needs no acknowledgement.
    // A host takes two lists of one generation for the same one.
    if (events !== 0) this.nextGeneration();
    return this.write(reply, 8, events);
  }

  private invalid(byte: number): number {
    this.errorByte = byte;
    return -MiStatus.INVALID_PARAMETER;
  }

  /** Forgets who asked for what: the bus is gone. */
  reset(): void {
    this.enabled = 0;
    this.occurred = 0;
    this.told = 0;
    this.attempts = -1;
    this.timers.set(this.timer, -1);
  }

  private nextGeneration(): void {
    this.generation = this.generation + 1 & 31;
  }

  /** Writes a list of events, of the first attempt; gives where it ends. */
  private write(out: Uint8Array, start: number, events: number): number {
    let at = start + Size.OCCURRENCE_HEADER;
    let count = 0;
    for (let event = 0; event < AsyncEvent.COUNT; event++) {
      if ((events >> event & 1) === 0) continue;
      const controller = this.controllers[event];
      const ofAll = controller === 0xffff;
      out[at] = Size.OCCURRENCE_ITEM;
      out[at + 1] = 0; // No specific and no vendor-specific information.
      out[at + 2] = 0;
      out[at + 3] = event;
      out[at + 4] = ofAll ? 0 : controller;
      out[at + 5] = ofAll ? 0 : controller >> 8;
      out[at + 6] = 0;
      out[at + 7] = 0;
      out[at + 8] = ofAll ? SCOPE_SUBSYSTEM : SCOPE_CONTROLLER;
      at += Size.OCCURRENCE_ITEM;
      count++;
    }
    out[start] = count;
    out[start + 1] = 0;
    out[start + 2] = at - start;
    out[start + 3] = at - start >> 8;
    out[start + 4] = 0;
    out[start + 5] = Size.OCCURRENCE_HEADER;
    out[start + 6] = this.generation << 3;
    return at;
  }

  /** Sends what has occurred, again and again until it is acknowledged. */
  private transmit(nowMs: number): void {
    if (this.attempts < 0) return;
    if (this.attempts === ATTEMPTS) {
      // Nobody has heard of it: the next list tells of it again.
      this.attempts = -1;
      this.occurred |= this.told;
      this.told = 0;
      return;
    }
    if (this.message === undefined) this.message = new Uint8Array(MESSAGE_SIZE);
    const { message } = this;
    if (this.told === 0) {
      // Made once: what occurs from now on is left to the next list, as a host drops repeated ones.
      this.told = this.occurred;
      this.occurred = 0;
      this.nextGeneration();
      message[0] = MessageType.NVME_MI | MessageType.INTEGRITY_CHECK;
      message[1] = 5 << 3;
      message[2] = 0;
      message[3] = 0;
      this.end = this.write(message, NvmeMi.HEADER_SIZE, this.told);
    }
    message[NvmeMi.HEADER_SIZE + 6] = this.generation << 3 | this.attempts;
    const length = this.port.seal(message, this.end);
    if (this.send(this.peer, 8 | this.generation & 7, message, length)) this.attempts++;
    this.timers.set(this.timer, nowMs + this.retryMs);
  }
}
