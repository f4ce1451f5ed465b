import assert from "node:assert/strict";
import {
  CMD,
  decodeCommand,
  decodeOperation,
  encodeImport,
  encodeReturn,
  encodeUnlinked,
} from "./protocol.ts";

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A CMD_SUBMIT header by its fields, big-endian. */
function header(words: Record<number, number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(48));
  for (const [offset, value] of Object.entries(words)) view.setUint32(Number(offset), value);
  return new Uint8Array(view.buffer);
}

Deno.test("decodeCommand() reads the fields of a submit", () => {
  const bytes = header({ 0: 1, 4: 7, 8: 0x10002, 12: 1, 16: 2, 20: 0x200, 24: 64, 40: 0x80060001 });
  assert.deepEqual(decodeCommand(bytes), {
    command: CMD.SUBMIT,
    sequence: 7,
    deviceId: 0x10002,
    input: true,
    endpoint: 2,
    flags: 0x200,
    length: 64,
    packets: 0,
    setup: Uint8Array.of(0x80, 6, 0, 1, 0, 0, 0, 0),
  });
  assert.deepEqual(decodeCommand(header({ 0: 2, 4: 9, 8: 0x10002, 20: 7 })), {
    command: CMD.UNLINK,
    sequence: 9,
    deviceId: 0x10002,
    victim: 7,
  });
});

Deno.test("decodeCommand() names a field out of its range", () => {
  const cases: [Record<number, number>, RegExp][] = [
    [{ 0: 3 }, /command 0x3: unknown/],
    [{ 0: 1, 12: 2 }, /direction 2/],
    [{ 0: 1, 16: 16 }, /endpoint 16/],
    [{ 0: 1, 24: 0xffff_ffff }, /4294967295 bytes/],
  ];
  for (const [words, message] of cases) {
    assert.throws(() => decodeCommand(header(words)), { name: "UsbipError", message });
  }
  assert.throws(() => decodeOperation(Uint8Array.of(1, 0, 0x80, 5, 0, 0, 0, 0)), /version 0x100/);
});

Deno.test("encodeReturn() and encodeUnlinked() lay replies out in 48 bytes", () => {
  assert.equal(
    hex(encodeReturn(7, -32, 0, new Uint8Array(0))),
    "0000000300000007" + "00".repeat(12) + "ffffffe0" + "00".repeat(24),
  );
  assert.equal(
    hex(encodeReturn(8, 0, 2, Uint8Array.of(1, 2))),
    "0000000300000008" + "00".repeat(16) + "00000002" + "00".repeat(20) + "0102",
  );
  assert.equal(
    hex(encodeUnlinked(9, -104)),
    "0000000400000009" + "00".repeat(12) + "ffffff98" + "00".repeat(24),
  );
  assert.equal(hex(encodeImport(4)), "0111000300000004");
});
