import assert from "node:assert/strict";
import { FakePort } from "../support/fake_port.ts";
import { exchange, type HostBus, MctpHost } from "../support/mctp_host.ts";
import { fromHex, toHex } from "./vectors.ts";

/**
 * What mctpd asks of an endpoint, in its order, written after its documented behaviour: its calls SetupEndpoint,
 * AssignEndpoint, AssignEndpointStatic, LearnEndpoint and Recover.
 */
class Mctpd {
  readonly port: FakePort;
  readonly host = new MctpHost(8);
  readonly #bus: HostBus;

  constructor(port: FakePort) {
    this.port = port;
    const queue: Uint8Array[] = [];
    this.#bus = {
      send: (transfer) => void queue.push(...port.transfer(transfer)),
      receive: () => queue.shift() ?? assert.fail("no answer"),
    };
  }

  /** Sends control octets to `eid` with the next instance ID; gives the whole reply as hex. */
  async ask(eid: number, command: string): Promise<string> {
    const body = fromHex(`00 80 ${command}`);
    return toHex(await exchange(this.#bus, this.host, this.host.request(eid, body, (one) => one)));
  }

  /** The properties that mctpd queries once an endpoint has its EID. */
  async properties(eid: number): Promise<{ types: string; sets: string[]; uuid: string }> {
    const types = await this.ask(eid, "05");
    assert.ok(types.startsWith("00000500"));
    const count = parseInt(types.slice(8, 10), 16);
    assert.equal(types.length, 10 + 2 * count, "mctpd demands the exact length");
    const sets: string[] = [];
    if (types.slice(10).match(/../g)?.includes("7e")) {
      for (let selector = 0; selector !== 0xff;) {
        const reply = await this.ask(eid, `06 ${selector.toString(16).padStart(2, "0")}`);
        assert.equal(reply.length, 20, "PCI format");
        sets.push(reply.slice(10));
        const next = parseInt(reply.slice(8, 10), 16);
        assert.ok(next === 0xff || next === selector + 1);
        selector = next;
      }
    }
    return { types: types.slice(10), sets, uuid: (await this.ask(eid, "03")).slice(8) };
  }
}

const PROPERTIES = {
  types: "0001047e",
  sets: ["00ccde00f0"],
  uuid: "8becee88b23740afa95b0fe57a21c3be",
};

for (const operation of ["SetupEndpoint", "AssignEndpoint", "AssignEndpointStatic"]) {
  Deno.test(`mctpd ${operation} of a new endpoint`, async () => {
    const mctpd = new Mctpd(new FakePort(false));
    if (operation === "SetupEndpoint") assert.equal(await mctpd.ask(0, "02"), "00000200000000");
    const eid = operation === "AssignEndpointStatic" ? 29 : 9;
    const hex = eid.toString(16).padStart(2, "0");
    assert.equal(await mctpd.ask(0, `01 00 ${hex}`), `0000010000${hex}00`);
    assert.deepEqual(await mctpd.properties(eid), PROPERTIES);
    assert.equal(mctpd.port.eid, eid);
  });
}

Deno.test("mctpd SetupEndpoint and LearnEndpoint keep an EID that is there", async () => {
  const mctpd = new Mctpd(new FakePort(false));
  await mctpd.ask(0, "01 00 0c");
  assert.equal(await mctpd.ask(0, "02"), "000002000c0000");
  assert.deepEqual(await mctpd.properties(12), PROPERTIES);
  assert.equal(mctpd.port.eid, 12);
});

Deno.test("mctpd LearnEndpoint of an endpoint without an EID finds none", async () => {
  const mctpd = new Mctpd(new FakePort(false));
  assert.equal(await mctpd.ask(0, "02"), "00000200000000");
});

Deno.test("mctpd Recover finds the same UUID after a reset, and gives the EID back", async () => {
  const before = new Mctpd(new FakePort(false));
  await before.ask(0, "01 00 09");
  const { uuid } = await before.properties(9);
  const after = new Mctpd(new FakePort(false));
  assert.equal(await after.ask(0, "02"), "00000200000000");
  assert.equal((await after.ask(0, "03")).slice(8), uuid);
  assert.equal(await after.ask(0, "01 00 09"), "00000100000900");
  assert.equal(await after.ask(9, "02"), "00000200090000");
});

Deno.test("mctpd's retries with the same instance ID are answered the same", async () => {
  const mctpd = new Mctpd(new FakePort(false));
  for (let attempt = 0; attempt < 4; attempt++) {
    assert.equal(await mctpd.ask(0, "01 00 09"), "00000100000900");
    mctpd.port.at(mctpd.port.nowMs + 250);
  }
  assert.equal(mctpd.port.eid, 9);
});
