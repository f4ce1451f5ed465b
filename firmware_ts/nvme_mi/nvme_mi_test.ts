import assert from "node:assert/strict";
import { FakePort } from "../../tests/support/fake_port.ts";
import { signed, unsigned } from "../../tests/support/mi_host.ts";
import { defineDevice } from "../device/device.ts";

const EID = 8;

/** A device with the EID 8, asked by EID 9. */
class Rig {
  readonly port = new FakePort(true, defineDevice({ durationsMs: { format: 500 } }));

  constructor() {
    this.port.message(9, 0, 8, Uint8Array.of(0, 0x80, 1, 0, EID));
    this.port.at(50);
    this.port.sent.length = 0;
  }

  /** Sends a signed body under a tag; gives the reply without its check. */
  ask(body: readonly number[], tag = 1): Uint8Array | undefined {
    const reply = this.port.message(9, EID, 8 | tag, signed(Uint8Array.from(body)));
    return reply && unsigned(reply.body);
  }

  primitive(opcode: number, slot = 0, parameter = 0): number {
    const reply = this.ask([0x84, slot, 0, 0, opcode, 0x5a, parameter & 255, parameter >> 8]);
    assert.ok(reply);
    assert.deepEqual(
      [reply[1], reply[4], reply[5]],
      [0x80 | slot, 0, 0x5a],
      "status and echoed tag",
    );
    return reply[6] | reply[7] << 8;
  }

  /** Moves time; gives the NVMe-MI messages that the device has sent by itself. */
  until(nowMs: number): { tag: number; body: Uint8Array }[] {
    while (this.port.deadlineMs >= 0 && this.port.deadlineMs <= nowMs) {
      this.port.at(Math.max(this.port.deadlineMs, this.port.nowMs));
    }
    this.port.at(nowMs);
    return this.port.sent.splice(0).filter(({ body }) => body[0] === 0x84)
      .map(({ tag, body }) => ({ tag, body: unsigned(body) }));
  }
}

const mi = (opcode: number, nmd0: number[] = [], nmd1: number[] = [], data: number[] = []) => {
  const body = new Array<number>(16).fill(0);
  [0x84, 0x08, 0, 0, opcode].forEach((octet, i) => body[i] = octet);
  nmd0.forEach((octet, i) => body[8 + i] = octet);
  nmd1.forEach((octet, i) => body[12 + i] = octet);
  return [...body, ...data];
};
const HEALTH = mi(0x01);
const format = (slot: number) => {
  const body = new Array<number>(68).fill(0);
  [0x84, 0x10 | slot, 0, 0, 0x80, 0, 0, 0, 1].forEach((octet, i) => body[i] = octet);
  return body;
};

Deno.test("a long command answers More Processing Required, and then under the same tag", () => {
  const rig = new Rig();
  const first = rig.ask(format(0), 5);
  assert.deepEqual([...first?.subarray(4) ?? []], [1, 0, 5, 0], "5 × 100 ms");
  assert.deepEqual(rig.until(549), []);
  const [last] = rig.until(551);
  assert.equal(last.tag, 5);
  assert.equal(last.body[4], 0);
});

Deno.test("a busy slot takes no command and says so in Get State; the other slot goes on", () => {
  const rig = new Rig();
  rig.ask(format(0));
  assert.equal(rig.ask(HEALTH), undefined);
  assert.equal(rig.primitive(3), 0x000a, "Process, and a command to a slot that is not idle");
  const other = [...HEALTH];
  other[1] |= 1;
  assert.equal(rig.ask(other)?.[4], 0);
  assert.equal(rig.primitive(3, 1), 0);
  assert.deepEqual(rig.port.drops(), { miSlotBusy: 1 });
  rig.until(600);
  assert.equal(rig.primitive(3, 0, 1), 0x0008);
  assert.equal(rig.primitive(3), 0, "cleared");
});

Deno.test("Abort ends what is under way", () => {
  const rig = new Rig();
  rig.ask(format(0));
  assert.equal(rig.primitive(2), 2);
  assert.equal(rig.primitive(3), 0);
  assert.deepEqual(rig.until(2000), []);
  assert.equal(rig.primitive(2), 0, "nothing to abort");
});

Deno.test("Pause holds a response back until Resume", () => {
  const rig = new Rig();
  assert.equal(rig.primitive(0), 3);
  assert.equal(rig.ask(HEALTH, 6), undefined);
  assert.equal(rig.primitive(3), 0x8002);
  assert.deepEqual(rig.until(5000), []);
  assert.equal(rig.primitive(1), 0);
  const [late] = rig.until(5001);
  assert.equal(late.tag, 6);
  assert.equal(late.body[10], 35);
  assert.equal(rig.primitive(3), 0);
});

