import assert from "node:assert/strict";
import { CobsReader, decodeCobs, encodeCobs, PacketError } from "./cobs.ts";

const hex = (bytes: Uint8Array) =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
const count = (from: number, to: number) =>
  Uint8Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** The examples that most descriptions of the coding give. */
const VECTORS: readonly (readonly [plain: number[], stuffed: number[]])[] = [
  [[], [1, 0]],
  [[0], [1, 1, 0]],
  [[0, 0], [1, 1, 1, 0]],
  [[0, 0x11, 0], [1, 2, 0x11, 1, 0]],
  [[0x11, 0x22, 0, 0x33], [3, 0x11, 0x22, 2, 0x33, 0]],
  [[0x11, 0x22, 0x33, 0x44], [5, 0x11, 0x22, 0x33, 0x44, 0]],
  [[0x11, 0, 0, 0], [2, 0x11, 1, 1, 1, 0]],
];

Deno.test("encodeCobs() and decodeCobs() do the known examples", () => {
  for (const [plain, stuffed] of VECTORS) {
    assert.equal(hex(encodeCobs(Uint8Array.from(plain))), hex(Uint8Array.from(stuffed)));
    assert.deepEqual([...decodeCobs(Uint8Array.from(stuffed.slice(0, -1)))], plain);
  }
});

Deno.test("encodeCobs() and decodeCobs() do blocks of 254 bytes and more", () => {
  const full = encodeCobs(count(1, 254));
  assert.equal(hex(full.subarray(0, 3)), "ff 01 02");
  assert.equal(full.length, 256);
  const over = encodeCobs(count(1, 255));
  assert.equal(hex(over.subarray(254)), "fe 02 ff 00");
  const zeroFirst = encodeCobs(count(0, 254));
  assert.equal(hex(zeroFirst.subarray(0, 3)), "01 ff 01");
  for (const plain of [count(1, 254), count(1, 255), count(0, 254), new Uint8Array(700).fill(7)]) {
    assert.deepEqual(decodeCobs(encodeCobs(plain).subarray(0, -1)), plain);
  }
});

Deno.test("decodeCobs() refuses a packet that is cut short", () => {
  assert.throws(() => decodeCobs(Uint8Array.of(5, 1, 2)), PacketError);
});

Deno.test("CobsReader gives packets however the stream is cut", () => {
  const stream = Uint8Array.of(3, 0x11, 0x22, 2, 0x33, 0, 1, 1, 0);
  for (const step of [1, 2, 5, 9]) {
    const reader = new CobsReader();
    const packets: number[][] = [];
    for (let at = 0; at < stream.length; at += step) {
      packets.push(...reader.feed(stream.slice(at, at + step)).map((packet) => [...packet]));
    }
    assert.deepEqual(packets, [[0x11, 0x22, 0, 0x33], [0]]);
  }
});

Deno.test("CobsReader refuses a packet without an end", () => {
  const reader = new CobsReader();
  assert.throws(() => {
    for (let i = 0; i < 20; i++) reader.feed(new Uint8Array(65536).fill(1));
  }, /packet of more than 1048576 bytes/);
});
