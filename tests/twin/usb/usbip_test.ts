import assert from "node:assert/strict";
import { ERRNO, HEADER_BYTES, OP, STATUS } from "../../../twin/usbip/protocol.ts";
import { UsbipServer } from "../../../twin/usbip/server.ts";
import { EchoFunction } from "./echo_function.ts";
import { Rig } from "./rig.ts";
import { ScriptedDriver } from "./scripted_driver.ts";
import { UsbipClient } from "./usbip_client.ts";

interface World {
  readonly rig: Rig;
  readonly driver: ScriptedDriver;
  readonly server: UsbipServer;
  readonly errors: string[];
  connect(): Promise<UsbipClient>;
}

async function withServer(run: (world: World) => Promise<void>): Promise<void> {
  const rig = new Rig();
  const driver = new ScriptedDriver(rig, new EchoFunction());
  driver.start();
  const errors: string[] = [];
  const server = new UsbipServer({
    usb: rig.otg.port,
    clock: rig.clock,
    pump: rig.clock.pump,
    port: 0,
    onError: (error) => errors.push(`${(error as Error).name}: ${(error as Error).message}`),
  });
  const clients: UsbipClient[] = [];
  const connect = async () => {
    const client = await UsbipClient.connect(server.address.port);
    clients.push(client);
    return client;
  };
  try {
    await run({ rig, driver, server, errors, connect });
  } finally {
    for (const client of clients) client.close();
    await server.close();
  }
}

Deno.test("UsbipServer lists its device as Linux would", () =>
  withServer(async ({ connect }) => {
    const client = await connect();
    await client.operation(OP.REQ_DEVLIST);
    const head = await client.read(12);
    assert.deepEqual([...head], [0x01, 0x11, 0x00, 0x05, 0, 0, 0, 0, 0, 0, 0, 1]);
    const device = await client.read(312);
    const view = new DataView(device.buffer);
    assert.equal(new TextDecoder().decode(device.subarray(256, 260)), "1-1\0");
    assert.deepEqual([288, 292, 296].map((at) => view.getUint32(at)), [1, 2, 3]);
    assert.deepEqual([300, 302, 304].map((at) => view.getUint16(at)), [0x1209, 1, 0x0100]);
    assert.deepEqual([...device.subarray(306)], [0, 0, 0, 0, 1, 1]);
    assert.deepEqual([...(await client.read(4))], [0xff, 0, 0, 0]);
  }));

Deno.test("UsbipServer refuses an unknown bus id and a device in use", () =>
  withServer(async ({ connect }) => {
    const first = await connect();
    assert.equal(await first.import("9-9"), STATUS.NO_DEVICE);
    assert.equal(await first.import("1-1"), STATUS.OK);
    const second = await connect();
    assert.equal(await second.import("1-1"), STATUS.BUSY);
  }));

Deno.test("UsbipServer moves control and bulk data, several reads queued", () =>
  withServer(async ({ connect }) => {
    const client = await connect();
    await client.import("1-1");
    assert.equal((await client.control([0x80, 6, 0, 1, 0, 0, 18, 0])).data.length, 18);
    assert.equal((await client.control([0x00, 9, 1, 0, 0, 0, 0, 0])).status, 0);
    const reads = [client.submit(1, true, 512), client.submit(1, true, 512)];
    for (const text of ["first", "second"]) {
      const sent = await client.finish(
        await client.submit(1, false, new TextEncoder().encode(text)),
      );
      assert.deepEqual([sent.status, sent.actual], [0, text.length]);
    }
    const texts = [];
    for (const read of reads) {
      texts.push(new TextDecoder().decode((await client.finish(await read)).data));
    }
    assert.deepEqual(texts, ["first", "second"]);
  }));

Deno.test("UsbipServer unlinks a read with -ECONNRESET, and one that ended with 0", () =>
  withServer(async ({ connect }) => {
    const client = await connect();
    await client.import("1-1");
    await client.control([0x00, 9, 1, 0, 0, 0, 0, 0]);
    const read = await client.submit(1, true, 64);
    assert.equal(await client.unlink(read), -ERRNO.CONNRESET);
    assert.equal(await client.unlink(read), 0);
    assert.equal(client.returned(read), false, "no reply to what was unlinked");
    await client.finish(await client.submit(1, false, Uint8Array.of(7)));
    assert.deepEqual(
      (await client.finish(await client.submit(1, true, 64))).data,
      Uint8Array.of(7),
    );
  }));

