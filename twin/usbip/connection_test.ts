import assert from "node:assert/strict";
import { Connection } from "./connection.ts";
import type { Exporter } from "./exporter.ts";

/** A connection to an exporter without a device. */
function open() {
  const sent: Uint8Array[] = [];
  const closed: (Error | undefined)[] = [];
  const exporter = {
    describe: (onEnd: (entry: undefined) => void) => onEnd(undefined),
    taken: true,
  };
  const connection = new Connection(exporter as unknown as Exporter, {
    send: (bytes) => sent.push(bytes),
    close: (error) => closed.push(error),
  });
  return { connection, sent, closed };
}

Deno.test("Connection lists nothing when no device is there, however the bytes are cut", () => {
  const request = Uint8Array.of(1, 0x11, 0x80, 5, 0, 0, 0, 0);
  for (let cut = 0; cut <= 8; cut++) {
    const { connection, sent } = open();
    connection.feed(request.subarray(0, cut));
    connection.feed(request.subarray(cut));
    assert.deepEqual([...sent[0]], [1, 0x11, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]);
  }
});

Deno.test("Connection closes with a named error on noise, once, and is deaf then", () => {
  let seed = 1;
  for (let round = 0; round < 500; round++) {
    const { connection, closed } = open();
    const noise = Uint8Array.from({ length: 64 }, () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return seed >>> 24;
    });
    connection.feed(noise);
    connection.feed(noise);
    assert.equal(closed.length, 1);
    assert.equal(closed[0]?.name, "UsbipError");
  }
});
