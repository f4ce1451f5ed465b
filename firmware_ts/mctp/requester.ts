/**
 * Requests of the device's own: tags, timeouts, retries, and the way of a response to who asked.
 *
 * @see DSP0236 1.3.1, MCTP packet fields: message tag and tag owner
 * @module
 */
import { Mctp } from "../../wire/mctp_numbers.ts";
import type { Timers } from "../timers.ts";
import { MessageDrop } from "./counters.ts";
import type { ResponseHandler } from "./messages.ts";

/** Sends `body[0..length)`; false when it could not be queued. `tag` has the tag owner in bit 3. */
export type Send = (
  destination: number,
  tag: number,
  body: Uint8Array,
  length: number,
) => boolean;

/** Takes a response; returns whether it was the awaited one, or the wait goes on. The octets are lent. */
export type OnReply = (message: Uint8Array, length: number, nowMs: number) => boolean;

/** One requester of the device's, with one request at a time. */
export interface Channel {
  /** Holds the request: the owner fills it, and leaves it alone until the request is over. */
  readonly buffer: Uint8Array;
  /** Whether a request is under way. */
  readonly busy: boolean;
  /**
   * Sends `buffer[0..length)` to `peer`, and again with the same octets and another tag every `timeoutMs`
   * until there is a reply, `attempts` times in all. A request under way is given up for it, without a call.
   */
  request(peer: number, length: number, timeoutMs: number, attempts: number, nowMs: number): void;
  /** Gives up what is under way, without a call. */
  cancel(): void;
}

/** How often a request is tried again that could not be queued, in ms. */
const QUEUE_RETRY_MS = 2;

/** All requesters of the device. */
export class Requester {
  /** Is the response handler of every protocol that asks. */
  readonly onResponse: ResponseHandler;
  private readonly channels: OwnChannel[] = [];

  constructor(
    private readonly send: Send,
    private readonly timers: Timers,
    drops: Uint32Array,
  ) {
    this.onResponse = (message, length, source, tag, nowMs) => {
      const { channels } = this;
      for (let i = 0; i < channels.length; i++) {
        const one = channels[i];
        if (
          one.busy && one.tag === tag && one.peer === source && one.buffer[0] === message[0] &&
          one.take(message, length, nowMs)
        ) return;
      }
      drops[MessageDrop.UNEXPECTED_RESPONSE]++;
    };
  }

  /** Makes a channel for requests of at most `sizeBytes`; `onFail` is called when no reply came. */
  channel(sizeBytes: number, onReply: OnReply, onFail: (nowMs: number) => void): Channel {
    const { send, timers, channels } = this;
    const one = new OwnChannel(sizeBytes, onReply, onFail, send, timers, channels);
    this.channels.push(one);
    return one;
  }

  /** Gives up all that is under way: the bus is gone. Each owner is told of its failure. */
  failAll(nowMs: number): void {
    for (const one of this.channels) one.fail(nowMs);
  }
}

class OwnChannel implements Channel {
  readonly buffer: Uint8Array;
  busy = false;
  peer = 0;
  tag = 0;
  private length = 0;
  private left = 0;
  private timeoutMs = 0;
  private readonly timer: number;

  constructor(
    sizeBytes: number,
    private readonly onReply: OnReply,
    private readonly onFail: (nowMs: number) => void,
    private readonly send: Send,
    private readonly timers: Timers,
    private readonly all: readonly OwnChannel[],
  ) {
    this.buffer = new Uint8Array(sizeBytes);
    this.timer = timers.slot((nowMs) => {
      if (this.left > 0) this.attempt(nowMs);
      else this.fail(nowMs);
    });
  }

  request(peer: number, length: number, timeoutMs: number, attempts: number, nowMs: number): void {
    this.peer = peer;
    this.length = length;
    this.timeoutMs = timeoutMs;
    this.left = attempts;
    this.busy = true;
    this.attempt(nowMs);
  }

  cancel(): void {
    this.busy = false;
    this.timers.set(this.timer, -1);
  }

  take(message: Uint8Array, length: number, nowMs: number): boolean {
    // The owner may ask the next thing from inside the call: then this channel is busy anew.
    this.busy = false;
    if (this.onReply(message, length, nowMs)) {
      if (!this.busy) this.timers.set(this.timer, -1);
      return true;
    }
    this.busy = true;
    return false;
  }

  fail(nowMs: number): void {
    if (!this.busy) return;
    this.cancel();
    this.onFail(nowMs);
  }

  private attempt(nowMs: number): void {
    const { all, peer } = this;
    let tag = this.tag + 1 & 7;
    if (all.length > 1) {
      let taken = 0;
      for (let i = 0; i < all.length; i++) {
        const one = all[i];
        if (one !== this && one.busy && one.peer === peer) taken |= 1 << one.tag;
      }
      while ((taken >> tag & 1) !== 0 && tag !== this.tag) tag = tag + 1 & 7;
    }
    this.tag = tag;
    if (this.send(peer, tag | Mctp.TAG_OWNER, this.buffer, this.length)) {
      this.left--;
      this.timers.set(this.timer, nowMs + this.timeoutMs);
    } else this.timers.set(this.timer, nowMs + QUEUE_RETRY_MS);
  }
}
