import assert from "node:assert/strict";
import { checkDescriptors } from "../../../twin/usb/check_descriptors.ts";
import { setupPacket } from "../../../twin/usb/device.ts";
import { UsbHost } from "../../../twin/usb/host.ts";
import { EchoFunction } from "./echo_function.ts";
import { Rig } from "./rig.ts";
import { ScriptedDriver } from "./scripted_driver.ts";

function setUp() {
  const rig = new Rig();
  const echo = new EchoFunction();
  const driver = new ScriptedDriver(rig, echo);
  driver.start();
  const host = new UsbHost(rig.otg.port, rig.clock, rig.clock.pump);
  return { rig, driver, host, echo };
}

Deno.test("UsbHost.enumerate() addresses and configures a device at its registers", () => {
  const { rig, driver, host } = setUp();
  const { descriptor, set, device } = host.enumerate();
  assert.equal(descriptor.vendor, 0x1209);
  assert.equal(set.speed, "high");
  assert.equal(device.address, 1);
  assert.equal((rig.read("DCFG") >>> 4) & 0x7f, 1);
  assert.equal(host.string(descriptor.productIndex), "Echo");
  assert.deepEqual(checkDescriptors(set), []);
  assert.deepEqual(driver.events, ["suspend", "reset", "speed 0"]);
  assert.deepEqual(rig.unmodelled, []);
});

Deno.test("UsbHost.bulkOut() and bulkIn() move packets of every size, in order", () => {
  const { rig, driver, host } = setUp();
  host.enumerate();
  for (const size of [1, 2, 3, 4, 5, 63, 64, 65, 511, 512, 0]) {
    const sent = Uint8Array.from({ length: size }, (_, i) => i * 7 + size);
    host.bulkOut(0x01, sent);
    assert.deepEqual(host.bulkIn(0x81, 512), sent, `${size} bytes`);
  }
  assert.equal(driver.overflows, 0);
  assert.deepEqual(rig.unmodelled, []);
});

Deno.test("UsbHost moves a long transfer with both directions queued", () => {
  const { driver, host } = setUp();
  host.enumerate();
  const sent = Uint8Array.from({ length: 20_000 }, (_, i) => i ^ (i >> 8));
  const out = host.queueOut(0x01, sent);
  assert.deepEqual(host.bulkIn(0x81, 20_000), sent);
  assert.equal(host.finish(out).actualBytes, 20_000);
  assert.equal(driver.overflows, 0);
});

Deno.test("UsbHost ends a transfer of whole packets with a zero packet if asked", () => {
  const { host } = setUp();
  host.enumerate();
  const out = host.queueOut(0x01, new Uint8Array(1024), { zeroPacket: true });
  assert.equal(host.bulkIn(0x81, 4096).length, 1024);
  host.finish(out);
});

Deno.test("UsbHost.bulkIn() times out in virtual time while the device answers NAK", () => {
  const { rig, host } = setUp();
  host.enumerate();
  const before = rig.clock.nowNs;
  assert.throws(() => host.bulkIn(0x81, 64, { timeoutMs: 50 }), { name: "TimeoutError" });
  assert.equal(Math.round(rig.clock.nowNs - before), 50_000_000);
});

Deno.test("UsbHost.control() moves data stages of any length both ways", () => {
  const { host } = setUp();
  host.enumerate();
  for (const length of [1, 8, 63, 64, 65, 128, 200]) {
    const data = Uint8Array.from({ length }, (_, i) => i + length);
    host.control(setupPacket(0x40, 1, 0, 0, length), data);
    assert.deepEqual(host.control(setupPacket(0xc0, 2, 0, 0, 255)), data, `${length} bytes`);
    assert.deepEqual(host.control(setupPacket(0xc0, 2, 0, 0, length)), data);
  }
});

Deno.test("UsbHost.control() reports STALL and the next request goes through", () => {
  const { host } = setUp();
  host.enumerate();
  for (const setup of [setupPacket(0xc0, 9, 0, 0, 4), setupPacket(0x40, 9, 0, 0, 0)]) {
    assert.throws(() => host.control(setup), { name: "StallError" });
    assert.equal(host.control(setupPacket(0x80, 6, 0x0100, 0, 18)).length, 18);
  }
});

