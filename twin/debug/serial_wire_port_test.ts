import assert from "node:assert/strict";
import { type AccessPort, Ack, SerialWirePort } from "./serial_wire_port.ts";

const DPIDR = 0, CTRL_STAT = 4, SELECT = 8, RDBUFF = 12, ABORT = 0;
const POWER_UP = 0x5000_0000;

/** An access port whose registers count their reads; offset 0xc fails. */
class CountingPort implements AccessPort {
  readonly written: [number, number][] = [];
  #reads = 0;

  read(offset: number): number | undefined {
    return offset === 0xc ? undefined : offset << 8 | ++this.#reads;
  }

  write(offset: number, value: number): boolean {
    this.written.push([offset, value]);
    return offset !== 0xc;
  }
}

function lineReset(port: SerialWirePort): void {
  port.sequence(32, 0xffff_ffff);
  port.sequence(19, 0x7_ffff);
}

function connect(): { port: SerialWirePort; ap: CountingPort } {
  const ap = new CountingPort();
  const port = new SerialWirePort([ap]);
  lineReset(port);
  port.sequence(16, 0xe79e);
  lineReset(port);
  assert.deepEqual(port.read(false, DPIDR), { ack: Ack.Ok, value: 0x6ba0_2477 });
  assert.equal(port.write(false, CTRL_STAT, POWER_UP), Ack.Ok);
  return { port, ap };
}

Deno.test("SerialWirePort answers only behind the switch, a line reset and a read of DPIDR", () => {
  const port = new SerialWirePort([]);
  lineReset(port);
  assert.equal(port.read(false, DPIDR).ack, Ack.None, "it speaks JTAG yet");
  port.sequence(16, 0xe79e);
  lineReset(port);
  assert.equal(port.read(false, CTRL_STAT).ack, Ack.None);
  assert.equal(port.read(false, DPIDR).value, 0x6ba0_2477);
  assert.equal(port.read(false, CTRL_STAT).ack, Ack.Ok);
  lineReset(port);
  assert.equal(port.write(false, SELECT, 0), Ack.None);
  port.sequence(16, 0xe73c);
  assert.equal(port.read(false, DPIDR).ack, Ack.None, "it speaks JTAG again");
});

Deno.test("SerialWirePort acknowledges power requests", () => {
  const { port } = connect();
  assert.equal(port.read(false, CTRL_STAT).value, 0xf000_0000);
  port.write(false, CTRL_STAT, 0);
  assert.equal(port.read(false, CTRL_STAT).value, 0);
});

Deno.test("SerialWirePort posts reads of an access port", () => {
  const { port } = connect();
  port.read(true, 0);
  assert.equal(port.read(true, 4).value, 0x001);
  assert.equal(port.read(false, RDBUFF).value, 0x402);
  assert.equal(port.read(false, RDBUFF).value, 0x402);
  assert.equal(port.read(false, 8).value, 0x402, "RESEND");
  port.write(false, SELECT, 0x0000_00f0);
  port.read(true, 8);
  assert.equal(port.read(false, RDBUFF).value, 0xf803);
});

Deno.test("SerialWirePort faults behind an error until ABORT clears it", () => {
  const { port, ap } = connect();
  assert.equal(port.read(true, 12).ack, Ack.Ok, "the read is posted");
  assert.equal(port.read(false, RDBUFF).ack, Ack.Fault);
  assert.equal(port.write(true, 0, 1), Ack.Fault);
  assert.equal(port.write(false, SELECT, 0), Ack.Fault);
  assert.deepEqual(ap.written, []);
  assert.equal(port.read(false, CTRL_STAT).value >>> 0, 0xf000_0020);
  assert.equal(port.read(false, DPIDR).ack, Ack.Ok);
  assert.equal(port.write(false, ABORT, 0x1e), Ack.Ok);
  assert.equal(port.read(false, CTRL_STAT).value, 0xf000_0000);
  assert.equal(port.write(true, 12, 1), Ack.Ok);
  assert.equal(port.write(true, 0, 1), Ack.Fault, "a write that failed faults the next transfer");
});

Deno.test("SerialWirePort gives an error for an access without power, and 0 for no access port", () => {
  const { port } = connect();
  port.write(false, SELECT, 0x0200_00f0);
  port.read(true, 12);
  assert.deepEqual(port.read(false, RDBUFF), { ack: Ack.Ok, value: 0 });
  port.write(false, CTRL_STAT, 0);
  port.read(true, 12);
  assert.equal(port.read(false, RDBUFF).ack, Ack.Fault);
});

Deno.test("SerialWirePort has banked registers at 4", () => {
  const { port } = connect();
  const values = [1, 2, 3, 4].map((bank) => {
    port.write(false, SELECT, bank);
    return port.read(false, CTRL_STAT).value;
  });
  assert.deepEqual(values, [0, 0x0485_0041, 1, 1]);
});
