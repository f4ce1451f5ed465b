import assert from "node:assert/strict";
import {
  BENCH_REQUEST,
  CONTROL_MESSAGE,
  decode,
  ECHO,
  EMPTY_REQUEST,
  encode,
  fixedSize,
  GET_MCTP_VERSION_SUPPORT_RESPONSE,
  GET_VENDOR_DEFINED_PCI_RESPONSE,
  isKept,
  type Layout,
  layout,
  LAYOUTS,
  MCTP_PACKET,
  print,
  rest,
  SET_ENDPOINT_ID_REQUEST,
  SET_ENDPOINT_ID_RESPONSE,
  uint,
  USB_PACKET,
  WireError,
} from "./layouts.ts";

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replaceAll(" ", "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

Deno.test("decode() reads an MCTP packet's bits", () => {
  assert.deepEqual(decode(MCTP_PACKET, hex("f1 08 09 9d 7e")), {
    destination: 8,
    source: 9,
    start: 1,
    end: 0,
    sequence: 1,
    tagOwner: 1,
    tag: 5,
    payload: hex("7e"),
  });
});

Deno.test("encode() and decode() agree over every settable bit of the MCTP header", () => {
  for (const [start, end, tagOwner] of [[0, 0, 0], [1, 0, 1], [0, 1, 1], [1, 1, 0]]) {
    for (let sequence = 0; sequence < 4; sequence++) {
      for (let tag = 0; tag < 8; tag++) {
        const payload = Uint8Array.of(tag);
        const value = {
          destination: 255 - tag,
          source: sequence,
          start,
          end,
          sequence,
          tagOwner,
          tag,
          payload,
        };
        const octets = encode(MCTP_PACKET, value);
        assert.equal(octets[3], start << 7 | end << 6 | sequence << 4 | tagOwner << 3 | tag);
        assert.deepEqual(decode(MCTP_PACKET, octets), value);
      }
    }
  }
});

Deno.test("decode() names layout, field and offset of what is wrong", () => {
  const fault = (layout: Layout, octets: string, field: string, offset: number) =>
    assert.throws(
      () => decode(layout, hex(octets)),
      (error) =>
        error instanceof WireError && error.layout === layout.title && error.field === field &&
        error.offset === offset &&
        error.message.startsWith(`Cannot read ${layout.title}: ${field}`),
    );
  fault(USB_PACKET, "1bb40005 00", "id", 0);
  fault(USB_PACKET, "1ab40004", "length", 3);
  fault(USB_PACKET, "1ab400", "length", 3);
  fault(MCTP_PACKET, "02 08 09 c8 7e", "headerVersion", 0);
  fault(MCTP_PACKET, "01 08 09", "length", 3);
  fault(CONTROL_MESSAGE, "80 80 02", "integrityCheck", 0);
  fault(CONTROL_MESSAGE, "01 80 02", "type", 0);
  fault(EMPTY_REQUEST, "00 80 02 00", "length", 3);
  fault(SET_ENDPOINT_ID_REQUEST, "00 80 01 00", "length", 4);
  fault(GET_MCTP_VERSION_SUPPORT_RESPONSE, "00 00 04 00 02 f1f0ff00", "versions", 4);
  fault(GET_VENDOR_DEFINED_PCI_RESPONSE, "00 00 06 00 ff 01 cc de 00 f0", "format", 5);
  fault(ECHO, "7e ccdf f0", "vendorId", 1);
});

Deno.test("encode() refuses what does not fit", () => {
  const value = { request: 1, datagram: 0, instanceId: 32, command: 1, operation: 0, eid: 8 };
  assert.throws(
    () => encode(SET_ENDPOINT_ID_REQUEST, value),
    /instanceId at offset 1 does not hold/,
  );
  assert.throws(
    () => encode(SET_ENDPOINT_ID_REQUEST, { ...value, instanceId: 0, eid: 256 }),
    /eid at offset 4 does not hold 256/,
  );
  assert.throws(
    () => encode(SET_ENDPOINT_ID_REQUEST, { ...value, instanceId: 0, eid: 1.5 }),
    WireError,
  );
  assert.throws(() => encode(USB_PACKET, { length: 4, data: hex("") }), /length at offset 3 is 4/);
});

Deno.test("decode() keeps 32 bits unsigned and 64 bits whole", () => {
  const request = "7e ccde f1 dd22 01 01 ffffffff 00000080 db03 fffffffffffffeff";
  const value = decode(BENCH_REQUEST, hex(request));
  assert.equal(value.instanceId, 0xffffffff);
  assert.equal(value.flags, 0x80000000);
  assert.equal(value.messageCount, 0xfffeffffffffffffn);
  assert.deepEqual(encode(BENCH_REQUEST, value), hex(request));
});

Deno.test("encode() writes zero where bits are reserved, decode() ignores them", () => {
  const value = decode(SET_ENDPOINT_ID_RESPONSE, hex("00 20 01 00 fc 08 00"));
  assert.equal(value.assignmentStatus, 3);
  assert.deepEqual(encode(SET_ENDPOINT_ID_RESPONSE, value), hex("00 00 01 00 30 08 00"));
});

Deno.test("decode() of every layout refuses each truncation and never reads past the end", () => {
  assert.ok(LAYOUTS.length >= 18);
  for (const one of LAYOUTS) {
    const octets = new Uint8Array(one.size);
    for (let size = 0; size < one.size; size++) {
      assert.throws(() => decode(one, octets.subarray(0, size)), WireError, one.title);
    }
  }
});

Deno.test("every layout cites its standard, and no two fields of one share a bit", () => {
  for (const one of LAYOUTS) {
    assert.match(one.clause, /^(DSP0\d{3}|NVM .+) \d\.\d/, one.title);
    const taken = new Set<number>();
    for (const field of one.fields) {
      assert.ok(field.text.length > 0 && field.name.length > 0);
      const from = field.kind === "bits" ? field.at * 8 + field.low : field.at * 8;
      const to = field.kind === "bits"
        ? field.at * 8 + field.high
        : field.at * 8 + fixedSize(field) * 8 - 1;
      for (let bit = from; bit <= to; bit++) {
        assert.ok(!taken.has(bit), `${one.title}: ${field.name} overlaps`);
        taken.add(bit);
      }
    }
    assert.equal(taken.size, one.size * 8, `${one.title} has a hole`);
  }
});

Deno.test("print() names the fields, or says what is wrong", () => {
  assert.equal(
    print(SET_ENDPOINT_ID_REQUEST, hex("00 85 01 01 fe")),
    "Set Endpoint ID request: request 1, datagram 0, instanceId 5, command 1, operation 1, eid 0xfe",
  );
  assert.equal(
    print(GET_MCTP_VERSION_SUPPORT_RESPONSE, hex("00 04 04 00 01 f1f0ff00")),
    "Get MCTP Version Support response: request 0, datagram 0, instanceId 4, command 4, " +
      "completion 0, versions [0xf1f0ff00]",
  );
  assert.equal(
    print(USB_PACKET, hex("00000005 00")),
    "MCTP over USB packet: Cannot read MCTP over USB packet: id at offset 0 is 0x0, not 0x1ab4",
  );
  assert.equal(print(ECHO, hex("7e ccde f0")), "echo: payload none");
});

Deno.test("layout() refuses a field behind one of open size", () => {
  assert.throws(
    () => layout("x", "DSP0236 1.3.1", [rest("a", 0, "a"), uint("b", 1, 1, "b")]),
    /Cannot lay out x/,
  );
});

Deno.test("isKept() leaves out constants and reserved bits", () => {
  assert.deepEqual(
    SET_ENDPOINT_ID_REQUEST.fields.filter(isKept).map((field) => field.name),
    ["request", "datagram", "instanceId", "command", "operation", "eid"],
  );
});
