/**
 * The native seam without native code: runs the firmware in Deno, with the offload on or off.
 *
 * With the offload on it filters messages as native code does (own EID, 0, broadcast; no source 0xff) and
 * hands whole messages over; with it off it hands transfers over. It checks what the script may not do.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHash, type Hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { crc32c } from "../../toolkit/crc32c.ts";
import type { DeviceDescription } from "../../firmware_ts/device/description.ts";
import healthy from "../../firmware_ts/device/examples/healthy.ts";
import { DROP_REASONS } from "../../firmware_ts/mctp/counters.ts";
import { startFirmware } from "../../firmware_ts/firmware.ts";
import type {
  OnLine,
  OnMessage,
  OnRoom,
  OnTimer,
  OnTransfer,
  OnUsb,
  Port,
} from "../../firmware_ts/port.ts";

/** The device that the vectors are for. */
export const VECTOR_UUID = "8becee88b23740afa95b0fe57a21c3be";

/** What the firmware sent as a message, offload on. */
export interface SentMessage {
  readonly source: number;
  readonly destination: number;
  readonly tag: number;
  readonly body: Uint8Array;
}

/** A {@link Port} with all that went over it kept for the test. */
export class FakePort implements Port {
  readonly rx = new Uint8Array(4352);
  readonly tx = new Uint8Array(4352);
  readonly large = new Uint8Array(65_536);
  readonly uuid = Uint8Array.from(VECTOR_UUID.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  readonly uniqueId = new Uint8Array(12);
  readonly features: string;
  readonly version = "0.1.0";
  readonly revision = "test";
  readonly counters = new Uint32Array(DROP_REASONS.length);
  readonly offload: boolean;
  crashRecord: Uint8Array = new TextEncoder().encode("panicked at there (crash 1)\n");
  #hash?: Hash;

  /** The log, as `level text`. */
  readonly lines: string[] = [];
  /** Transfers out, offload off. */
  readonly transfers: Uint8Array[] = [];
  /** Messages of the device's own, offload on. */
  readonly sent: SentMessage[] = [];
  /** Packet payloads that the script set, by EID. */
  readonly mtu = new Map<number, number>();
  /** Whether the send queue is full. */
  full = false;
  /** How many more transfers the queue takes. */
  room = Infinity;
  /** What the script set by setEid. */
  eid = 0;
  deadlineMs = -1;
  nowMs = 0;
  resets = 0;
  /** Whether the script has claimed `large`. */
  largeClaimed = false;
  #large?: SentMessage;
  #handlers?: {
    onMessage: OnMessage;
    onTransfer: OnTransfer;
    onTimer: OnTimer;
    onUsb: OnUsb;
    onLine: OnLine;
    onRoom: OnRoom;
  };
  #inside = false;

