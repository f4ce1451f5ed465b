import assert from "node:assert/strict";
import { FakePort } from "../../tests/support/fake_port.ts";
import { isCommand, parseCommand } from "./command_names.ts";
import type { FaultRule } from "./description.ts";
import { defineDevice } from "./device.ts";
import { parseFault } from "./fault_line.ts";

const GET_EID = Uint8Array.of(0x00, 0x80, 0x02);
const GET_EID_REPLY = [0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00];
const ECHO = Uint8Array.of(0x7e, 0xcc, 0xde, 0xf0, 1, 2);

function portWith(...faults: FaultRule[]): FakePort {
  return new FakePort(true, defineDevice({ faults }));
}

const ask = (port: FakePort, request = GET_EID) => port.message(9, 0, 0x0d, request);

Deno.test("Faults drops by rule, after some and so many times, and counts", () => {
  const port = portWith({
    on: "control.get-endpoint-id",
    action: { kind: "drop" },
    after: 1,
    times: 2,
  });
  const answered = [1, 2, 3, 4, 5].map(() => ask(port) !== undefined);
  assert.deepEqual(answered, [true, false, false, true, true]);
  assert.deepEqual(port.drops(), { fault: 2 });
  assert.deepEqual(port.line("faults"), ["2 fault control.get-endpoint-id drop, 2 times so far"]);
});

Deno.test("Faults leaves other commands alone", () => {
  const port = portWith({ on: "control.set-endpoint-id", action: { kind: "drop" } });
  assert.deepEqual([...ask(port)?.body ?? []], GET_EID_REPLY);
  assert.deepEqual(ask(port, ECHO)?.body, ECHO);
});

Deno.test("Faults delays an answer, with its tag, and sends it when due", () => {
  const port = portWith({ on: "control.*", action: { kind: "delay", ms: 500 } });
  port.at(100);
  assert.equal(ask(port), undefined);
  port.at(599);
  assert.equal(port.sent.length, 0);
  port.at(600);
  assert.deepEqual(port.sent.map(({ destination, tag, body }) => [destination, tag, ...body]), [
    [9, 5, ...GET_EID_REPLY],
  ]);
});

Deno.test("Faults holds back eight answers and counts those beyond", () => {
  const port = portWith({ on: "echo", action: { kind: "delay", ms: 10 } });
  for (let i = 0; i < 10; i++) ask(port, ECHO);
  port.at(10);
  assert.equal(port.sent.length, 8);
  assert.deepEqual(port.drops(), { fault: 2 });
});

Deno.test("Faults corrupts the last octet", () => {
  const port = portWith({ on: "echo", action: { kind: "corrupt" } });
  assert.deepEqual([...ask(port, ECHO)?.body ?? []], [0x7e, 0xcc, 0xde, 0xf0, 1, 2 ^ 0xff]);
});

Deno.test("Faults answers with another tag", () => {
  const port = portWith({ on: "*", action: { kind: "tag" } });
  assert.equal(ask(port), undefined);
  assert.equal(port.sent[0].tag, 6);
  assert.deepEqual([...port.sent[0].body], GET_EID_REPLY);
});

Deno.test("Faults counts an answer that it finds no room for", () => {
  const port = portWith({ on: "*", action: { kind: "tag" } });
  port.full = true;
  assert.equal(ask(port), undefined);
  assert.deepEqual(port.drops(), { fault: 1 });
});

Deno.test("Faults keeps 16 KB of answers back at most, and none that only port.large can send", () => {
  const port = portWith({ on: "echo", action: { kind: "delay", ms: 10 } });
  for (const size of [4352, 4352, 4352, 4352, 3328, 1, 4353]) {
    ask(port, Uint8Array.from({ length: size }, (_, i) => ECHO[i] ?? i));
  }
  port.at(10);
  assert.deepEqual(port.sent.map(({ body }) => body.length), [4352, 4352, 4352, 3328]);
  assert.deepEqual(port.drops(), { fault: 2, vendorUnknown: 1 });
});

