import assert from "node:assert/strict";
import { DROP_REASONS } from "../../firmware_ts/mctp/counters.ts";
import type { Receive } from "../../firmware_ts/mctp/messages.ts";
import { UsbLink } from "../../firmware_ts/mctp/usb_link.ts";
import { decode, encode, SPANNING_USB_PACKET } from "../../wire/layouts.ts";
import { MctpHost } from "../support/mctp_host.ts";
import { Random } from "../support/random.ts";
import { fromHex, readCases, type SpanningCase, toHex, TRANSFER_FILES, type TransferCase } from "./vectors.ts";

/** The script's transport alone, with a receiver that writes down what it gets. */
class Link {
  readonly messages: [number, number, number, string][] = [];
  readonly counters = new Uint32Array(DROP_REASONS.length);
  readonly rx = new Uint8Array(4352);
  readonly tx = new Uint8Array(4352);
  deadlineMs = -1;
  readonly link: UsbLink;

  constructor(eid: number) {
    const receive: Receive = (message, length, _reply, source, destination, tag) => {
      this.messages.push([source, destination, tag, toHex(message.subarray(0, length))]);
      return 0;
    };
    this.link = new UsbLink(this, receive, this.counters, (ms) => this.deadline(ms));
    this.link.setEid(eid);
  }
  copy(to: Uint8Array, toAt: number, from: Uint8Array, fromAt: number, length: number): void {
    to.set(from.subarray(fromAt, fromAt + length), toAt);
  }
  transmit(): boolean {
    return assert.fail("nothing is sent");
  }
  deadline(ms: number): void {
    this.deadlineMs = ms;
  }
  transfer(nowMs: number, octets: Uint8Array): void {
    this.rx.fill(0xee).set(octets);
    assert.equal(this.link.transfer(octets.length, nowMs), 0);
  }
  drops(): Record<string, number> {
    return Object.fromEntries(
      DROP_REASONS.map((name, i) => [name, this.counters[i]] as const).filter(([, n]) => n > 0),
    );
  }
}

for (const file of TRANSFER_FILES) {
  for (const one of readCases<TransferCase>(file)) {
    Deno.test(`${file}: ${one.name}`, () => {
      const link = new Link(one.eid);
      for (const [atMs, hex] of one.transfers) link.transfer(atMs, fromHex(hex));
      assert.deepEqual(
        link.messages,
        one.messages.map(([from, to, tag, body]) => [from, to, tag, toHex(fromHex(body))]),
      );
      assert.deepEqual(link.drops(), one.counters);
    });
  }
}

for (const one of readCases<SpanningCase>("spanning")) {
  Deno.test(`spanning, read by the host: ${one.name}`, () => {
    const read = (transfers: readonly string[]) => {
      const host = new MctpHost();
      host.spanning = true;
      return transfers.flatMap((hex) => host.receive(fromHex(hex))).map((
        { source, destination, tagOwner, tag, body },
      ) => [source, destination, tagOwner << 3 | tag, toHex(body)]);
    };
    const asked = one.messages.map(([, , tag, body]) => [8, 9, tag & 7, answer(body)]);
    assert.deepEqual(read(one.replies), asked);
    if (Object.keys(one.counters).length === 0) {
      assert.deepEqual(read(one.transfers.map(([, hex]) => hex)), one.messages);
    }
    for (const hex of one.replies) {
      assert.equal(toHex(encode(SPANNING_USB_PACKET, decode(SPANNING_USB_PACKET, fromHex(hex)))), hex);
    }
  });
}

/** What is answered to the two kinds of messages in spanning.json: the echo, and Get Endpoint ID of EID 8. */
function answer(body: string): string {
  if (body.startsWith("7eccdef0")) return body;
  assert.equal(body, "008002");
  return "00000200080000";
}

Deno.test("UsbLink sets the deadline of what is in assembly, and keeps it", () => {
  const link = new Link(8);
  link.transfer(100, fromHex("1ab4000a 01 08 09 88 7e01"));
  assert.equal(link.deadlineMs, 6100);
  link.deadlineMs = -1; // One shot: native unsets it before it calls.
  link.link.timer(6100);
  assert.equal(link.deadlineMs, -1);
  assert.deepEqual(link.drops(), { timeout: 1 });
});

Deno.test("UsbLink survives 100,000 malformed transfers, and answers after each hundred", () => {
  const link = new Link(8);
  const random = new Random(0x5eed);
  const host = new MctpHost(9);
  const good = host.transfers(8, 1, 0, fromHex("7eccdef0 0102"))[0];
  const wanted = [9, 8, 8, "7eccdef00102"];
  for (let round = 0; round < 1000; round++) {
    for (let i = 0; i < 100; i++) link.transfer(round * 10, malformed(random));
    link.messages.length = 0;
    link.transfer(round * 10, good);
    assert.deepEqual(link.messages, [wanted], `round ${round}`);
  }
  const drops = link.drops();
  // Such short packets never make a message too large, and nothing is sent; every other reason was met.
  const unmet = ["tooLarge", "largeBusy", "noRoom"];
  assert.deepEqual(DROP_REASONS.filter((name) => !(name in drops)), unmet);
});

/** Makes noise, or packets with one thing wrong; most are near to right, so that they get far. */
function malformed(random: Random): Uint8Array {
  const kind = random.below(4);
  if (kind === 0) return random.fill(new Uint8Array(random.below(513)));
  const octets: number[] = [];
  for (let n = random.below(4); n >= 0; n--) {
    const size = random.below(8);
    octets.push(0x1a, 0xb4, 0, 8 + size, 1, 8, random.below(3), random.below(256));
    for (let i = 0; i < size; i++) octets.push(random.below(256));
  }
  const transfer = Uint8Array.from(octets);
  if (kind === 1) transfer[random.below(transfer.length)] = random.below(256);
  return kind === 2 ? transfer.subarray(0, random.below(transfer.length + 1)) : transfer;
}
