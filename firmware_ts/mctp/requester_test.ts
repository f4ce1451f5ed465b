import assert from "node:assert/strict";
import { Timers } from "../timers.ts";
import { MESSAGE_DROPS } from "./counters.ts";
import { Requester } from "./requester.ts";

const TYPE = 0x01;

function rig() {
  const sent: string[] = [];
  const drops = new Uint32Array(MESSAGE_DROPS.length);
  const state = { full: false };
  const timers = new Timers(() => {});
  const requester = new Requester(
    (destination, tag, body, length) => {
      if (state.full) return false;
      sent.push(`${destination} ${tag & 8 ? "TO" : ""}${tag & 7} ${body.slice(0, length)}`);
      return true;
    },
    timers,
    drops,
  );
  const events: string[] = [];
  const make = (name: string) => {
    const channel = requester.channel(
      8,
      (message, length) => {
        if (message[1] === 0xff) return false;
        events.push(`${name} reply ${message.slice(0, length)}`);
        return true;
      },
      () => events.push(`${name} fails`),
    );
    channel.buffer.set([TYPE, 2, 3]);
    return channel;
  };
  const reply = (source: number, tag: number, ...octets: number[]) =>
    requester.onResponse(Uint8Array.of(...octets), octets.length, source, tag, 0);
  const unexpected = () => drops[MESSAGE_DROPS.indexOf("unexpectedResponse")];
  return { sent, state, timers, requester, events, make, reply, unexpected };
}

Deno.test("Channel hands the reply with its tag, source and type over, and no other", () => {
  const { sent, events, make, reply, unexpected } = rig();
  const channel = make("a");
  channel.request(9, 3, 100, 3, 0);
  assert.deepEqual(sent, ["9 TO1 1,2,3"]);
  reply(9, 2, TYPE);
  reply(10, 1, TYPE);
  reply(9, 1, 0x7e);
  reply(9, 1, TYPE, 0xff);
  assert.equal(unexpected(), 4);
  assert.equal(channel.busy, true);
  reply(9, 1, TYPE, 7);
  assert.deepEqual(events, ["a reply 1,7"]);
  assert.equal(channel.busy, false);
  reply(9, 1, TYPE, 7);
  assert.equal(unexpected(), 5);
});

Deno.test("Channel tries again with the same octets and another tag, then fails once", () => {
  const { sent, timers, events, make, reply, unexpected } = rig();
  make("a").request(9, 3, 100, 3, 0);
  for (const nowMs of [99, 100, 200, 300, 400]) timers.due(nowMs);
  assert.deepEqual(sent, ["9 TO1 1,2,3", "9 TO2 1,2,3", "9 TO3 1,2,3"]);
  assert.deepEqual(events, ["a fails"]);
  reply(9, 3, TYPE);
  assert.equal(unexpected(), 1);
});

Deno.test("Channels to one peer never share a tag", () => {
  const { sent, make, reply, events } = rig();
  make("a").request(9, 1, 100, 1, 0);
  make("b").request(9, 1, 100, 1, 0);
  assert.deepEqual(sent, ["9 TO1 1", "9 TO2 1"]);
  reply(9, 2, TYPE);
  reply(9, 1, TYPE);
  assert.deepEqual(events, ["b reply 1", "a reply 1"]);
});

Deno.test("Channel waits without losing an attempt while the queue is full", () => {
  const { sent, state, timers, make } = rig();
  state.full = true;
  make("a").request(9, 1, 100, 1, 0);
  timers.due(2);
  state.full = false;
  timers.due(4);
  assert.equal(sent.length, 1);
});

Deno.test("Requester.failAll() and cancel() end what is under way", () => {
  const { timers, requester, events, make } = rig();
  const a = make("a");
  const b = make("b");
  a.request(9, 1, 100, 2, 0);
  b.request(9, 1, 100, 2, 0);
  b.cancel();
  requester.failAll(1);
  timers.due(1000);
  assert.deepEqual(events, ["a fails"]);
});
