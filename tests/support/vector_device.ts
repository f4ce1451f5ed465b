/**
 * Holds a device to the message vectors, wherever it runs.
 *
 * @module
 */
import assert from "node:assert/strict";
import { defineDevice, type PartialDevice } from "../../firmware_ts/device/device.ts";
import {
  fromHex,
  type MessageCase,
  type Step,
  toHex,
  type TransferCase,
} from "../vectors/vectors.ts";
import { FakePort, type SentMessage } from "./fake_port.ts";
import { type HostMessage, MctpHost } from "./mctp_host.ts";

/** What a vector needs of a device. */
export interface VectorDevice {
  /** Time since the case began; {@link VectorDevice.at} goes on to it. */
  at(ms: number): void;
  /** Sends one message; gives the reply. @throws {Error} If there is more than one. */
  send(from: number, to: number, tag: number, body: Uint8Array): SentMessage | undefined;
  /** Gives replies that came by themselves since this was last asked. */
  late(): SentMessage[];
  /** The device's EID; undefined where only replies show it. */
  readonly eid: number | undefined;
  /** Counters of dropped messages that are not 0, by name. */
  drops(): Readonly<Record<string, number>>;
}

/** Above the three bits of a message tag: whoever asks has it set. */
const TAG_OWNER = 8;
/** Silence between two cases on one device: longer than MT4 and than a message may be in assembly. */
export const GAP_MS = 7000;

/** Goes through a case: each reply octet for octet, its addresses, and what is counted as dropped. */
export function holdCase(device: VectorDevice, one: MessageCase): void {
  const wanted: Record<string, number> = { ...device.drops() };
  one.steps.forEach((step, i) => {
    if (i === 0 || step.atMs !== undefined) device.at(step.atMs ?? 0);
    holdStep(device, step);
    if (step.drop !== undefined) wanted[step.drop] = (wanted[step.drop] ?? 0) + 1;
    // Asking takes time on a board: where nothing is dropped, the end of the case tells as much.
    if (step.drop !== undefined || i === one.steps.length - 1) {
      assert.deepEqual(device.drops(), wanted);
    }
  });
  assert.deepEqual(device.late(), []);
}

function holdStep(device: VectorDevice, step: Step): void {
  const from = step.from ?? 9;
  const tag = step.tag ?? 8;
  const reply = device.send(from, step.to ?? 0, tag, fromHex(step.request));
  if (step.reply === null) assert.equal(reply, undefined);
  else {
    assert.ok(reply, `a reply to ${step.request}`);
    assert.equal(toHex(reply.body), toHex(fromHex(step.reply)));
    assert.deepEqual([reply.source, reply.destination, reply.tag], [step.eid, from, tag & 7]);
  }
  if (step.late !== undefined) {
    device.at(step.late[0]);
    const late = device.late().map((one) =>
      [one.source, one.destination, one.tag, toHex(one.body)] as const
    );
    assert.deepEqual(late, [[step.eid, from, tag & 7, step.late[1]]]);
  }
  assert.equal(device.eid ?? step.eid, step.eid);
}

/** Where a message goes, and its octets as hex. */
export type Answer = readonly [destination: number, tag: number, body: string];

/**
 * Says what a device with the case's EID does that finds the case's messages: its replies, and what it counts for
 * the transfers and then for the messages.
 */
export function afterTransfers(
  one: TransferCase,
): { replies: Answer[]; drops: Readonly<Record<string, number>> } {
  const device = new FakeVectorDevice(true);
  if (one.eid !== 0) device.send(9, 0, 8, assignment(one.eid));
  device.pause();
  const replies = one.messages.flatMap(([from, to, tag, body]) => {
    const reply = device.send(from, to, tag, fromHex(body));
    return reply ? [[reply.destination, reply.tag, toHex(reply.body)] as const] : [];
  });
  const drops: Record<string, number> = { ...device.drops() };
  for (const [name, count] of Object.entries(one.counters)) {
    drops[name] = (drops[name] ?? 0) + count;
  }
  return { replies, drops };
}

/** Makes the control message that sets an EID. */
export function assignment(eid: number): Uint8Array {
  return Uint8Array.of(0x00, 0x80, 0x01, 0x00, eid);
}

/** Takes the replies out of messages, since the device has requests of its own. */
export function onlyReplies(messages: readonly HostMessage[]): SentMessage[] {
  return messages.filter(({ tagOwner }) => tagOwner === 0);
}

/** The firmware in this process, with the offload on or off. */
export class FakeVectorDevice implements VectorDevice {
  readonly port: FakePort;
  #startMs = 0;

  constructor(offload: boolean, device?: PartialDevice) {
    this.port = new FakePort(offload, defineDevice(device));
  }

  get eid(): number {
    return this.port.eid;
  }

  at(ms: number): void {
    this.port.at(this.#startMs + ms);
  }

  /** Lets the time between two cases pass. */
  pause(): void {
    this.port.at(this.port.nowMs + GAP_MS);
    this.#startMs = this.port.nowMs;
  }

  send(from: number, to: number, tag: number, body: Uint8Array): SentMessage | undefined {
    if (this.port.offload) return this.port.message(from, to, tag, body);
    const replies = this.#joined(
      new MctpHost(from).transfers(to, tag >> 3, tag & 7, body)
        .flatMap((transfer) => this.port.transfer(transfer)),
    );
    assert.ok(replies.length <= 1, "at most one reply");
    return replies[0];
  }

  late(): SentMessage[] {
    return this.port.offload
      ? this.port.sent.splice(0).filter(({ tag }) => tag < TAG_OWNER)
      : this.#joined(this.port.transfers.splice(0));
  }

  drops(): Record<string, number> {
    return this.port.drops();
  }

  #joined(transfers: readonly Uint8Array[]): SentMessage[] {
    const host = new MctpHost();
    return onlyReplies(transfers.flatMap((transfer) => host.receive(transfer)));
  }
}

/**
 * Deals cases out to as few devices as can hold them: each case goes to the first device on which the firmware in
 * this process keeps to it after all the others there, since a board starts more slowly than it answers.
 */
export function shareDevices(cases: readonly MessageCase[]): MessageCase[][] {
  const groups: { key: string; cases: MessageCase[]; device: FakeVectorDevice }[] = [];
  for (const one of cases) {
    const key = JSON.stringify(one.device ?? null);
    const fits = groups.some((group) => {
      if (group.key !== key) return false;
      try {
        pauseAndHold(group.device, one);
      } catch {
        // What the attempt has changed must go.
        group.device = deviceAfter(group.cases);
        return false;
      }
      group.cases.push(one);
      return true;
    });
    if (!fits) groups.push({ key, cases: [one], device: deviceAfter([one]) });
  }
  return groups.map((group) => group.cases);
}

function deviceAfter(cases: readonly MessageCase[]): FakeVectorDevice {
  const device = new FakeVectorDevice(true, cases[0].device);
  for (const one of cases) pauseAndHold(device, one);
  return device;
}

function pauseAndHold(device: FakeVectorDevice, one: MessageCase): void {
  device.pause();
  holdCase(device, one);
}
