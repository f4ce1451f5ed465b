/**
 * Joins MCTP packets to messages: the way of the `no-offload` build, and the reference for native/mctp.
 *
 * @module
 */
import { DropReason } from "./counters.ts";
import { Eid, Mctp } from "../../wire/mctp_numbers.ts";

/** Copies octets between two buffers; native's `port.copy`, or a stand-in of the tests. */
export type Copy = (
  target: Uint8Array,
  targetOffset: number,
  source: Uint8Array,
  sourceOffset: number,
  length: number,
) => void;

/** One message in assembly, or just complete. */
export class Assembly {
  busy = false;
  source = 0;
  destination = 0;
  /** Bits 2:0 message tag, bit 3 tag owner. */
  tag = 0;
  length = 0;
  /** The sequence number that must come next. */
  sequence = 0;
  /** Payload octets of the start packet, which every middle packet must have too. */
  unit = 0;
  deadlineMs = 0;
  readonly body: Uint8Array;

  constructor(sizeBytes: number) {
    this.body = new Uint8Array(sizeBytes);
  }
}

/**
 * Puts packets to their messages. Sans-IO: packets and a time in, messages and the next deadline out.
 *
 * @see DSP0236 1.3.1, message assembly; dropped packets; starting message assembly; terminating it
 */
export class Reassembler {
  /** The own EID that packets may be sent to, besides 0 and broadcast; 0 for none. */
  eid = 0;
  /** How many assemblies are busy: while none is, most packets need no look at them. */
  private active = 0;
  private readonly assemblies: Assembly[] = [];
  private readonly spare = new Assembly(Mctp.MESSAGE_SIZE);
  private readonly counters: Uint32Array;
  private readonly copy: Copy;

  constructor(counters: Uint32Array, copy: Copy) {
    this.counters = counters;
    this.copy = copy;
    for (let i = 0; i < Mctp.CONTEXTS; i++) this.assemblies.push(new Assembly(Mctp.MESSAGE_SIZE));
  }

  /**
   * Takes the packet `octets[at..end)`; returns the message that it completes, or undefined.
   *
   * The message is valid until the next call.
   */
  packet(octets: Uint8Array, at: number, end: number, nowMs: number): Assembly | undefined {
    if (end - at <= Mctp.HEADER_SIZE) return this.drop(DropReason.PACKET_SHORT);
    if ((octets[at] & 0x0f) !== Mctp.HEADER_VERSION) return this.drop(DropReason.PACKET_VERSION);
    const destination = octets[at + 1];
    if (destination !== Eid.NULL && destination !== this.eid && destination !== Eid.BROADCAST) {
      return this.drop(DropReason.PACKET_DESTINATION);
    }
    const source = octets[at + 2];
    if (source === Eid.BROADCAST) return this.drop(DropReason.PACKET_SOURCE);
    const flags = octets[at + 3];
    const payloadAt = at + Mctp.HEADER_SIZE;
    let found: Assembly | undefined;
    if (this.active > 0) {
      this.expire(nowMs);
      found = this.find(source, destination, flags & Mctp.TAG_MASK);
    }
    if ((flags & Mctp.START) === 0) return this.follow(found, flags, octets, payloadAt, end);
    if (found !== undefined) {
      this.release(found);
      this.counters[DropReason.DUPLICATE_START]++;
    }
    return this.start(source, destination, flags, octets, payloadAt, end, nowMs);
  }

  /** Drops what has been in assembly too long; returns when to call again, or -1. */
  expire(nowMs: number): number {
    if (this.active === 0) return -1;
    let next = -1;
    const assemblies = this.assemblies;
    for (let i = 0; i < Mctp.CONTEXTS; i++) {
      const one = assemblies[i];
      if (!one.busy) continue;
      if (one.deadlineMs <= nowMs) {
        this.release(one);
        this.counters[DropReason.TIMEOUT]++;
      } else if (next < 0 || one.deadlineMs < next) next = one.deadlineMs;
    }
    return next;
  }

  /** Forgets what is in assembly, without counting it: the bus was reset or detached. */
  reset(): void {
    for (const one of this.assemblies) one.busy = false;
    this.active = 0;
  }

  private find(source: number, destination: number, tag: number): Assembly | undefined {
    const assemblies = this.assemblies;
    for (let i = 0; i < Mctp.CONTEXTS; i++) {
      const one = assemblies[i];
      if (
        one.busy && one.source === source && one.destination === destination && one.tag === tag
      ) return one;
    }
    return undefined;
  }

  private free(): Assembly | undefined {
    const assemblies = this.assemblies;
    for (let i = 0; i < Mctp.CONTEXTS; i++) {
      if (!assemblies[i].busy) return assemblies[i];
    }
    return undefined;
  }

  private release(assembly: Assembly): void {
    assembly.busy = false;
    this.active--;
  }

  private start(
    source: number,
    destination: number,
    flags: number,
    octets: Uint8Array,
    at: number,
    end: number,
    nowMs: number,
  ): Assembly | undefined {
    // A message of one packet is in an assembly only while it is handed out; it takes the spare one, so
    // that it never waits for the long ones.
    const single = (flags & Mctp.END) !== 0;
    const free = single ? this.spare : this.free();
    if (free === undefined) return this.drop(DropReason.NO_CONTEXT);
    const length = end - at;
    const tag = flags & Mctp.TAG_MASK;
    free.source = source;
    free.destination = destination;
    free.tag = tag;
    free.length = length;
    this.copy(free.body, 0, octets, at, length);
    if (single) return free;
    free.sequence = ((flags >> 4) + 1) & 3;
    free.unit = length;
    free.deadlineMs = nowMs + Mctp.ASSEMBLY_TIMEOUT_MS;
    free.busy = true;
    this.active++;
    return undefined;
  }

  private follow(
    assembly: Assembly | undefined,
    flags: number,
    octets: Uint8Array,
    at: number,
    end: number,
  ): Assembly | undefined {
    if (assembly === undefined) return this.drop(DropReason.NO_START);
    const last = (flags & Mctp.END) !== 0;
    const size = end - at;
    if (((flags >> 4) & 3) !== assembly.sequence) {
      return this.fail(assembly, DropReason.OUT_OF_SEQUENCE);
    }
    if (size > assembly.unit || (size < assembly.unit && !last)) {
      return this.fail(assembly, DropReason.WRONG_SIZE);
    }
    if (assembly.length + size > assembly.body.length) {
      return this.fail(assembly, DropReason.TOO_LARGE);
    }
    this.copy(assembly.body, assembly.length, octets, at, size);
    assembly.length += size;
    if (last) {
      this.release(assembly);
      return assembly;
    }
    assembly.sequence = (assembly.sequence + 1) & 3;
    return undefined;
  }

  private fail(assembly: Assembly, reason: DropReason): undefined {
    this.release(assembly);
    return this.drop(reason);
  }

  private drop(reason: DropReason): undefined {
    this.counters[reason]++;
    return undefined;
  }
}
