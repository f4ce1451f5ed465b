import assert from "node:assert/strict";
import { decodeCobs, PacketError } from "./cobs.ts";
import { GlasgowProbe } from "./glasgow.ts";
import { SerialWirePort } from "./serial_wire_port.ts";

/** What stock probe-rs 0.32.0 sends to identify the probe, and for the first transfers behind it. */
const IDENTIFY = [0x01, 0x01, 0x01, 0x00];
const LINE_RESET = "01 3f ff ff ff ff 33 ff ff 07 00";
const SWITCH = "01 30 9e e7 00 00";

function rig() {
  const resets: boolean[] = [];
  const port = new SerialWirePort([{ read: (offset) => 0x1234_5600 | offset, write: () => true }]);
  const probe = new GlasgowProbe({ port, reset: (held) => resets.push(held) });
  /** Sends packets given as hex without coding; gives the answers as hex. */
  const send = (...packets: string[]) => {
    const stream = packets.flatMap((packet) => {
      const bytes = packet.split(" ").map((byte) => parseInt(byte, 16));
      return [...stuff(bytes), 0];
    });
    return probe.feed(Uint8Array.from(stream)).map((answer) =>
      [...decodeCobs(answer.subarray(0, -1))].map((byte) => byte.toString(16).padStart(2, "0"))
        .join(" ")
    );
  };
  return { probe, resets, send };
}

/** Codes a packet by the rule in its shortest words: each zero becomes the way to the next. */
function stuff(bytes: number[]): number[] {
  return [...bytes, 0].reduce<number[][]>((blocks, byte) => {
    if (byte === 0) blocks.push([]);
    else blocks.at(-1)!.push(byte);
    return blocks;
  }, [[]]).slice(0, -1).flatMap((block) => [block.length + 1, ...block]);
}

Deno.test("GlasgowProbe identifies itself by literal bytes", () => {
  const { probe } = rig();
  const answers = probe.feed(Uint8Array.from(IDENTIFY));
  const expected = [0x01, 0x0d, ...new TextEncoder().encode("probe-rs,v01"), 0x00];
  assert.deepEqual(answers.map((answer) => [...answer]), [expected]);
});

Deno.test("GlasgowProbe has a clock and a divisor, and drives nRST", () => {
  const { send, resets } = rig();
  assert.deepEqual(send("00 10"), ["00 00 6c dc 02"]);
  assert.deepEqual(send("00 12 2f", "00 00 11"), ["00 2f 00"]);
  assert.deepEqual(send("00 20 21"), []);
  assert.deepEqual(resets, [true, false]);
});

Deno.test("GlasgowProbe reads DPIDR and an access port by posted reads", () => {
  const { send } = rig();
  assert.deepEqual(send(SWITCH, LINE_RESET), []);
  assert.deepEqual(send("01 02"), ["01 01 77 24 a0 6b"]);
  assert.deepEqual(send("01 04 00 00 00 50"), ["01 11"]);
  assert.deepEqual(send("01 08 f0 00 00 00"), ["01 11"]);
  assert.deepEqual(send("01 0f 0f 0e"), ["01 01 00 00 00 00 01 fc 56 34 12 01 fc 56 34 12"]);
});

Deno.test("GlasgowProbe takes a command that lies in two packets", () => {
  const { send } = rig();
  send(SWITCH, LINE_RESET);
  send("01 02");
  assert.deepEqual(send("01 04 00 00"), []);
  assert.deepEqual(send("01 00 50"), ["01 11"]);
  assert.deepEqual(send("01 06"), ["01 01 00 00 00 f0"]);
});

Deno.test("GlasgowProbe tells no answer from a fault", () => {
  const { send } = rig();
  assert.deepEqual(send("01 02"), ["01 27"]);
  send(SWITCH, LINE_RESET);
  send("01 02");
  assert.deepEqual(send("01 0f"), ["01 01 00 00 00 00"], "without power: posted");
  assert.deepEqual(send("01 0e"), ["01 14"]);
});

Deno.test("GlasgowProbe without a target says that it is in use and does nothing", () => {
  const probe = new GlasgowProbe(undefined);
  const [answer] = probe.feed(Uint8Array.from(IDENTIFY));
  assert.equal(new TextDecoder().decode(answer.subarray(2, -1)), "twin is busy");
  assert.deepEqual(probe.feed(Uint8Array.of(1, 2, 0x20, 0)).length, 0);
});

Deno.test("GlasgowProbe refuses what the protocol does not have", () => {
  for (const packet of ["02 00", "00 13", "01 10", "01 40"]) {
    assert.throws(() => rig().send(packet), PacketError, packet);
  }
  assert.throws(() => rig().probe.feed(Uint8Array.of(1, 0)), PacketError);
});