/** An echo that only `port.large` can hold. */
const LARGE = Uint8Array.from({ length: 40_000 }, (_, i) => ECHO[i] ?? i);

Deno.test("Faults reaches echoes that lie in port.large", () => {
  const port = portWith(
    { on: "echo", action: { kind: "corrupt" }, times: 1 },
    { on: "echo", action: { kind: "drop" }, times: 1 },
    { on: "echo", action: { kind: "reset" }, times: 1 },
  );
  const corrupt = LARGE.slice();
  corrupt[LARGE.length - 1] ^= 0xff;
  assert.deepEqual(ask(port, LARGE)?.body, corrupt);
  assert.equal(ask(port, LARGE), undefined);
  assert.equal(ask(port, LARGE), undefined);
  assert.equal(port.resets, 1);
  assert.deepEqual(port.drops(), { fault: 1 });
  assert.deepEqual(ask(port, LARGE)?.body, LARGE);
});

Deno.test("Faults sends an echo out of port.large with another tag, and lends it no longer than that", () => {
  const port = portWith({ on: "echo", action: { kind: "tag" }, times: 3 });
  assert.equal(ask(port, LARGE), undefined);
  assert.equal(ask(port, LARGE), undefined, "it is lent");
  const sent = port.sendOff();
  assert.deepEqual([sent?.destination, sent?.tag, sent?.body], [9, 6, LARGE]);
  assert.equal(port.largeClaimed, false);
  port.full = true;
  assert.equal(ask(port, LARGE), undefined);
  assert.equal(port.largeClaimed, false);
  assert.deepEqual(port.drops(), { largeBusy: 1, fault: 1 });
  port.full = false;
  port.line("fault echo tag");
  assert.equal(ask(port, LARGE), undefined);
  port.usb(0);
  assert.equal(port.largeClaimed, false, "the host is gone");
});

Deno.test("Faults answers with a status and does not carry the request out", () => {
  const port = portWith({ on: "control.set-endpoint-id", action: { kind: "status", code: 4 } });
  const reply = ask(port, Uint8Array.of(0x00, 0x83, 0x01, 0x00, 0x08));
  assert.deepEqual([...reply?.body ?? []], [0x00, 0x03, 0x01, 0x04]);
  assert.equal(port.eid, 0);
});

Deno.test("Faults resets in the middle: the request is carried out, and not answered", () => {
  const port = portWith({ on: "control.set-endpoint-id", action: { kind: "reset" } });
  assert.equal(ask(port, Uint8Array.of(0x00, 0x83, 0x01, 0x00, 0x08)), undefined);
  assert.equal(port.eid, 8);
  assert.equal(port.resets, 1);
});

Deno.test("Faults follows its seed: the same seed, the same faults", () => {
  const pattern = (seed: number) => {
    const rule = { on: "echo", action: { kind: "drop" }, probability: 0.5 } as const;
    const port = new FakePort(true, defineDevice({ seed, faults: [rule] }));
    return Array.from({ length: 200 }, () => ask(port, ECHO) === undefined ? 1 : 0);
  };
  assert.deepEqual(pattern(7), pattern(7));
  assert.notDeepEqual(pattern(7), pattern(8));
  const dropped = pattern(7).reduce<number>((sum, one) => sum + one, 0);
  assert.ok(dropped > 70 && dropped < 130, `${dropped} of 200`);
});

Deno.test("console adds and clears faults, and says what it did not understand", () => {
  const port = new FakePort(true);
  assert.deepEqual(port.line("fault echo drop times 1"), ["2 fault: added echo drop times 1"]);
  assert.equal(ask(port, ECHO), undefined);
  assert.deepEqual(ask(port, ECHO)?.body, ECHO);
  assert.deepEqual(port.line("fault admin.nothing drop"), ["2 fault: no command admin.nothing"]);
  assert.match(port.line("fault echo delay")[0], /not understood/);
  port.line("fault echo drop");
  assert.deepEqual(port.line("fault clear"), ["2 fault: cleared"]);
  assert.deepEqual(port.line("faults"), ["2 faults: none"]);
});

