import assert from "node:assert/strict";
import { MctpTrace } from "./mctp_trace.ts";
import { LINKTYPE_MCTP, pcapngHeader, pcapngPacket } from "./pcapng.ts";

const hex = (text: string) =>
  Uint8Array.from(text.replaceAll(" ", "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
const toHex = (octets: Uint8Array) =>
  [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");

Deno.test("pcapngHeader() describes one MCTP interface with times in ns", () => {
  assert.deepEqual(
    pcapngHeader(LINKTYPE_MCTP, "ab"),
    hex(
      "0a0d0d0a 28000000 4d3c2b1a 0100 0000 ffffffffffffffff 0400 0200 61620000 0000 0000 28000000" +
        "01000000 20000000 2301 0000 00000000 0900 0100 09000000 0000 0000 20000000",
    ),
  );
});

Deno.test("pcapngPacket() holds time, padded packet and direction", () => {
  assert.deepEqual(
    pcapngPacket(hex("01 08 09 c8 00"), "out", 2 ** 32 + 5),
    hex(
      "06000000 34000000 00000000 01000000 05000000 05000000 05000000 01080 9c8 00000000" +
        "0200 0400 02000000 0000 0000 34000000",
    ),
  );
});

/** A configuration with MCTP on endpoints 0x01 and 0x81 and a serial port on 0x02. */
const descriptor = (subclass: string) =>
  `09 02 2700 02 01 00 80 32  09 04 00 00 02 14 ${subclass} 01 00  07 05 01 02 0002 01  07 05 81 02 0002 01
   09 04 01 00 01 0a 00 00 00  07 05 02 02 0002 00`.replaceAll(/\s+/g, "");

function traced(subclass: string) {
  const packets: string[] = [];
  const trace = new MctpTrace((packet, direction, atNs) => {
    packets.push(`${atNs} ${direction} ${toHex(packet)}`);
  });
  const ack = { handshake: "ack" } as const;
  const setup = { token: "setup", endpoint: 0, data: hex("80 06 00 02 00 00 ff 00") } as const;
  trace.transaction(setup, ack, 0);
  const octets = hex(descriptor(subclass));
  // The descriptor comes in two packets.
  for (const data of [octets.slice(0, 20), octets.slice(20)]) {
    trace.transaction({ token: "in", endpoint: 0 }, { handshake: "ack", data }, 0);
  }
  return {
    packets,
    out: (endpoint: number, data: string, atNs = 1) =>
      trace.transaction({ token: "out", endpoint, data: hex(data) }, ack, atNs),
    in: (endpoint: number, data: string, acknowledge = true) =>
      trace.transaction({ token: "in", endpoint, acknowledge }, {
        handshake: "ack",
        data: hex(data),
      }, 2),
    nak: () =>
      trace.transaction(
        { token: "out", endpoint: 1, data: hex("1ab40005 01") },
        { handshake: "nak" },
        3,
      ),
  };
}

Deno.test("MctpTrace takes the packets of MCTP's endpoints, both ways", () => {
  const cable = traced("00");
  cable.out(1, "1ab40009 010809c8 00 1ab4000a 010809c9 0080");
  cable.in(1, "1ab40009 010908c0 00");
  cable.out(2, "1ab40009 010809c8 00");
  cable.nak();
  cable.in(1, "1ab40009 010908c0 01", false);
  assert.deepEqual(cable.packets, [
    "1 out 010809c800",
    "1 out 010809c90080",
    "2 in 010908c000",
  ]);
});

Deno.test("MctpTrace skips the rest of a USB packet after broken framing", () => {
  const cable = traced("00");
  cable.out(1, "1ab40009 010809c8 00 dead0009 010809c8 00");
  cable.out(1, "1ab400ff 010809c8 00");
  cable.out(1, "1ab40009 010809c8 02");
  assert.deepEqual(cable.packets, ["1 out 010809c800", "1 out 010809c802"]);
});

Deno.test("MctpTrace joins packets that span USB packets where the interface says so", () => {
  const cable = traced("02");
  cable.out(1, "1ab4000b 010809c8");
  cable.out(1, "00aabb");
  assert.deepEqual(cable.packets, ["1 out 010809c800aabb"]);
});
