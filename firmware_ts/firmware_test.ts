import assert from "node:assert/strict";
import { FakePort } from "../tests/support/fake_port.ts";
import { exchange, type HostBus, MctpHost } from "../tests/support/mctp_host.ts";
import { Random } from "../tests/support/random.ts";
import { fromHex, toHex } from "../tests/vectors/vectors.ts";

/** The sizes on both sides of each limit, octets of the body, type included. */
const SIZES = [4, 5, 68, 246, 247, 248, 493, 494, 495, 988, 1025, 4096, 4224, 4225];

/** The firmware without offload as a bus. */
class FirmwareBus implements HostBus {
  readonly port = new FakePort(false);
  readonly queue: Uint8Array[] = [];
  send(transfer: Uint8Array): void {
    this.queue.push(...this.port.transfer(transfer));
  }
  receive(): Uint8Array {
    return this.queue.shift() ?? assert.fail("the device is silent");
  }
}

Deno.test("firmware echoes any size, offload on, in place", () => {
  const port = new FakePort(true);
  const random = new Random(1);
  for (const size of SIZES) {
    const body = random.fill(new Uint8Array(size));
    body.set(fromHex("7eccdef0"));
    const reply = port.message(9, 0, 8 | size & 7, body);
    assert.ok(reply);
    assert.deepEqual(reply.body, body);
    assert.deepEqual([reply.destination, reply.tag], [9, size & 7]);
  }
});

Deno.test("firmware echoes any size, offload off, from hosts with large and small packets", async () => {
  for (const payload of [64, 100, 247]) {
    const bus = new FirmwareBus();
    const host = new MctpHost(9, payload);
    assert.equal(await exchange(bus, host, host.setEid(8)), 8);
    for (const size of SIZES) await exchange(bus, host, host.echoOfSize(size, 8));
    assert.deepEqual(bus.port.drops(), {});
  }
});

Deno.test("firmware speaks to a host over wire/ alone", async () => {
  const bus = new FirmwareBus();
  const host = new MctpHost();
  assert.equal((await exchange(bus, host, host.getEid())).eid, 0);
  assert.equal(await exchange(bus, host, host.setEid(254)), 254);
  assert.equal((await exchange(bus, host, host.getEid(254))).eid, 254);
  const uuid = await exchange(bus, host, host.getUuid(254));
  assert.equal(uuid, "8becee88-b237-40af-a95b-0fe57a21c3be");
  assert.deepEqual(await exchange(bus, host, host.getTypes(254)), [0, 1, 4, 0x7e]);
  assert.deepEqual((await exchange(bus, host, host.getVersion(0xff))).at(-1), 0xf1f3f100);
  await assert.rejects(exchange(bus, host, host.getVersion(5)), /completion code 128/);
  await assert.rejects(exchange(bus, host, host.setEid(0, 254)), /completion code 2/);
});

Deno.test("firmware packs replies into full transfers, several messages to one", () => {
  const port = new FakePort(false);
  const host = new MctpHost(9);
  const body = new Uint8Array(600).fill(1);
  body.set(fromHex("7eccdef0"));
  const out = host.transfers(0, 1, 2, body, true).flatMap((one) => port.transfer(one));
  assert.deepEqual(out.map((one) => one.length), [510, 114]);
  const two = Uint8Array.of(
    ...fromHex("1ab4000c 01 00 09 c8 7eccdef0"),
    ...fromHex("1ab4000b 01 00 09 c9 008002"),
  );
  assert.deepEqual(
    port.transfer(two).map(toHex),
    ["1ab4000c010900c07eccdef0" + "1ab4000f010900c1" + "00000200000000"],
  );
});

Deno.test("firmware answers the good message after every malformed transfer", () => {
  const port = new FakePort(false);
  const random = new Random(2);
  const good = fromHex("1ab4000c 01 00 09 c8 7eccdef0");
  for (let i = 0; i < 5000; i++) {
    const noise = random.fill(new Uint8Array(random.below(513)));
    if (i % 2 === 0) {
      noise.set(good.subarray(0, random.below(Math.min(good.length, noise.length + 1))));
    }
    port.transfer(noise);
    assert.deepEqual(port.transfer(good).map(toHex), ["1ab4000c010900c07eccdef0"]);
  }
});

Deno.test("firmware never lets random messages change its EID without a Set Endpoint ID", () => {
  for (const offload of [true, false]) {
    const port = new FakePort(offload);
    const host = new MctpHost(9);
    const random = new Random(3);
    for (let i = 0; i < 20000; i++) {
      const body = random.fill(new Uint8Array(1 + random.below(12)));
      if (i % 2 === 0) body[0] = 0;
      if (body[0] === 0 && (body[1] & 0xc0) === 0x80 && body[2] === 1) body[2] = 2;
      if (offload) port.message(random.below(256), 0, random.below(16), body);
      else {
        const tag = random.below(16);
        for (const one of host.transfers(0, tag >> 3, tag & 7, body)) port.transfer(one);
      }
      assert.equal(port.eid, 0);
    }
  }
});

Deno.test("firmware forgets a half message when the bus goes", () => {
  const port = new FakePort(false);
  port.transfer(fromHex("1ab4000a 01 00 09 88 7ecc"));
  assert.equal(port.deadlineMs, 6000);
  port.usb(0);
  assert.deepEqual(port.transfer(fromHex("1ab4000a 01 00 09 58 def0")), []);
  assert.deepEqual(port.drops(), { noStart: 1 });
});

Deno.test("firmware drops a half message when its time is over", () => {
  const port = new FakePort(false);
  port.transfer(fromHex("1ab4000a 01 00 09 88 7ecc"));
  port.at(5999);
  assert.deepEqual(port.drops(), {});
  port.at(6000);
  assert.deepEqual(port.drops(), { timeout: 1 });
});

Deno.test("firmware logs what it speaks and each new EID", () => {
  const port = new FakePort(true);
  assert.deepEqual(port.lines, ["2 mctp types 00 01 04 7e, offload on, device healthy"]);
  port.message(9, 0, 8, fromHex("0080010008"));
  port.message(9, 8, 8, fromHex("0081010008"));
  port.at(20);
  assert.deepEqual(port.lines.slice(1), ["2 own EID 0 -> 8, set by EID 9"]);
});

Deno.test("shell answers every line", () => {
  const port = new FakePort(true);
  assert.deepEqual(port.line("counters"), ["2 counters are all 0"]);
  port.message(9, 0, 8, fromHex("05"));
  assert.deepEqual(port.line(" counters "), ["2 counter unknownType 1"]);
  assert.deepEqual(port.line("eid"), ["2 eid 0"]);
  assert.deepEqual(port.line("heap"), [
    "2 heap 1000 of 4000 bytes in use, at most 3000, free at least 500",
  ]);
  assert.deepEqual(port.line("dance"), ["1 unknown command 'dance', try help"]);
  assert.deepEqual(port.line(""), []);
  assert.equal(port.line("help").length, 8);
  port.line("reset");
  assert.equal(port.resets, 1);
});