Deno.test("Replay sends the last response again", () => {
  const rig = new Rig();
  assert.equal(rig.primitive(4), 0, "there is none");
  const reply = rig.ask(HEALTH, 3);
  assert.equal(rig.primitive(4), 1);
  const [again] = rig.until(60);
  assert.deepEqual(again, { tag: 3, body: reply });
});

Deno.test("Replay from a packet sends the rest from there, and the whole when asked again", () => {
  const rig = new Rig();
  assert.equal(rig.ask(mi(0x03, [3], [64]))?.[4], 0, "transmission unit of 64");
  const whole = signed(rig.ask(mi(0x05, [], [100]))!);
  for (const [packet, nowMs] of [[1, 60], [0, 120], [1, 180]]) {
    assert.equal(rig.primitive(4, 0, packet), 1);
    rig.port.at(nowMs);
    const sent = rig.port.sent.splice(0).filter(({ tag }) => tag === 1);
    assert.deepEqual(sent.map(({ body }) => body), [whole.subarray(64 * packet)]);
  }
});

Deno.test("Get State tells of what the transport and the check have dropped", () => {
  const rig = new Rig();
  const bad = signed(Uint8Array.from(HEALTH));
  bad[9] ^= 1;
  assert.equal(rig.port.message(9, EID, 9, bad), undefined);
  assert.equal(rig.primitive(3) & 0x10, 0x10, "bad integrity check");
  rig.primitive(3, 0, 1);
  assert.equal(rig.primitive(3), 0);
  assert.equal(rig.port.message(9, 77, 9, bad), undefined);
  assert.equal(rig.primitive(3), 0x100, "unknown destination");
});

/** Set Configuration of asynchronous events: delays, and `id` or `-id - 1` to disable. */
const enable = (retry: number, ...ids: number[]) =>
  mi(0x03, [4, retry, 0, 0], [], [
    ids.length,
    0,
    5 + 3 * ids.length,
    0,
    5,
    ...ids.flatMap((id) => id < 0 ? [3, -id - 1, 0] : [3, id, 0x80]),
  ]);

Deno.test("events are supported, enabled, sent until acknowledged, and told once", () => {
  const rig = new Rig();
  const supported = rig.ask(mi(0x04, [4]));
  assert.deepEqual([...supported?.subarray(8, 16) ?? []], [13, 0, 44, 0, 5, 3, 0, 0]);
  // Composite temperature (6) and warnings (9); again every 300 ms.
  const enabled = rig.ask(enable(3, 6, 9));
  assert.deepEqual([...enabled?.subarray(8, 15) ?? []], [0, 0, 7, 0, 0, 7, enabled?.[14]]);
  assert.equal(rig.ask(mi(0x04, [4]))?.[13 + 3 * 6 + 2], 0x80);
  rig.port.line("set temperature 85");
  const [event] = rig.until(60);
  assert.equal(event.tag >> 3, 1, "tag owner: unsolicited");
  assert.deepEqual([...event.body.subarray(0, 5)], [0x84, 0x28, 0, 0, 2]);
  assert.deepEqual(
    [event.body[11 + 3], event.body[20 + 3]],
    [6, 9],
    "both events, one message",
  );
  const generation = event.body[10] >> 3;
  const again = rig.until(1000);
  assert.ok(again.length >= 2, "sent again");
  for (const [index, { body }] of again.entries()) {
    assert.deepEqual([body[10] >> 3, body[10] & 7], [generation, index + 1]);
  }
  const acknowledged = rig.ask(enable(3));
  assert.deepEqual([...acknowledged?.subarray(4, 9) ?? []], [0, 0, 0, 0, 0], "nothing new");
  assert.deepEqual(rig.until(5000), []);
});

Deno.test("an event behind a message that waits is told by the acknowledgement, in a new generation", () => {
  const rig = new Rig();
  rig.ask(enable(3, 6, 8));
  rig.port.line("set temperature 60");
  const [first] = rig.until(60);
  rig.port.line("set spare 50");
  const [again] = rig.until(400);
  assert.deepEqual([first.body[4], again.body[4]], [1, 1], "a repeated message is the same one");
  assert.deepEqual(again.body.subarray(11), first.body.subarray(11));
  const response = rig.ask(enable(3));
  assert.deepEqual([response?.[8], response?.[15 + 3]], [1, 8], "the other event");
  assert.equal((response?.[14] ?? 0) >> 3, (first.body[10] >> 3) + 1, "generation");
  assert.deepEqual(rig.until(5000), []);
});

