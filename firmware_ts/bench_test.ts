import assert from "node:assert/strict";
import { FakePort } from "../tests/support/fake_port.ts";
import { MctpHost } from "../tests/support/mctp_host.ts";
import { fromHex, toHex } from "../tests/vectors/vectors.ts";
import { BENCH_DATA, encode } from "../wire/layouts.ts";
import createBench from "./bench.ts";

const withBench = (offload = true) => new FakePort(offload, undefined, "mctp-bench", createBench);

/** A request for a run; instance ID 0x12345678. */
function request(payload: number, count: number): Uint8Array {
  const body = fromHex("7eccdef1 dd22 01 01 78563412 00000000 0000 0000000000000000");
  new DataView(body.buffer).setUint16(16, payload, true);
  new DataView(body.buffer).setBigUint64(18, BigInt(count), true);
  return body;
}

/** A data message written over wire/'s table. */
function data(sequence: number, payload: number): Uint8Array {
  const filler = Uint8Array.from({ length: payload - 9 }, (_, i) => i + 9);
  return encode(BENCH_DATA, { sequence, filler });
}

const OK = "7eccdef1dd220100" + "78563412" + "00";

Deno.test("createBench() sends what was asked for, one after another, and reports", () => {
  for (const payload of [9, 10, 246, 987, 3951, 4224, 4352, 65_535]) {
    const port = withBench();
    port.message(9, 0, 8, fromHex("0080010008"));
    const reply = port.message(20, 8, 8, request(payload, 9));
    assert.equal(toHex(reply!.body), OK);
    for (let i = 0; i < 9; i++) {
      assert.ok(port.largeClaimed);
      const sent = port.sendOff();
      assert.deepEqual(sent, {
        source: 8,
        destination: 20,
        tag: 15,
        body: data((0xfffffffa + i) % 2 ** 32, payload),
      });
    }
    assert.equal(port.sendOff(), undefined);
    assert.ok(!port.largeClaimed, "the large buffer is given back");
    assert.ok(
      port.lines.includes(
        `2 bench sent to EID 20: 9 messages, ${9 * payload} bytes in 0 ms, ${9 * payload} kB/s`,
      ),
      port.lines.join("\n"),
    );
  }
});

Deno.test("createBench() refuses what it cannot send, and sends nothing", () => {
  const port = withBench();
  const status = (body: Uint8Array) => port.message(9, 0, 8, body)?.body.at(-1);
  assert.equal(status(request(8, 1)), 3);
  const flags = request(100, 1);
  flags[12] = 1;
  assert.equal(status(flags), 3);
  assert.equal(status(request(100, 1).subarray(0, 25)), 1);
  const command = request(100, 1);
  command[7] = 9;
  assert.equal(status(command), 2);
  port.claimLarge(1);
  assert.equal(port.sendOff(), undefined);
});

Deno.test("createBench() begins anew on another request, and ends with the host", () => {
  const port = withBench();
  port.message(9, 0, 8, request(100, 1000));
  port.sendOff();
  port.message(10, 0, 8, request(50, 2));
  // One of the old run was on its way.
  assert.equal(port.sendOff()!.body.length, 101);
  assert.deepEqual(port.sendOff()!.body, data(0xfffffffa, 50));
  assert.deepEqual(port.sendOff()!.body, data(0xfffffffb, 50));
  assert.equal(port.sendOff(), undefined);
  port.message(9, 0, 8, request(100, 1000));
  port.usb(0);
  assert.ok(port.lines.at(-1)!.startsWith("2 bench ends with the host to EID 9: 1 messages"));
});

Deno.test("createBench() takes a request for none, and stops when told", () => {
  const port = withBench();
  assert.equal(toHex(port.message(9, 0, 8, request(100, 0))!.body), OK);
  assert.equal(port.sendOff(), undefined);
  port.message(9, 0, 8, request(100, 50));
  port.sendOff();
  assert.match(port.line("bench stop")[0], /bench stopped to EID 9: 2 messages, 200 bytes/);
  assert.ok(port.sendOff());
  assert.equal(port.sendOff(), undefined);
  assert.ok(!port.largeClaimed);
});

Deno.test("createBench() counts gaps, what is missing, and wrong fillers of what it receives", () => {
  const port = withBench();
  const send = (body: Uint8Array) => assert.equal(port.message(9, 0, 8, body), undefined);
  for (const sequence of [0xfffffffa, 0xfffffffb, 0xfffffffe, 0xffffffff, 0, 1, 5]) {
    send(data(sequence, 300));
  }
  const wrong = data(6, 300);
  wrong[200] ^= 1;
  send(wrong);
  const long = data(6, 5000);
  send(long);
  long[4999] ^= 0x80;
  send(long);
  assert.deepEqual(port.line("bench").slice(1), [
    "2 bench received 8 messages, 7100 bytes in 0 ms, 7100 kB/s, 2 gaps, 5 missing, 2 invalid",
  ]);
  assert.deepEqual(port.drops(), { benchInvalid: 2 });
});

Deno.test("createBench() is listed among the vendor's sets", () => {
  const port = withBench();
  assert.equal(toHex(port.message(9, 0, 8, fromHex("00800600"))!.body), "000006000100ccde00f0");
  assert.equal(toHex(port.message(9, 0, 8, fromHex("00800601"))!.body), "00000600ff00ccde00f1");
});

Deno.test("createBench() sends with the offload off as far as there is room, and goes on", () => {
  const port = withBench(false);
  const host = new MctpHost(9);
  const replies = host.transfers(0, 1, 2, request(3951, 3)).flatMap((one) => port.transfer(one));
  assert.equal(replies.length, 1, "the answer goes first");
  port.at(port.deadlineMs);
  replies.push(...port.roomMade());
  const messages = replies.flatMap((one) => host.receive(one));
  assert.equal(messages.filter(({ body }) => body.length === 3952).length, 3);
  // With room for one transfer at a time each is cut on where it stopped.
  const few = withBench(false);
  few.room = 1;
  const received = host.transfers(0, 1, 3, request(3951, 3))
    .flatMap((one) => few.transfer(one)).flatMap((one) => host.receive(one));
  few.at(few.deadlineMs);
  for (let i = 0; i < 40; i++) {
    few.room = 1;
    received.push(...few.roomMade().flatMap((one) => host.receive(one)));
  }
  const bodies = received.filter(({ tagOwner }) => tagOwner === 1).map(({ body }) => body);
  assert.deepEqual(bodies, [0xfffffffa, 0xfffffffb, 0xfffffffc].map((one) => data(one, 3951)));
});

Deno.test("large messages are echoed in place, and no other type takes them", () => {
  const port = withBench();
  for (const size of [4353, 8192, 65_536]) {
    const body = new Uint8Array(size).fill(0x5a);
    body.set(fromHex("7eccdef0"));
    assert.deepEqual(port.message(9, 0, 8, body)!.body, body);
  }
  const control = new Uint8Array(5000).fill(0x80);
  control[0] = 0;
  assert.equal(port.message(9, 0, 8, control), undefined);
  const response = new Uint8Array(5000).fill(0x7e);
  assert.equal(port.message(9, 0, 0, response), undefined);
  assert.deepEqual(port.drops(), { tooLarge: 1, tooLong: 1 });
});
