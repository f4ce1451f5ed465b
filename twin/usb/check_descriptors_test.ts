import assert from "node:assert/strict";
import { checkDescriptors, type DescriptorSet } from "./check_descriptors.ts";

const DEVICE = [18, 1, 0, 2, 0xef, 2, 1, 64, 9, 0x12, 1, 0, 0, 1, 1, 0, 0, 1];
const CONFIGURATION = [
  ...[9, 2, 47, 0, 1, 1, 0, 0x80, 50],
  ...[8, 11, 0, 1, 0xff, 0, 0, 0],
  ...[9, 4, 0, 0, 3, 0xff, 0, 0, 0],
  ...[7, 5, 0x01, 2, 0, 2, 0],
  ...[7, 5, 0x81, 2, 0, 2, 0],
  ...[7, 5, 0x82, 3, 8, 0, 4],
];

/** A good set with bytes changed: `d3` is byte 3 of the device, `c5` of the configuration. */
function set(changes: Record<string, number> = {}, more: Partial<DescriptorSet> = {}) {
  const device = Uint8Array.from(DEVICE);
  const configuration = Uint8Array.from(CONFIGURATION);
  for (const [place, value] of Object.entries(changes)) {
    (place[0] === "d" ? device : configuration)[Number(place.slice(1))] = value;
  }
  const other = Uint8Array.from(configuration);
  other[1] = 7;
  other.set([64, 0], 30);
  other.set([64, 0], 37);
  return {
    speed: "high" as const,
    device,
    configuration,
    qualifier: Uint8Array.of(10, 6, 0, 2, 0xef, 2, 1, 64, 1, 0),
    otherSpeed: other,
    strings: new Map([[0, Uint8Array.of(4, 3, 9, 4)], [1, Uint8Array.of(4, 3, 65, 0)]]),
    ...more,
  };
}

function rules(subject: DescriptorSet): string[] {
  return checkDescriptors(subject).map(({ where, rule }) => `${where}: ${rule}`);
}

Deno.test("checkDescriptors() passes a set without fault", () => {
  assert.deepEqual(rules(set()), []);
});

Deno.test("checkDescriptors() names each breach and its place", () => {
  const cases: [Record<string, number>, RegExp][] = [
    [{ d7: 8 }, /^device: bMaxPacketSize0 is one of 64/],
    [{ d4: 0, d5: 0, d6: 0 }, /^device: with associations the class is EF\/02\/01/],
    [{ c2: 46 }, /^configuration: wTotalLength/],
    [{ c4: 2 }, /^configuration: bNumInterfaces/],
    [{ c7: 0 }, /^configuration: bit 7 of bmAttributes/],
    [{ c8: 251 }, /^configuration: bMaxPower/],
    [{ c11: 1 }, /^association of interface 1: interface 1 exists/],
    [{ c21: 2 }, /^configuration, interface 0.0: bNumEndpoints/],
    [{ c30: 64, c31: 0 }, /^configuration, endpoint 0x01: a bulk packet has 512 bytes/],
    [{ c46: 255 }, /^configuration, endpoint 0x82: bInterval is 1..16/],
    [{ c46: 0 }, /^configuration, endpoint 0x82: bInterval is 1..16/],
    [{ c28: 0 }, /^configuration, endpoint 0x00: its number is not 0/],
  ];
  for (const [changes, expected] of cases) assert.match(rules(set(changes))[0], expected);
});

Deno.test("checkDescriptors() wants qualifier, other speed, BOS and strings", () => {
  const none = { qualifier: undefined, otherSpeed: undefined };
  assert.match(rules(set({}, none))[0], /^device qualifier: a high-speed device answers it/);
  assert.match(
    rules(set({}, { otherSpeed: undefined }))[0],
    /other-speed configuration is answered/,
  );
  assert.match(rules(set({ d2: 0x10 }))[0], /^BOS: a device of 0x0201 or more answers it/);
  const bos = Uint8Array.of(5, 15, 12, 0, 2, 7, 16, 2, 0, 0, 0, 0);
  assert.match(rules(set({ d2: 0x10 }, { bos }))[0], /^BOS: bNumDeviceCaps/);
  assert.match(rules(set({ d15: 2 }))[0], /^string 2: it is answered/);
  const strings = new Map([[0, Uint8Array.of(4, 3, 9, 4)], [1, Uint8Array.of(6, 3, 65, 0)]]);
  assert.match(rules(set({}, { strings }))[0], /^string 1: bLength/);
});

Deno.test("checkDescriptors() throws on descriptors that cannot be read, cut anywhere", () => {
  const whole = Uint8Array.from(CONFIGURATION);
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.subarray(0, length);
    const attempt = () => rules(set({}, { configuration: cut }));
    try {
      assert.ok(attempt().length > 0, `cut at ${length}`);
    } catch (error) {
      assert.equal((error as Error).name, "DescriptorError", `cut at ${length}`);
    }
  }
});
