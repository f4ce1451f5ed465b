/**
 * The way of the `no-offload` build: USB transfers in, USB transfers out, all in the script.
 *
 * @module
 */
import { Mctp } from "../../wire/mctp_numbers.ts";
import { Usb } from "../../wire/usb_numbers.ts";
import { DropReason } from "./counters.ts";
import { Fragmenter } from "./fragmentation.ts";
import type { Receive } from "./messages.ts";
import { type Copy, Reassembler } from "./reassembly.ts";
import { nextPacket } from "./usb_framing.ts";

/** What the link needs of the seam; see `port.ts`. */
export interface LinkPort {
  readonly rx: Uint8Array;
  readonly tx: Uint8Array;
  readonly copy: Copy;
  transmit(length: number): boolean;
}

/** Joins framing, reassembly, the handlers and fragmentation. */
export class UsbLink {
  /** Counts in the order of `DROP_REASONS`. */
  readonly counters: Uint32Array;
  private readonly port: LinkPort;
  private readonly receive: Receive;
  private readonly reassembler: Reassembler;
  private readonly fragmenter: Fragmenter;
  private readonly reply = new Uint8Array(Mctp.MESSAGE_SIZE);
  private deadlineMs = -1;
  private readonly payload = new Uint8Array(256).fill(Mctp.MAX_PAYLOAD);

  /** Whether the fragmenter waits with a message that is cut half, for room in the queue. */
  private stalled = false;
  private readonly waiting = new Uint8Array(Usb.TRANSFER_SIZE);
  private waits = 0;
  /** Octets of answers in `port.tx`. */
  private used = 0;

  private readonly deadline: (ms: number) => void;

  /** `deadline` sets when {@link timer} is to be called, absolute in ms, -1 for never. */
  constructor(
    port: LinkPort,
    receive: Receive,
    counters: Uint32Array,
    deadline: (ms: number) => void,
  ) {
    this.port = port;
    this.deadline = deadline;
    this.receive = receive;
    this.counters = counters;
    this.reassembler = new Reassembler(counters, port.copy);
    this.fragmenter = new Fragmenter(port.copy);
  }

  /** Sets the own EID, for the receive filter and as source of what is sent. */
  setEid(eid: number): void {
    this.reassembler.eid = eid;
  }

  /** Sets the packet payload, 64..247 octets, towards one EID. */
  setMtu(eid: number, payloadBytes: number): void {
    this.payload[eid] = payloadBytes;
  }

  /** Takes the transfer in `port.rx`; returns the octets of the last transfer in `port.tx`, or 0. */
  transfer(length: number, nowMs: number): number {
    const rx = this.port.rx;
    if (length === 0) this.counters[DropReason.USB_EMPTY]++;
    let at = 0;
    for (;;) {
      const end = nextPacket(rx, length, at, this.counters);
      if (end < 0) break;
      const message = this.reassembler.packet(rx, at + Usb.HEADER_SIZE, end, nowMs);
      at = end;
      if (message === undefined) continue;
      const body = message.body;
      const n = this.receive(
        body,
        message.length,
        this.reply,
        message.source,
        message.destination,
        message.tag,
        nowMs,
      );
      const tag = message.tag & ~Mctp.TAG_OWNER;
      if (n !== 0 && this.stalled) {
        this.counters[DropReason.NO_ROOM]++;
        continue;
      }
      if (n > 0) this.used = this.pack(message.source, tag, this.reply, n, this.used);
      if (n < 0) this.used = this.pack(message.source, tag, body, -n, this.used);
    }
    this.setDeadline(this.reassembler.expire(nowMs));
    const { used } = this;
    this.used = 0;
    return used;
  }

  /**
   * Sends a message of ours; returns false, and sends nothing, while another waits for room. One for which there is
   * room in part is cut on by {@link room}, and its body must last until then.
   */
  send(destination: number, tag: number, body: Uint8Array, length: number): boolean {
    if (this.stalled) return false;
    // From inside a handler: the answers before it go first.
    if (this.used > 0 && !this.port.transmit(this.used)) return false;
    this.used = 0;
    const used = this.pack(destination, tag, body, length, 0);
    if (!this.stalled && used > 0 && !this.port.transmit(used)) this.stall(used);
    return true;
  }

  /** Goes on with what waits for room; returns whether there is room for more. */
  room(_nowMs: number): boolean {
    if (!this.stalled) return true;
    this.stalled = false;
    const { port } = this;
    port.tx.set(this.waiting.subarray(0, this.waits));
    let used = this.waits;
    for (;;) {
      if (!port.transmit(used)) {
        this.stall(used);
        return false;
      }
      if (this.fragmenter.isDone) return true;
      used = this.fragmenter.fill(port.tx, 0, Usb.TRANSFER_SIZE);
    }
  }

  /** Keeps a transfer in `port.tx` that found no room. */
  private stall(used: number): void {
    this.port.copy(this.waiting, 0, this.port.tx, 0, used);
    this.waits = used;
    this.stalled = true;
  }

  /** Drops what has been in assembly too long. */
  timer(nowMs: number): void {
    this.deadlineMs = -1; // It has come, and is unset.
    this.setDeadline(this.reassembler.expire(nowMs));
  }

  /** Forgets what is in assembly: the bus was reset or detached. */
  reset(): void {
    this.reassembler.reset();
    this.stalled = false;
    this.setDeadline(-1);
  }

  private setDeadline(ms: number): void {
    if (ms === this.deadlineMs) return;
    this.deadlineMs = ms;
    this.deadline(ms);
  }

  /** Adds a message behind `tx[0..used)`; full transfers go out; returns what is used then. */
  private pack(
    destination: number,
    tag: number,
    body: Uint8Array,
    length: number,
    used: number,
  ): number {
    const { fragmenter, port } = this;
    const payload = this.payload[destination];
    fragmenter.begin(destination, this.reassembler.eid, tag, body, length, payload);
    for (;;) {
      used = fragmenter.fill(port.tx, used, Usb.TRANSFER_SIZE);
      if (fragmenter.isDone) return used;
      if (!port.transmit(used)) {
        this.stall(used);
        return 0;
      }
      used = 0;
    }
  }
}