  constructor(
    offload: boolean,
    device: DeviceDescription = healthy,
    features = "",
    bench?: Parameters<typeof startFirmware>[2],
  ) {
    this.offload = offload;
    this.features = features;
    this.copy = this.copy.bind(this);
    startFirmware(this, device, bench);
    assert.ok(this.#handlers, "the bundle called start");
  }

  start(
    onMessage: OnMessage,
    onTransfer: OnTransfer,
    onTimer: OnTimer,
    onUsb: OnUsb,
    onLine: OnLine,
    onRoom: OnRoom = () => {},
  ): void {
    assert.equal(this.#handlers, undefined, "start is called once");
    this.#handlers = { onMessage, onTransfer, onTimer, onUsb, onLine, onRoom };
  }
  log(level: number, text: string): void {
    assert.ok(level >= 0 && level <= 3 && !text.includes("\n"));
    this.lines.push(`${level} ${text}`);
  }
  deadline(ms: number): void {
    this.deadlineMs = ms;
  }
  setEid(eid: number): void {
    assert.ok(eid === 0 || eid >= 8 && eid < 255);
    this.eid = eid;
  }
  send(destination: number, tag: number, length: number, body: Uint8Array): boolean {
    assert.ok(this.offload && length >= 1 && length <= 4352 && tag >= 0 && tag <= 15);
    if (this.full) return false;
    this.sent.push({ source: this.eid, destination, tag, body: body.slice(0, length) });
    return true;
  }
  claimLarge(claim: number): boolean {
    if (this.#large !== undefined) return false;
    this.largeClaimed = claim === 1;
    return true;
  }
  sendLarge(destination: number, tag: number, length: number): boolean {
    assert.ok(this.offload && length >= 1 && length <= 65_536 && tag >= 0 && tag <= 15);
    if (this.full || this.#large !== undefined || !this.largeClaimed) return false;
    this.#large = { source: this.eid, destination, tag, body: this.large.slice(0, length) };
    return true;
  }
  transmit(length: number): boolean {
    assert.ok(!this.offload && length >= 1 && length <= 512);
    if (this.full || this.room <= 0) return false;
    this.room--;
    this.transfers.push(this.tx.slice(0, length));
    return true;
  }
  copy(
    target: Uint8Array,
    targetOffset: number,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
  ): void {
    assert.ok(targetOffset >= 0 && sourceOffset >= 0 && length >= 0);
    assert.ok(targetOffset + length <= target.length, "copy stays in its target");
    assert.ok(sourceOffset + length <= source.length, "copy stays in its source");
    target.set(source.subarray(sourceOffset, sourceOffset + length), targetOffset);
  }
  clear(target: Uint8Array, offset: number, length: number): void {
    assert.ok(offset >= 0 && length >= 0 && offset + length <= target.length, "clear stays inside");
    target.fill(0, offset, offset + length);
  }
  crc32c(buffer: Uint8Array, offset: number, length: number): number {
    assert.ok(offset >= 0 && offset + length <= buffer.length, "crc32c stays in its buffer");
    return crc32c(buffer.subarray(offset, offset + length));
  }
  crc32(buffer: Uint8Array, offset: number, length: number, before: number): number {
    assert.ok(offset >= 0 && offset + length <= buffer.length, "crc32 stays in its buffer");
    return crc32(buffer.subarray(offset, offset + length), before);
  }
  sha256(step: 0 | 1 | 2, buffer: Uint8Array, offset: number, length: number): boolean {
    if (step === 0) this.#hash = createHash("sha256");
    if (step === 1) this.#hash?.update(buffer.slice(offset, offset + length));
    if (step === 2) buffer.set(this.#hash?.digest() ?? [], offset);
    return this.#hash !== undefined;
  }
  logTail(buffer: Uint8Array, offset: number): number {
    const text = new TextEncoder().encode(this.lines.map((line) => `${line}\n`).join(""));
    buffer.set(text.slice(-4096), offset);
    return Math.min(text.length, 4096);
  }
  seal(buffer: Uint8Array, length: number): number {
    const crc = this.crc32c(buffer, 0, length);
    assert.ok(length + 4 <= buffer.length, "seal stays in its buffer");
    for (let i = 0; i < 4; i++) buffer[length + i] = crc >>> 8 * i;
    return length + 4;
  }
  isSealed(buffer: Uint8Array, length: number): boolean {
    const crc = this.crc32c(buffer, 0, length);
    return [0, 1, 2, 3].every((i) => buffer[length + i] === (crc >>> 8 * i & 255));
  }
  setMtu(eid: number, payloadBytes: number): void {
    assert.ok(eid >= 0 && eid < 255 && payloadBytes >= 64 && payloadBytes <= 247);
    this.mtu.set(eid, payloadBytes);
  }
  heap(which: 0 | 1 | 2 | 3): number {
    return [1000, 3000, 4000, 500][which];
  }
  random(): number {
    return 4;
  }
  now(): number {
    return this.nowMs;
  }
  reset(): void {
    this.resets++;
  }

  /** Gives the script a message, as native code does with the offload on; returns its reply. */
  message(
    source: number,
    destination: number,
    tag: number,
    body: Uint8Array,
  ): SentMessage | undefined {
    assert.ok(this.offload);
    if (destination !== 0 && destination !== this.eid && destination !== 255) {
      this.counters[DROP_REASONS.indexOf("packetDestination")]++;
      return undefined;
    }
    if (source === 255) {
      this.counters[DROP_REASONS.indexOf("packetSource")]++;
      return undefined;
    }
    const inlet = body.length > this.rx.length ? this.large : this.rx;
    if (inlet === this.large && (this.largeClaimed || this.#large !== undefined)) {
      this.counters[DROP_REASONS.indexOf("largeBusy")]++;
      return undefined;
    }
    if (inlet === this.large && tag < 8) {
      this.counters[DROP_REASONS.indexOf("tooLarge")]++;
      return undefined;
    }
    inlet.fill(0xee).set(body);
    const n = this.#call((on) => on.onMessage(source, destination, tag, body.length, this.nowMs));
    assert.ok(Number.isInteger(n) && n <= 4352 && -n <= inlet.length, `onMessage returned ${n}`);
    if (n === 0) return undefined;
    assert.ok(!this.largeClaimed || inlet === this.rx, "who claimed large answers nothing there");
    const reply = n > 0 ? this.tx.slice(0, n) : inlet.slice(0, -n);
    return { source: this.eid, destination: source, tag: tag & 7, body: reply };
  }

  /** Gives the script a transfer, as native code does with the offload off; returns what it sent. */
  transfer(transfer: Uint8Array): Uint8Array[] {
    assert.ok(!this.offload && transfer.length <= 512);
    this.rx.fill(0xee).set(transfer);
    const n = this.#call((on) => on.onTransfer(transfer.length, this.nowMs));
    assert.ok(Number.isInteger(n) && n >= 0 && n <= 512, `onTransfer returned ${n}`);
    if (n > 0) this.transfers.push(this.tx.slice(0, n));
    return this.transfers.splice(0);
  }

  /** Sends what lies in `large`, and tells the script of the room. */
  sendOff(): SentMessage | undefined {
    const sent = this.#large;
    this.#large = undefined;
    this.#call((on) => on.onRoom(this.nowMs));
    return sent;
  }

  /** Tells the script that the queue has emptied; returns what it sent then. */
  roomMade(): Uint8Array[] {
    this.#call((on) => on.onRoom(this.nowMs));
    return this.transfers.splice(0);
  }

  /** Moves time; fires the deadline if it has come. */
  at(nowMs: number): void {
    assert.ok(nowMs >= this.nowMs);
    this.nowMs = nowMs;
    if (this.deadlineMs >= 0 && this.deadlineMs <= nowMs) {
      this.deadlineMs = -1;
      this.#call((on) => on.onTimer(nowMs));
    }
  }

  /** Types a line at the device; returns what it logged. */
  line(text: string): string[] {
    const from = this.lines.length;
    this.#call((on) => on.onLine(text, this.nowMs));
    return this.lines.slice(from);
  }

  /** Tells the script that the bus changed. */
  usb(state: number): void {
    if (state === 0) this.#large = undefined;
    this.#call((on) => on.onUsb(state, this.nowMs));
  }

  /** Returns the counters that are not 0, by name, as the device itself shows them. */
  drops(): Record<string, number> {
    const drops: Record<string, number> = {};
    for (const line of this.line("counters")) {
      const match = /^2 counter (\w+) (\d+)$/.exec(line);
      if (match) drops[match[1]] = Number(match[2]);
    }
    return drops;
  }

  #call<T>(run: (handlers: NonNullable<FakePort["handlers"]>) => T): T {
    assert.ok(!this.#inside, "native never calls into a running handler");
    this.#inside = true;
    try {
      return run(this.handlers);
    } finally {
      this.#inside = false;
    }
  }
  get handlers() {
    assert.ok(this.#handlers);
    return this.#handlers;
  }
}