Deno.test("UsbipServer reports STALL as -EPIPE until the halt is cleared", () =>
  withServer(async ({ connect }) => {
    const client = await connect();
    await client.import("1-1");
    await client.control([0x00, 9, 1, 0, 0, 0, 0, 0]);
    assert.equal((await client.control([0xc0, 9, 0, 0, 0, 0, 4, 0])).status, -ERRNO.PIPE);
    await client.control([0x02, 3, 0, 0, 0x81, 0, 0, 0]);
    assert.equal((await client.finish(await client.submit(1, true, 64))).status, -ERRNO.PIPE);
    await client.control([0x02, 1, 0, 0, 0x81, 0, 0, 0]);
    await client.finish(await client.submit(1, false, Uint8Array.of(1)));
    assert.equal((await client.finish(await client.submit(1, true, 64))).status, 0);
    assert.equal((await client.finish(await client.submit(9, true, 64))).status, -ERRNO.PIPE);
  }));

Deno.test("UsbipServer passes the zero-packet flag on, and a short read that must not be", () =>
  withServer(async ({ connect }) => {
    const client = await connect();
    await client.import("1-1");
    await client.control([0x00, 9, 1, 0, 0, 0, 0, 0]);
    const read = await client.submit(1, true, 4096);
    await client.finish(await client.submit(1, false, new Uint8Array(512), 0x40));
    assert.equal((await client.finish(read)).data.length, 512);
    await client.finish(await client.submit(1, false, Uint8Array.of(1, 2)));
    const short = await client.finish(await client.submit(1, true, 64, 0x01));
    assert.deepEqual([short.status, short.actual], [-ERRNO.REMOTEIO, 2]);
  }));

Deno.test("UsbipServer ends transfers with -ESHUTDOWN and hangs up when the device leaves", () =>
  withServer(async ({ rig, connect }) => {
    const client = await connect();
    await client.import("1-1");
    await client.control([0x00, 9, 1, 0, 0, 0, 0, 0]);
    const read = await client.submit(1, true, 64);
    // A round trip, so that the read has arrived.
    await client.control([0x80, 6, 0, 1, 0, 0, 18, 0]);
    rig.write("DCTL", 2);
    rig.otg.refresh();
    assert.equal((await client.finish(read)).status, -ERRNO.SHUTDOWN);
    await assert.rejects(client.read(1), /closed/);
  }));

Deno.test("UsbipServer resets the bus on each import", () =>
  withServer(async ({ driver, server, connect }) => {
    for (let round = 0; round < 2; round++) {
      const client = await connect();
      assert.equal(await client.import("1-1"), STATUS.OK);
      await client.control([0x00, 9, 1, 0, 0, 0, 0, 0]);
      await client.finish(await client.submit(1, false, Uint8Array.of(round)));
      client.close();
      while (server.clients > 0) await new Promise((done) => setTimeout(done, 1));
    }
    assert.equal(driver.events.filter((event) => event === "reset").length, 2);
  }));

Deno.test("UsbipServer closes only the connection that sends malformed input", () =>
  withServer(async ({ connect, errors }) => {
    const good = await connect();
    await good.import("1-1");
    const version = await connect();
    await version.write(Uint8Array.of(1, 6, 0x80, 5, 0, 0, 0, 0));
    await assert.rejects(version.read(1), /closed/);
    const code = await connect();
    await code.operation(0x8009);
    await assert.rejects(code.read(1), /closed/);
    assert.deepEqual(errors, [
      "UsbipError: Cannot talk USB/IP version 0x106: this is 0x0111",
      "UsbipError: Cannot serve operation 0x8009: unknown",
    ]);
    assert.equal((await good.control([0x80, 6, 0, 1, 0, 0, 18, 0])).status, 0);
    const bad = new Uint8Array(HEADER_BYTES);
    bad[3] = 9;
    await good.write(bad);
    await assert.rejects(good.read(1), /closed/);
    assert.match(errors[2], /command 0x9: unknown/);
  }));

Deno.test("UsbipServer takes commands one byte at a time", () =>
  withServer(async ({ connect }) => {
    const client = await connect();
    for (const byte of [1, 0x11, 0x80, 5, 0, 0, 0, 0]) await client.write(Uint8Array.of(byte));
    assert.equal((await client.read(12))[11], 1);
  }));
