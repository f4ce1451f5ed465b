import type { Direction } from "./pcapng.ts";

/** A USB transaction that is over, as far as a trace looks at it. */
export interface TracedTransaction {
  /** Token. */
  readonly token: "setup" | "out" | "in";
  /** Endpoint number, without a direction bit. */
  readonly endpoint: number;
  /** The host's packet; none with `in`. */
  readonly data?: Uint8Array;
  /** With `in`: false if the host's ACK was lost, so that the packet comes again. */
  readonly acknowledge?: boolean;
}

/** What the device answered. */
export interface TracedAnswer {
  /** Handshake. */
  readonly handshake: "ack" | "nak" | "stall" | "timeout";
  /** With `in`: the device's packet. */
  readonly data?: Uint8Array;
}

/** Is given each MCTP packet, from its transport header on; the octets are its own. */
export type OnPacket = (packet: Uint8Array, direction: Direction, atNs: number) => void;

/** The MCTP interface (DSP0283 1.0.1 and 1.1, class 0x14). */
const MCTP_CLASS = 0x14;
/** Packets may go on in the next USB packet (DSP0283 1.1). */
const SPANNING_SUBCLASS = 2;
const GET_CONFIGURATION_DESCRIPTOR = [0x80, 0x06, undefined, 0x02] as const;
const HEADER_SIZE = 4;

/**
 * Finds the MCTP packets in what passes on a USB cable: learns from the configuration descriptor which
 * endpoints are MCTP's, and takes their packets out of the DSP0283 framing. What breaks the framing is skipped
 * as a receiver would: the rest of its USB packet.
 */
export class MctpTrace {
  readonly #onPacket: OnPacket;
  /** Endpoint address with direction bit, and the octets of a packet that is not whole yet. */
  readonly #pipes = new Map<number, Uint8Array>();
  #spanning = false;
  #descriptor: number[] | undefined;
  /** Packets found. */
  packets = 0;

  /** Calls `onPacket` for each packet, in order. */
  constructor(onPacket: OnPacket) {
    this.#onPacket = onPacket;
  }

  /** Takes the next transaction. */
  transaction(one: TracedTransaction, answer: TracedAnswer, atNs: number): void {
    if (answer.handshake !== "ack") return;
    if (one.endpoint === 0) return this.#control(one, answer);
    const input = one.token === "in";
    const address = one.endpoint | (input ? 0x80 : 0);
    const before = this.#pipes.get(address);
    const data = input ? answer.data : one.data;
    if (before === undefined || data === undefined || one.acknowledge === false) return;
    this.#pipes.set(address, this.#unpack(before, data, input ? "in" : "out", atNs));
  }

  /** Gives the octets that belong to the next USB packet. */
  #unpack(before: Uint8Array, data: Uint8Array, direction: Direction, atNs: number): Uint8Array {
    const octets = new Uint8Array(before.length + data.length);
    octets.set(before);
    octets.set(data, before.length);
    let at = 0;
    while (octets.length - at >= HEADER_SIZE) {
      const length = this.#spanning
        ? (octets[at + 2] & 0x1f) << 8 | octets[at + 3]
        : octets[at + 3];
      if (octets[at] !== 0x1a || octets[at + 1] !== 0xb4 || length <= HEADER_SIZE) return NOTHING;
      if (at + length > octets.length) break;
      this.packets++;
      this.#onPacket(octets.slice(at + HEADER_SIZE, at + length), direction, atNs);
      at += length;
    }
    return this.#spanning ? octets.slice(at) : NOTHING;
  }

  #control(one: TracedTransaction, answer: TracedAnswer): void {
    if (one.token === "setup") {
      const wanted = GET_CONFIGURATION_DESCRIPTOR.every((octet, at) =>
        octet === undefined || one.data?.[at] === octet
      );
      this.#descriptor = wanted ? [] : undefined;
    } else if (one.token === "in" && this.#descriptor && one.acknowledge !== false) {
      this.#descriptor.push(...answer.data ?? []);
      this.#learn(this.#descriptor);
    }
  }

  #learn(descriptor: readonly number[]): void {
    let ours = false;
    for (let at = 0; at + 1 < descriptor.length && descriptor[at] >= 2; at += descriptor[at]) {
      if (at + descriptor[at] > descriptor.length) return;
      if (descriptor[at + 1] === 4) {
        ours = descriptor[at + 5] === MCTP_CLASS;
        if (ours) this.#spanning = descriptor[at + 6] === SPANNING_SUBCLASS;
      } else if (descriptor[at + 1] === 5 && ours && !this.#pipes.has(descriptor[at + 2])) {
        this.#pipes.set(descriptor[at + 2], NOTHING);
      }
    }
  }
}

const NOTHING = new Uint8Array();