Deno.test("an event that nobody acknowledges is sent eight times, and told again with the next", () => {
  const rig = new Rig();
  rig.ask(enable(1, 6, 8));
  rig.port.line("set temperature 60");
  assert.equal(rig.until(5000).length, 8);
  rig.port.line("set spare 50");
  const [next] = rig.until(5050);
  assert.deepEqual([next.body[4], next.body[11 + 3], next.body[20 + 3]], [2, 6, 8]);
  assert.equal(rig.ask(enable(1, 6))?.[8], 2, "a list that enables acknowledges nothing");
});

Deno.test("events that are not enabled are not sent; bad lists are refused", () => {
  const rig = new Rig();
  rig.ask(enable(1, 6, -10));
  rig.port.line("set spare 5");
  assert.deepEqual(rig.until(3000), []);
  assert.equal(rig.ask(enable(1, 200))?.[4], 4);
  assert.equal(rig.ask(enable(1, 6, 7).slice(0, -1))?.[4], 6);
});

Deno.test("VPD is an IPMI FRU image whose checksums hold, and it can be written", () => {
  const rig = new Rig();
  const reply = rig.ask(mi(0x05, [0, 0], [0, 1]));
  assert.equal(reply?.[4], 0);
  const vpd = reply?.subarray(8) ?? new Uint8Array();
  const sum = (from: number, to: number) =>
    vpd.subarray(from, to).reduce((total, octet) => total + octet & 255, 0);
  assert.equal(sum(0, 8), 0, "common header");
  const product = vpd[4] * 8;
  assert.equal(sum(product, product + vpd[product + 1] * 8), 0, "product information area");
  for (let at = vpd[5] * 8, last = false; !last;) {
    assert.equal(sum(at, at + 5), 0, "record header");
    assert.equal(sum(at + 5, at + 5 + vpd[at + 2]) + vpd[at + 3] & 255, 0, "record");
    last = vpd[at + 1] >= 0x80;
    at += 5 + vpd[at + 2];
  }
  assert.equal(rig.ask(mi(0x06, [4, 0], [2, 0], [0xab, 0xcd]))?.[4], 0);
  assert.deepEqual([...rig.ask(mi(0x05, [4, 0], [2, 0]))?.subarray(8, 10) ?? []], [0xab, 0xcd]);
  assert.equal(rig.ask(mi(0x05, [0, 1], [4, 0]))?.[4], 4, "past the end");
  assert.equal(rig.ask(mi(0x06, [0, 0], [4, 0], [1]))?.[4], 6);
});

Deno.test("PCIe configuration space is read in any range, and not written", () => {
  const rig = new Rig();
  const read = (size: number, offset: number, opcode = 0) =>
    rig.ask([
      ...[0x84, 0x20, 0, 0, opcode, 0, 0, 0, size & 255, size >> 8, 0, 0],
      ...[offset & 255, offset >> 8, 0, 0, 0, 0, 0, 0],
    ]);
  const whole = read(4096, 0)?.subarray(8);
  assert.equal(whole?.length, 4096);
  assert.deepEqual([...whole?.subarray(0, 4) ?? []], [0xde, 0xcc, 0x01, 0x00]);
  assert.deepEqual(read(8, 0x2c)?.subarray(8), whole?.subarray(0x2c, 0x34));
  // Each capability leads to the next.
  const ids: number[] = [];
  for (let at = whole?.[0x34] ?? 0; at !== 0; at = whole?.[at + 1] ?? 0) ids.push(whole?.[at] ?? 0);
  assert.deepEqual(ids, [0x01, 0x10, 0x11]);
  assert.equal(read(8, 4092)?.[4], 4);
  assert.equal(read(0, 0)?.[4], 4);
  assert.equal(read(4, 0, 1)?.[4], 7);
});

Deno.test("Reset activates nothing that was not committed, and is told in Get State; Shutdown in CSTS", () => {
  const rig = new Rig();
  assert.equal(rig.ask(mi(0x07))?.[4], 0);
  assert.equal(rig.primitive(3) & 0x4000, 0x4000);
  assert.equal(rig.ask(mi(0x07, [0, 0, 0, 1]))?.[4], 4);
  assert.equal(rig.ask(mi(0x0c))?.[4], 0);
  const health = rig.ask(mi(0x02, [0, 0, 0xff, 0x80]));
  assert.equal(health?.[7], 2, "both controllers");
  assert.equal((health?.[10] ?? 0) >> 2 & 3, 2, "shutdown complete");
});

Deno.test("Reset ends what the other slot has under way, and a pause", () => {
  const rig = new Rig();
  rig.ask(format(0));
  assert.equal(rig.primitive(0), 3);
  const reset = mi(0x07);
  reset[1] |= 1;
  assert.equal(rig.ask(reset)?.[4], 0);
  assert.equal(rig.primitive(3), 0x4000, "idle, not paused, and why");
  assert.deepEqual(rig.until(2000), []);
  assert.equal(rig.ask(HEALTH)?.[4], 0);
});
