import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { FakePort } from "../../tests/support/fake_port.ts";
import {
  decode,
  encode,
  MULTIPART_RECEIVE_REQUEST,
  MULTIPART_RECEIVE_RESPONSE,
} from "../../wire/layouts.ts";

const CRASH = new TextEncoder().encode("a line of a crash\n".repeat(50));
const LOG_FILE = 1;
const CRASH_FILE = 2;

/** A host that asks the device, with an instance ID of its own for each new request. */
class Asker {
  #instance = 0;
  constructor(readonly port: FakePort, readonly eid = 9) {}

  send(body: Uint8Array): Uint8Array {
    const reply = this.port.message(this.eid, 0, 8, body);
    assert.ok(reply);
    return reply.body;
  }
  /** Gives the response from its completion code on. */
  ask(type: number, command: number, ...data: number[]): Uint8Array {
    this.#instance = this.#instance + 1 & 31;
    return this.send(Uint8Array.of(1, 0x80 | this.#instance, type, command, ...data)).slice(4);
  }
  negotiate(sizeBytes: number): void {
    const reply = this.ask(0, 7, sizeBytes & 255, sizeBytes >> 8, 0x80, 0, 0, 0, 0, 0, 0, 0);
    assert.equal(reply[0], 0);
  }
  open(file: number): number {
    const reply = this.ask(7, 1, file, 0, 0, 0);
    assert.equal(reply[0], 0, "opened");
    return reply[1];
  }
  request(context: number, operation: number, handle = 0, offset = 0, length = 0): Uint8Array {
    this.#instance = this.#instance + 1 & 31;
    return encode(MULTIPART_RECEIVE_REQUEST, {
      request: 1,
      datagram: 0,
      instanceId: this.#instance,
      pldmType: 0,
      command: 9,
      transferType: 7,
      operation,
      context,
      handle,
      offset,
      length,
    });
  }
  /** Reads a section part by part, with 0 for offset and length behind the first; gives its octets. */
  read(descriptor: number, offset = 0, length = 0xffffffff): Uint8Array {
    const octets: number[] = [];
    let request = this.request(descriptor, 0, 0, offset, length);
    for (;;) {
      const reply = this.send(request);
      assert.equal(reply[4], 0);
      const part = decode(MULTIPART_RECEIVE_RESPONSE, reply);
      octets.push(...part.data.subarray(0, part.length));
      const checksum = new DataView(reply.buffer, reply.byteOffset + 14 + part.length);
      assert.equal(checksum.getUint32(0, true), crc32(Uint8Array.from(octets)), "of all so far");
      if ((part.flag & 4) !== 0) return Uint8Array.from(octets);
      assert.equal(part.flag, octets.length === part.length ? 1 : 2);
      request = this.request(descriptor, 1, part.nextHandle);
    }
  }
}

function rig(sizeBytes = 256): Asker {
  const port = new FakePort(true);
  port.crashRecord = CRASH;
  const asker = new Asker(port);
  asker.negotiate(sizeBytes);
  return asker;
}

Deno.test("PldmFiles.multipartReceive() gives a file in parts of each negotiated size", () => {
  for (const sizeBytes of [256, 512, 1024, 4096]) {
    const asker = rig(sizeBytes);
    assert.deepEqual(asker.read(asker.open(CRASH_FILE)), CRASH, `${sizeBytes} octets a part`);
  }
});

Deno.test("PldmFiles.multipartReceive() gives any section", () => {
  const asker = rig();
  const descriptor = asker.open(CRASH_FILE);
  for (const [offset, length] of [[0, 1], [1, 256], [255, 600], [644, 256], [899, 9], [900, 1]]) {
    const section = CRASH.slice(offset, offset + length);
    assert.deepEqual(asker.read(descriptor, offset, length), section, `${length} from ${offset}`);
  }
});

Deno.test("PldmFiles.multipartReceive() answers the retry of any part the same", () => {
  const asker = rig();
  const descriptor = asker.open(CRASH_FILE);
  let request = asker.request(descriptor, 0, 0, 0, 900);
  for (let part = 0; part < 4; part++) {
    const reply = asker.send(request.slice());
    assert.deepEqual(asker.send(request.slice()), reply, `part ${part}`);
    const { nextHandle } = decode(MULTIPART_RECEIVE_RESPONSE, reply);
    request = asker.request(descriptor, 1, nextHandle);
  }
  assert.equal(asker.send(request)[4], 0x80, "nothing behind the last part");
});

Deno.test("PldmFiles.multipartReceive() gives the current part again, with the same checksum", () => {
  const asker = rig();
  const descriptor = asker.open(CRASH_FILE);
  const first = asker.send(asker.request(descriptor, 0, 0, 0, 900));
  const { nextHandle } = decode(MULTIPART_RECEIVE_RESPONSE, first);
  const second = asker.send(asker.request(descriptor, 1, nextHandle));
  const again = asker.send(asker.request(descriptor, 4, nextHandle));
  assert.deepEqual(again.slice(2), second.slice(2), "but for the instance ID");
});

Deno.test("PldmFiles.multipartReceive() ends a transfer that is aborted or complete", () => {
  for (const operation of [2, 3]) {
    const asker = rig();
    const descriptor = asker.open(CRASH_FILE);
    asker.send(asker.request(descriptor, 0, 0, 0, 900));
    assert.equal(asker.send(asker.request(descriptor, operation))[5], 8);
    assert.equal(asker.send(asker.request(descriptor, 1, 256))[4], 0x80);
    assert.deepEqual(asker.read(descriptor), CRASH, "may be begun anew");
  }
});

Deno.test("PldmFiles keeps readers of two files, and of one file, apart", () => {
  const asker = rig();
  const [crash, log, other] = [CRASH_FILE, LOG_FILE, CRASH_FILE].map((file) => asker.open(file));
  const first = decode(
    MULTIPART_RECEIVE_RESPONSE,
    asker.send(asker.request(crash, 0, 0, 0, 900)),
  );
  assert.ok(asker.read(log).length > 0);
  assert.deepEqual(asker.read(other), CRASH);
  const next = asker.send(asker.request(crash, 1, first.nextHandle));
  assert.deepEqual(next.slice(14, 14 + 256), CRASH.slice(256, 512));
});

Deno.test("PldmFiles gives the log as it was when it was opened, and anew once all have closed it", () => {
  const asker = rig(4096);
  const descriptor = asker.open(LOG_FILE);
  const before = asker.read(descriptor);
  asker.port.line("version");
  assert.deepEqual(asker.read(descriptor), before);
  assert.equal(asker.ask(7, 2, descriptor, 0, 0, 0)[0], 0);
  assert.ok(asker.read(asker.open(LOG_FILE)).length > before.length);
});

Deno.test("PldmFiles wants each host to negotiate for itself", () => {
  const asker = rig(512);
  const other = new Asker(asker.port, 10);
  const descriptor = other.open(CRASH_FILE);
  assert.equal(other.send(other.request(descriptor, 0, 0, 0, 900))[4], 0x83);
  other.negotiate(256);
  assert.equal(
    decode(MULTIPART_RECEIVE_RESPONSE, other.send(other.request(descriptor, 0, 0, 0, 900))).length,
    256,
  );
  assert.equal(other.send(other.request(asker.open(CRASH_FILE), 0, 0, 0, 900))[4], 0x80);
});

Deno.test("PldmFiles gives an empty file where the run before ended well", () => {
  const asker = rig();
  asker.port.crashRecord = new Uint8Array(0);
  assert.equal(asker.read(asker.open(CRASH_FILE)).length, 0);
});