Deno.test("UsbHost.interruptIn() polls at the endpoint's interval", () => {
  const { rig, host } = setUp();
  host.enumerate();
  const times = [1, 2, 3].map((expected) => {
    assert.deepEqual(host.interruptIn(0x82, 8), Uint8Array.of(expected));
    return Math.floor(rig.clock.nowNs / 1_000_000);
  });
  assert.deepEqual(times.map((time) => time - times[0]), [0, 1, 2]);
});

Deno.test("UsbHost sees a halted endpoint until it clears the halt", () => {
  const { host } = setUp();
  host.enumerate();
  host.control(setupPacket(0x02, 3, 0, 0x81, 0));
  assert.throws(() => host.bulkIn(0x81, 64), { name: "StallError" });
  host.clearHalt(0x81);
  host.bulkOut(0x01, Uint8Array.of(5));
  assert.deepEqual(host.bulkIn(0x81, 64), Uint8Array.of(5));
});

Deno.test("UsbHost suspends, resumes, and the device goes on", () => {
  const { driver, host } = setUp();
  host.enumerate();
  driver.events.length = 0;
  host.suspend();
  host.resume();
  assert.deepEqual(driver.events, ["suspend", "resume"]);
  host.bulkOut(0x01, Uint8Array.of(9));
  assert.deepEqual(host.bulkIn(0x81, 64), Uint8Array.of(9));
});

Deno.test("UsbHost enumerates again after a pulled cable", () => {
  const { driver, host } = setUp();
  host.enumerate();
  const read = host.queueIn(0x81, 64);
  host.unplug();
  assert.equal(read.result?.fault, "disconnected");
  assert.throws(() => host.enumerate({ attachMs: 5 }), /cable is not plugged in/);
  host.plug();
  host.enumerate();
  host.bulkOut(0x01, Uint8Array.of(1, 2));
  assert.deepEqual(host.bulkIn(0x81, 64), Uint8Array.of(1, 2));
  assert.ok(driver.events.includes("suspend"));
});

Deno.test("UsbHost.enumerate() names the gate that keeps the device away", () => {
  const cases: [RegExp, (rig: Rig) => void][] = [
    [/not powered/, (rig) => rig.gates.usbPowered = false],
    [/stands still/, (rig) => rig.gates.phyReferenceHz = 0],
    [/32000000 Hz/, (rig) => rig.gates.phyReferenceHz = 32_000_000],
    [/reserved code/, (rig) => rig.gates.phyExpectedHz = 0],
    [/soft disconnect/, (rig) => rig.write("DCTL", 2)],
    [/no valid session/, (rig) => rig.write("GCCFG_V3", 0)],
    [/PHYSEL/, (rig) => rig.write("GUSBCFG", (1 << 30) | (1 << 6))],
  ];
  for (const [message, spoil] of cases) {
    const { rig, host } = setUp();
    spoil(rig);
    assert.throws(() => host.enumerate({ attachMs: 3 }), message);
  }
});

Deno.test("HostController keeps to the cost of a transaction and to microframes", () => {
  const { rig, host } = setUp();
  host.enumerate();
  // Two transactions of 512 bytes at (512 + 55) / 60 microseconds, the device answering at once.
  host.idle(1 - (rig.clock.nowNs % 1_000_000) / 1_000_000);
  const before = rig.clock.nowNs;
  host.bulkOut(0x01, new Uint8Array(512));
  assert.equal(Math.round(rig.clock.nowNs - before), 9450);
  host.bulkIn(0x81, 512);
  assert.equal(Math.round(rig.clock.nowNs - before), 18900);
  host.idle(0.1);
  const late = rig.clock.nowNs;
  assert.equal(Math.floor(late / 125_000), Math.floor(before / 125_000));
  host.bulkOut(0x01, new Uint8Array(512));
  assert.equal(Math.round(rig.clock.nowNs % 125_000), 9450, "starts in the next microframe");
});
