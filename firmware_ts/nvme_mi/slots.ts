/**
 * The two command slots, and the control primitives that look at them.
 *
 * @see NVM Express Management Interface Specification 1.2, Command Slots, Control Primitives
 * @module
 */
import { MiStatus, NvmeMi, Primitive, SlotFlag } from "../../wire/nvme_mi_numbers.ts";
import { DropReason } from "../mctp/counters.ts";
import type { Send } from "../mctp/requester.ts";
import type { Port } from "../port.ts";
import type { Timers } from "../timers.ts";

/** Octets of the largest response: header, completion entry, data, integrity check. */
const RESPONSE_SIZE = NvmeMi.ADMIN_RESPONSE_SIZE + NvmeMi.MAX_DATA + NvmeMi.MIC_SIZE;
/** How long a response waits for room in the send queue before it is tried again, in ms. */
const ROOM_MS = 2;

/** Which drop of the transport sets which error flag of a slot. */
const FLAG_OF_DROP: readonly (readonly [DropReason, SlotFlag])[] = [
  [DropReason.OUT_OF_SEQUENCE, SlotFlag.OUT_OF_SEQUENCE],
  [DropReason.NO_START, SlotFlag.UNEXPECTED_PACKET],
  [DropReason.WRONG_SIZE, SlotFlag.WRONG_UNIT],
  [DropReason.PACKET_DESTINATION, SlotFlag.UNKNOWN_DESTINATION],
  [DropReason.PACKET_VERSION, SlotFlag.BAD_VERSION],
  [DropReason.TOO_LARGE, SlotFlag.UNSUPPORTED_UNIT],
  [DropReason.TIMEOUT, SlotFlag.TIMEOUT],
];

/** One slot: the last response, which may not be sent yet. */
class Slot {
  /** A response, or room for one; made when the slot is first used. */
  last: Uint8Array | undefined;
  length = 0;
  /** Where Replay begins in it. */
  from = 0;
  destination = 0;
  tag = 0;
  /** Whether `last` waits to be sent: for its time, for Resume, or for room. */
  waits = false;
  /** Error flags beside those that the transport's counters tell. */
  flags = 0;
  constructor(readonly timer: number) {}
}

/** Both slots. */
export class Slots {
  /** Packet payload, for Replay's offset. */
  payload = 247;
  private readonly slots: readonly Slot[];
  private paused = false;
  /** Drops of the transport when the error flags were last cleared. */
  private readonly seen: Uint32Array;

  constructor(
    private readonly port: Port,
    private readonly send: Send,
    private readonly timers: Timers,
    private readonly transport: Uint32Array,
  ) {
    this.seen = new Uint32Array(transport.length);
    const slot = (index: number) => new Slot(timers.slot((nowMs) => this.release(index, nowMs)));
    this.slots = [slot(0), slot(1)];
  }

  /** Whether a slot can take a command; where it cannot, that is flagged. */
  isIdle(index: number): boolean {
    const slot = this.slots[index];
    if (slot.waits) slot.flags |= SlotFlag.NOT_IDLE;
    return !slot.waits;
  }

  /** Flags a bad integrity check. */
  badIntegrity(index: number): void {
    this.slots[index].flags |= SlotFlag.BAD_INTEGRITY;
  }

  /**
   * Keeps `reply[0..length)` for Replay; gives what is to be sent at once: `length`, or 0 while paused.
   */
  finish(index: number, reply: Uint8Array, length: number, source: number, tag: number): number {
    const slot = this.slots[index];
    if (slot.last === undefined) slot.last = new Uint8Array(RESPONSE_SIZE);
    this.port.copy(slot.last, 0, reply, 0, length);
    slot.length = length;
    slot.from = 0;
    slot.destination = source;
    slot.tag = tag & 7;
    if (!this.paused) return length;
    slot.waits = true;
    return 0;
  }

  /** Holds what {@link finish} has just kept back until `atMs`. */
  hold(index: number, atMs: number): void {
    const slot = this.slots[index];
    slot.waits = true;
    this.timers.set(slot.timer, atMs);
  }

  /** Sends what waits in a slot, if nothing stands against it. */
  private release(index: number, nowMs: number): void {
    const slot = this.slots[index];
    const { last, from } = slot;
    if (!slot.waits || last === undefined || this.paused) return;
    const octets = from > 0 ? last.subarray(from) : last;
    if (this.send(slot.destination, slot.tag, octets, slot.length - from)) slot.waits = false;
    else this.timers.set(slot.timer, nowMs + ROOM_MS);
  }

  /** Ends what is under way and any pause, and flags that the NVM subsystem was reset. */
  subsystemReset(): void {
    this.reset();
    for (const slot of this.slots) slot.flags |= SlotFlag.SUBSYSTEM_RESET;
  }

  /** Forgets all that is under way: the bus is gone. */
  reset(): void {
    this.paused = false;
    for (const slot of this.slots) {
      slot.waits = false;
      slot.length = 0;
      this.timers.set(slot.timer, -1);
    }
  }

  /** Carries out a control primitive; writes status, tag and CPSR into `reply[4..8)`. */
  primitive(index: number, request: Uint8Array, reply: Uint8Array, nowMs: number): void {
    const slot = this.slots[index];
    let answer = 0;
    reply[4] = MiStatus.SUCCESS;
    reply[5] = request[5];
    switch (request[4]) {
      case Primitive.PAUSE:
        this.paused = true;
        answer = 3; // Both slots are paused.
        break;
      case Primitive.RESUME:
        this.paused = false;
        for (const one of this.slots) if (one.waits) this.timers.set(one.timer, nowMs);
        break;
      case Primitive.ABORT:
        // 2: in part done; 0: done, or nothing to do.
        if (slot.waits) answer = 2;
        slot.waits = false;
        slot.length = 0;
        this.timers.set(slot.timer, -1);
        break;
      case Primitive.GET_STATE:
        answer = this.state(slot);
        if ((request[6] & 1) !== 0) {
          for (const one of this.slots) one.flags = 0;
          this.seen.set(this.transport);
        }
        break;
      case Primitive.REPLAY: {
        // The response from a packet on, as a message of its own.
        const from = request[6] * this.payload;
        if (from > 0 && from >= slot.length) {
          reply[4] = MiStatus.INVALID_PARAMETER;
          reply[5] = 0;
          answer = 6;
        } else if (slot.last !== undefined && slot.length > 0 && !slot.waits) {
          answer = 1;
          slot.from = from;
          slot.waits = true;
          this.timers.set(slot.timer, nowMs);
        }
        break;
      }
      default:
        reply[4] = MiStatus.INVALID_OPCODE;
        reply[5] = 0;
    }
    reply[6] = answer;
    reply[7] = answer >> 8;
  }

  private state(slot: Slot): number {
    let answer = slot.flags | (this.paused ? SlotFlag.PAUSED : 0);
    if (slot.waits) answer |= 2; // Process
    for (const [drop, flag] of FLAG_OF_DROP) {
      if (this.transport[drop] !== this.seen[drop]) answer |= flag;
    }
    return answer;
  }
}
