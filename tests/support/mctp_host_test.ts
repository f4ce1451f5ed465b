import assert from "node:assert/strict";
import { WireError } from "../../wire/layouts.ts";
import { fromHex, toHex } from "../vectors/vectors.ts";
import { CompletionError, exchange, type HostBus, MctpHost } from "./mctp_host.ts";

/** A bus whose device answers with literal transfers. */
function bus(...replies: string[]): HostBus & { sent: string[] } {
  const sent: string[] = [];
  return {
    sent,
    send: (transfer) => void sent.push(toHex(transfer)),
    receive: () => fromHex(replies.shift() ?? assert.fail("no more replies")),
  };
}

Deno.test("MctpHost sends Set Endpoint ID and takes its reply", async () => {
  const host = new MctpHost(9);
  const one = bus("1ab4000f 01 09 08 c0 00000100000800");
  assert.equal(await exchange(one, host, host.setEid(8)), 8);
  assert.deepEqual(one.sent, ["1ab4000d010009c80080010008"]);
});

Deno.test("MctpHost counts tags and instance IDs on", async () => {
  const host = new MctpHost(9);
  host.getEid();
  const one = bus("1ab4000f 01 09 00 c1 00010200000000");
  assert.equal((await exchange(one, host, host.getEid())).eid, 0);
  assert.deepEqual(one.sent, ["1ab4000b010009c9008102"]);
});

Deno.test("MctpHost cuts a message and packs it on demand", () => {
  const host = new MctpHost(9, 64);
  const body = new Uint8Array(130).fill(1);
  const apart = host.transfers(8, 1, 3, body);
  assert.deepEqual(apart.map((one) => one.length), [72, 72, 10]);
  assert.deepEqual(apart.map((one) => one[7]), [0x8b, 0x1b, 0x6b]);
  const packed = host.transfers(8, 1, 3, body, true);
  assert.deepEqual(packed.map(toHex), [apart.map(toHex).join("")]);
});

Deno.test("MctpHost joins packets and passes over other messages", async () => {
  const host = new MctpHost(9);
  const one = bus(
    "1ab4000b 01 09 08 c8 7e0102 1ab4000a 01 09 08 80 7ecc",
    "1ab4000a 01 09 08 50 def0",
  );
  assert.equal((await exchange(one, host, host.echo(new Uint8Array(0)))).length, 0);
});

Deno.test("MctpHost refuses what a device may not send", () => {
  const faults: [string, RegExp | typeof WireError][] = [
    ["", /of 0 octets/],
    ["1ab5000b 01 09 08 c0 7e0102", WireError],
    ["1ab4000c 01 09 08 c0 7e0102", /cut/],
    ["1ab4000b 02 09 08 c0 7e0102", WireError],
    ["1ab4000b 01 09 08 40 7e0102", /no start/],
    ["1ab4000b 01 09 08 80 7e0102 1ab4000b 01 09 08 60 7e0102", /out of sequence/],
    ["1ab4000b 01 09 08 80 7e0102 1ab4000c 01 09 08 50 7e010203", /a packet of 4 octets after 3/],
    ["1ab4000b 01 09 08 80 7e0102 1ab4000b 01 09 08 80 7e0102", /a start within/],
  ];
  for (const [transfer, fault] of faults) {
    assert.throws(() => new MctpHost(9).receive(fromHex(transfer)), fault, transfer);
  }
});

Deno.test("MctpHost refuses wrong replies", async () => {
  const ask = (reply: string) => {
    const host = new MctpHost(9);
    return exchange(bus(reply), host, host.setEid(8));
  };
  await assert.rejects(ask("1ab4000c 01 09 08 c0 00000102"), CompletionError);
  await assert.rejects(ask("1ab4000f 01 09 08 c0 00010100000800"), /another/);
  await assert.rejects(ask("1ab4000f 01 09 08 c0 00000200000800"), /another/);
  await assert.rejects(ask("1ab4000f 01 09 08 c0 00800100000800"), /no response/);
  await assert.rejects(ask("1ab4000e 01 09 08 c0 000001000008"), WireError);
  const host = new MctpHost(9);
  const echo = bus("1ab4000d 01 09 08 c0 7eccdef002");
  await assert.rejects(exchange(echo, host, host.echo(Uint8Array.of(1))), /Cannot accept the echo/);
});