Deno.test("set takes a value in its range by its name, and says what is wrong with others", () => {
  const port = new FakePort(true);
  for (
    const line of ["temperature 85", "temperature -12.5", "spare 0", "warning 63", "media-errors 7"]
  ) assert.deepEqual(port.line(`set ${line}`), [`2 set: ${line}`]);
  const shape = "2 set: say a name and a number";
  for (const line of ["spare", "spare ", "spare x", "spare NaN", "spare 5 6", ""]) {
    assert.deepEqual(port.line(`set ${line}`), [shape], line);
  }
  assert.deepEqual(port.line("set mood 5"), ["2 set: no value mood"]);
  assert.deepEqual(port.line("set spare 101"), ["2 set: spare: not from 0 to 100"]);
  assert.deepEqual(port.line("set used -1"), ["2 set: used: not from 0 to 255"]);
  assert.deepEqual(port.line("set temperature 1e9"), ["2 set: temperature: not from -273 to 1000"]);
});

Deno.test("a locked build refuses console lines that change the device", () => {
  const port = new FakePort(true, defineDevice(), "locked");
  assert.deepEqual(port.line("fault echo drop"), ["1 fault: refused, the build is locked"]);
  assert.deepEqual(ask(port, ECHO)?.body, ECHO);
});

Deno.test("events do their lines in order of time", () => {
  const device = defineDevice({
    events: [{ atMs: 200, line: "fault clear" }, { atMs: 100, line: "fault echo drop" }],
  });
  const port = new FakePort(true, device);
  const answers = [50, 100, 199, 200].map((nowMs) => {
    port.at(nowMs);
    return ask(port, ECHO) !== undefined;
  });
  assert.deepEqual(answers, [true, false, false, true]);
});

Deno.test("parseFault() reads every action, and refuses what is none", () => {
  assert.deepEqual(parseFault("admin.identify delay 500 after 2 times 3 probability 0.25"), {
    on: "admin.identify",
    action: { kind: "delay", ms: 500 },
    after: 2,
    times: 3,
    probability: 0.25,
  });
  assert.deepEqual(parseFault("mi.* mpr 30")?.action, { kind: "mpr", times100Ms: 30 });
  assert.deepEqual(parseFault("mi.* status 0x1f")?.action, { kind: "status", code: 31 });
  for (
    const line of [
      "",
      "echo",
      "echo burn",
      "echo delay",
      "echo delay -1",
      "echo delay 1.5",
      "echo status 256",
      "echo mpr 65536",
      "echo drop after",
      "echo drop sometimes 3",
      "echo drop probability 2",
    ]
  ) assert.equal(parseFault(line), undefined, line);
});

Deno.test("parseCommand() knows names, numbers and groups; isCommand() finds them", () => {
  const is = (name: string, ...octets: number[]) => {
    const pattern = parseCommand(name);
    assert.ok(pattern, name);
    return isCommand(pattern, Uint8Array.from(octets), octets.length);
  };
  assert.ok(is("admin.identify", 0x84, 0x10, 0, 0, 0x06));
  assert.ok(is("admin.*", 0x84, 0x10, 0, 0, 0x99));
  assert.ok(is("admin.0x99", 0x84, 0x10, 0, 0, 0x99));
  assert.ok(!is("admin.identify", 0x84, 0x08, 0, 0, 0x06));
  assert.ok(is("mi.shutdown", 0x84, 0x08, 0, 0, 0x0c));
  assert.ok(!is("mi.shutdown", 0x84, 0x08, 0, 0), "cut before its opcode");
  assert.ok(is("platform.get-pdr", 0x01, 0x80, 0x02, 0x51));
  assert.ok(!is("file.*", 0x01, 0x80, 0x02, 0x51));
  assert.ok(is("*", 0x55));
  for (const name of ["admin", "admin.", "admin.0x100", "nobody.*", "admin.10", ""]) {
    assert.equal(parseCommand(name), undefined, name);
  }
});
