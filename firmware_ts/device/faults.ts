/**
 * Spoils answers by rule, for those who test the other end.
 *
 * It stands between the link and the protocols, so that these know nothing of it. Without rules it costs one
 * look at {@link Faults.isEmpty}.
 *
 * @module
 */
import { MessageType } from "../../wire/control_numbers.ts";
import { Mctp } from "../../wire/mctp_numbers.ts";
import { MessageDrop } from "../mctp/counters.ts";
import type { Receive } from "../mctp/messages.ts";
import type { Send } from "../mctp/requester.ts";
import { RX_SIZE } from "../port.ts";
import type { Timers } from "../timers.ts";
import { type CommandPattern, isCommand, parseCommand } from "./command_names.ts";
import type { FaultAction, FaultRule } from "./description.ts";

/** What the injection needs of the rest. */
export interface FaultEnvironment {
  /** Sends a message of any size that is answered; false where there is no room. */
  readonly send: Send;
  readonly timers: Timers;
  /** Counts in the order of `MESSAGE_DROPS`. */
  readonly drops: Uint32Array;
  /** Writes the CRC-32C of the first octets behind them; see `port.ts`. */
  seal(buffer: Uint8Array, length: number): number;
  reset(): void;
}

interface Rule {
  readonly rule: FaultRule;
  readonly pattern: CommandPattern;
  /** Matching commands that still pass, and faults that are still left. */
  pass: number;
  left: number;
  hits: number;
}

interface Late {
  readonly atMs: number;
  readonly destination: number;
  readonly tag: number;
  readonly body: Uint8Array;
}

/** Answers kept for later at once, and octets of them: they lie in the script heap. More are dropped. */
const MAX_LATE = 8;
const MAX_LATE_OCTETS = 16384;

/** The rules in force, and what they hold back. */
export class Faults {
  /** Whether there is no rule. */
  isEmpty = true;
  private rules: Rule[] = [];
  private late: Late[] = [];
  private random: number;
  private readonly timer: number;

  /** `seed` begins the sequence of probabilities. */
  constructor(private readonly environment: FaultEnvironment, seed: number) {
    this.random = seed >>> 0 || 1;
    this.timer = environment.timers.slot((nowMs) => this.release(nowMs));
  }

  /** Adds a rule behind the others; false if there is no such command. */
  add(rule: FaultRule): boolean {
    const pattern = parseCommand(rule.on);
    if (pattern === undefined) return false;
    const left = rule.times === undefined ? Infinity : rule.times;
    this.rules.push({ rule, pattern, pass: rule.after ?? 0, left, hits: 0 });
    this.isEmpty = false;
    return true;
  }

  /** Takes all rules away; what is held back is still sent. */
  clear(): void {
    this.rules = [];
    this.isEmpty = true;
  }

  /** Describes each rule and how often it has struck. */
  list(): readonly string[] {
    return this.rules.map(({ rule, hits }) =>
      `${rule.on} ${rule.action.kind}, ${hits} times so far`
    );
  }

  /** Makes a door that spoils what `receive` answers. */
  wrap(receive: Receive): Receive {
    // No closure in here: the engine would keep all arguments in an object then, for each message.
    return (message, length, reply, source, destination, tag, nowMs) => {
      const action = this.isEmpty || tag < Mctp.TAG_OWNER
        ? undefined
        : this.strike(message, length);
      if (action === undefined) {
        return receive(message, length, reply, source, destination, tag, nowMs);
      }
      const { environment } = this;
      if (action.kind === "drop") {
        environment.drops[MessageDrop.FAULT]++;
        return 0;
      }
      if (action.kind === "status") return this.fail(message, action.code);
      const n = receive(message, length, reply, source, destination, tag, nowMs);
      if (action.kind === "reset") {
        environment.reset();
        return 0;
      }
      if (n === 0) return 0;
      return this.spoil(action, n > 0 ? reply : message, n, source, tag, nowMs);
    };
  }

  /** Spoils an answer of `n` octets, or -n if it lies in place; returns what is answered now. */
  private spoil(
    action: FaultAction,
    body: Uint8Array,
    n: number,
    source: number,
    tag: number,
    nowMs: number,
  ): number {
    const { environment } = this;
    const size = n > 0 ? n : -n;
    switch (action.kind) {
      case "corrupt":
        body[size - 1] ^= 0xff;
        return n;
      case "tag":
        if (!environment.send(source, tag + 1 & 7, body, size)) {
          environment.drops[MessageDrop.FAULT]++;
        }
        return 0;
      case "delay":
        this.hold(source, tag, body, size, nowMs + action.ms);
        return 0;
      case "mpr": {
        this.hold(source, tag, body, size, nowMs + 100 * action.times100Ms);
        if (body[0] !== (MessageType.NVME_MI | MessageType.INTEGRITY_CHECK)) return 0;
        // NVMe-MI 1.2, Response Message Format: More Processing Required, and for how long.
        body[4] = 1;
        body[5] = 0;
        body[6] = action.times100Ms & 255;
        body[7] = action.times100Ms >> 8;
        environment.seal(body, 8);
        return n > 0 ? 12 : -12;
      }
    }
    return n;
  }

  /** Finds the rule that strikes now. */
  private strike(message: Uint8Array, length: number): FaultAction | undefined {
    for (const one of this.rules) {
      if (one.left === 0 || !isCommand(one.pattern, message, length)) continue;
      if (one.pass > 0) {
        one.pass--;
        continue;
      }
      const probability = one.rule.probability;
      if (probability !== undefined && this.next() >= probability * 4294967296) continue;
      one.left--;
      one.hits++;
      return one.rule.action;
    }
    return undefined;
  }

  /** Gives the next u32 (xorshift32). */
  private next(): number {
    let x = this.random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return this.random = x >>> 0;
  }

  /** Answers with an error in place, in the way of the message's type. */
  private fail(message: Uint8Array, code: number): number {
    switch (message[0]) {
      case MessageType.CONTROL:
        message[1] &= 0x1f;
        message[3] = code;
        return -4;
      case MessageType.PLDM:
        message[1] &= 0x1f;
        message[4] = code;
        return -5;
      case MessageType.NVME_MI | MessageType.INTEGRITY_CHECK:
        message[1] |= 0x80;
        message[2] = 0;
        message[3] = 0;
        message[4] = code;
        message[5] = 0;
        message[6] = 0;
        message[7] = 0;
        this.environment.seal(message, 8);
        return -12;
    }
    this.environment.drops[MessageDrop.FAULT]++;
    return 0;
  }

  private hold(
    destination: number,
    tag: number,
    body: Uint8Array,
    size: number,
    atMs: number,
  ): void {
    let kept = size;
    for (const one of this.late) kept += one.body.length;
    if (this.late.length === MAX_LATE || kept > MAX_LATE_OCTETS || size > RX_SIZE) {
      this.environment.drops[MessageDrop.FAULT]++;
      return;
    }
    this.late.push({ atMs, destination, tag: tag & 7, body: body.slice(0, size) });
    this.arm();
  }

  private release(nowMs: number): void {
    const due = this.late.filter((one) => one.atMs <= nowMs);
    this.late = this.late.filter((one) => one.atMs > nowMs);
    for (const { destination, tag, body } of due) {
      if (!this.environment.send(destination, tag, body, body.length)) {
        this.environment.drops[MessageDrop.FAULT]++;
      }
    }
    this.arm();
  }

  private arm(): void {
    let atMs = -1;
    for (const one of this.late) if (atMs < 0 || one.atMs < atMs) atMs = one.atMs;
    this.environment.timers.set(this.timer, atMs);
  }
}
