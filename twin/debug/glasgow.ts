import { CobsReader, encodeCobs, PacketError } from "./cobs.ts";
import { Ack, type SerialWirePort } from "./serial_wire_port.ts";

/** Endpoints, by the first byte of a packet. */
const ROOT = 0;
const SWD = 1;

const IDENTIFIER = new TextEncoder().encode("probe-rs,v01");
/** As long as the identifier: what a probe that is in use says in its place. */
const BUSY = new TextEncoder().encode("twin is busy");
const REFERENCE_HZ = 48_000_000;

const COMMAND = {
  IDENTIFY: 0x00,
  GET_REFERENCE: 0x10,
  GET_DIVISOR: 0x11,
  SET_DIVISOR: 0x12,
  ASSERT_RESET: 0x20,
  CLEAR_RESET: 0x21,
} as const;
const SEQUENCE = 0x20;
const RESPONSE_NO_DATA = 0x10;
const RESPONSE_ERROR = 0x20;

/** A packet for an endpoint that no client has: it ends a client that waits for an answer. */
export const GOODBYE: Uint8Array<ArrayBuffer> = Uint8Array.of(2, 0xff, 0);

/** What hangs on the probe. */
export interface ProbeTarget {
  /** The chip's debug port. */
  readonly port: SerialWirePort;
  /** Drives nRST: true holds the chip in reset. */
  reset(held: boolean): void;
}

/**
 * Speaks the `probe-rs` applet's protocol of a Glasgow Interface Explorer: bytes in, bytes out.
 *
 * Packets are COBS-coded and end with a zero; their first byte names the endpoint. An endpoint
 * sees a stream of bytes: a command may lie in several packets.
 *
 * @see probe-rs 0.32.0, `probe/glasgow/proto.rs`
 */
export class GlasgowProbe {
  readonly #target: ProbeTarget | undefined;
  readonly #reader = new CobsReader();
  readonly #held: [number[], number[]] = [[], []];
  #divisor = 0;
  #swdReply: number[] = [];
  #rootReply: number[] = [];

  /** @param target Undefined for a probe that another client uses: it says so and does no more. */
  constructor(target: ProbeTarget | undefined) {
    this.#target = target;
  }

  /** Takes bytes from the client; gives the bytes of the answer. @throws {PacketError} */
  feed(bytes: Uint8Array): Uint8Array<ArrayBuffer>[] {
    this.#swdReply = [ROOT + SWD];
    this.#rootReply = [ROOT];
    for (const packet of this.#reader.feed(bytes)) this.#packet(packet);
    return [this.#rootReply, this.#swdReply]
      .filter((reply) => reply.length > 1)
      .map((reply) => encodeCobs(Uint8Array.from(reply)));
  }

  #packet(packet: Uint8Array): void {
    if (packet.length === 0) throw new PacketError("Cannot take a packet without an endpoint");
    const [endpoint] = packet;
    if (endpoint !== ROOT && endpoint !== SWD) {
      throw new PacketError(`Cannot find endpoint ${endpoint}`);
    }
    const take = endpoint === ROOT ? this.#root : this.#swd;
    const held = this.#held[endpoint];
    const stream = held.length === 0
      ? packet.subarray(1)
      : Uint8Array.from([...held, ...packet.subarray(1)]);
    let at = 0;
    while (at < stream.length) {
      const used = take.call(this, stream, at);
      if (used === 0) break;
      at += used;
    }
    this.#held[endpoint] = [...stream.subarray(at)];
  }

  /** Does the root command at `at`; gives its length, 0 if it is not whole. */
  #root(stream: Uint8Array, at: number): number {
    const reply = this.#rootReply;
    switch (stream[at]) {
      case COMMAND.IDENTIFY:
        reply.push(...(this.#target ? IDENTIFIER : BUSY));
        return 1;
      case COMMAND.GET_REFERENCE:
        for (let i = 0; i < 32; i += 8) reply.push(REFERENCE_HZ >>> i & 0xff);
        return 1;
      case COMMAND.GET_DIVISOR:
        reply.push(this.#divisor & 0xff, this.#divisor >>> 8);
        return 1;
      case COMMAND.SET_DIVISOR:
        if (stream.length < at + 3) return 0;
        this.#divisor = stream[at + 1] | stream[at + 2] << 8;
        return 3;
      case COMMAND.ASSERT_RESET:
      case COMMAND.CLEAR_RESET:
        this.#target?.reset(stream[at] === COMMAND.ASSERT_RESET);
        return 1;
      default:
        throw new PacketError(`Cannot do root command 0x${stream[at].toString(16)}`);
    }
  }

  /** Does the serial wire command at `at`; gives its length, 0 if it is not whole. */
  #swd(stream: Uint8Array, at: number): number {
    const command = stream[at];
    if (command >= 2 * SEQUENCE || (command < SEQUENCE && command > 0xf)) {
      throw new PacketError(`Cannot do serial wire command 0x${command.toString(16)}`);
    }
    const isRead = command < SEQUENCE && (command & 2) !== 0;
    if (!isRead && stream.length < at + 5) return 0;
    const word = isRead
      ? 0
      : stream[at + 1] | stream[at + 2] << 8 | stream[at + 3] << 16 | stream[at + 4] << 24;
    if (command >= SEQUENCE) this.#target?.port.sequence((command & 0x1f) || 32, word);
    else this.#transfer(command, isRead, word >>> 0);
    return isRead ? 1 : 5;
  }

  #transfer(command: number, isRead: boolean, word: number): void {
    const { port } = this.#target ?? {};
    const ap = (command & 1) !== 0;
    const reply = this.#swdReply;
    let ack = Ack.None;
    if (isRead) {
      const answer = port?.read(ap, command & 0xc);
      ack = answer?.ack ?? Ack.None;
      if (answer && ack === Ack.Ok) {
        const { value } = answer;
        reply.push(Ack.Ok, value & 0xff, value >>> 8 & 0xff, value >>> 16 & 0xff, value >>> 24);
        return;
      }
    } else if (port) ack = port.write(ap, command & 0xc, word);
    reply.push((ack === Ack.None ? RESPONSE_ERROR : RESPONSE_NO_DATA) | ack);
  }
}
