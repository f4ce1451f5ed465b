import assert from "node:assert/strict";
import { defineDevice } from "../../firmware_ts/device/device.ts";
import { FakePort } from "../../tests/support/fake_port.ts";
import { decode, GET_PDR_RESPONSE, GET_SENSOR_READING_RESPONSE, PDR } from "../../wire/layouts.ts";

function ask(port: FakePort, ...octets: number[]): Uint8Array {
  const reply = port.message(9, 0, 8, Uint8Array.of(1, 0x80, ...octets));
  assert.ok(reply);
  return reply.body;
}

/** Reads a record in parts of `count` octets. */
function record(port: FakePort, handle: number, count: number): Uint8Array {
  const octets: number[] = [];
  let next = 0;
  for (;;) {
    const request = [handle, 0, 0, 0, next & 255, next >> 8, 0, 0, next === 0 ? 1 : 0, count, 0];
    const reply = ask(port, 2, 0x51, ...request, 0, 0);
    assert.equal(reply[4], 0);
    const part = decode(GET_PDR_RESPONSE, reply);
    octets.push(...part.data.subarray(0, part.count));
    if ((part.flag & 4) !== 0) return Uint8Array.from(octets);
    next = part.nextHandle;
  }
}

Deno.test("Platform's sensor follows the temperature, and remembers the state before", () => {
  const port = new FakePort(true);
  const seen: (readonly number[])[] = [];
  for (const celsius of [35, 75, 76, 85, 70, 20]) {
    port.at(port.nowMs + 2000);
    port.line(`set temperature ${celsius}`);
    const reading = decode(GET_SENSOR_READING_RESPONSE, ask(port, 2, 0x11, 1, 0, 0));
    assert.equal(reading.reading, celsius);
    seen.push([reading.presentState, reading.previousState]);
  }
  assert.deepEqual(seen, [[1, 1], [8, 1], [8, 1], [9, 8], [8, 9], [1, 8]]);
});

Deno.test("Platform gives a record in parts of any size, down to one octet", () => {
  const port = new FakePort(true);
  for (let handle = 1; handle <= 7; handle++) {
    const whole = record(port, handle, 255);
    for (const count of [1, 7, 40, whole.length - 1, whole.length]) {
      assert.deepEqual(record(port, handle, count), whole, `record ${handle} by ${count}`);
    }
    assert.equal(decode(PDR, whole).record, handle);
  }
});

Deno.test("Platform has a sensor and its names for each temperature of the device", () => {
  const sensors = [30, 31, 32, 33, 34, 35, 36, 37];
  const port = new FakePort(true, defineDevice({ temperatures: { composite: 40, sensors } }));
  const types: number[] = [];
  for (let handle = 1; handle <= 1 + 9 + 9 + 2; handle++) {
    types.push(decode(PDR, record(port, handle, 255)).type);
  }
  assert.equal(types.join(" "), `1${" 2".repeat(9)}${" 6".repeat(9)} 30 30`);
  for (const [i, celsius] of [40, ...sensors].entries()) {
    const reading = decode(GET_SENSOR_READING_RESPONSE, ask(port, 2, 0x11, i + 1, 0, 0));
    assert.equal(reading.reading, celsius);
  }
});

Deno.test("Platform's terminus locator holds TID and EID, and counts each change", () => {
  const port = new FakePort(true);
  const locator = () => decode(PDR, record(port, 1, 255));
  assert.equal(locator().change, 0);
  port.message(9, 0, 8, Uint8Array.of(0, 0x80, 1, 0, 0x1d));
  ask(port, 0, 1, 0x21);
  ask(port, 0, 1, 0x21);
  const { change, data } = locator();
  assert.equal(change, 2);
  assert.deepEqual([data[3], data[8]], [0x21, 0x1d]);
});
