import assert from "node:assert/strict";
import { join } from "node:path";
import { AmbiguousProbeError, NoProbeError, SelectorError } from "./errors.ts";
import { listProbes, parseProbeList, selectProbes } from "./probe.ts";
import { FakeUsb } from "../../tests/support/fake_usb.ts";

const A = "003200303133510F35333335";
const B = "003200303133510F35339999";
const C = "0031002F3133510F35333335";

/** A machine with three ST-Links, one of another firmware, and a keyboard. */
function desk(): FakeUsb {
  const usb = new FakeUsb();
  usb.add({ name: "1-1", id: "0483:3754", serial: A });
  usb.add({ name: "1-2.4", id: "0483:374e", serial: B });
  usb.add({ name: "2-1", id: "0483:3754", serial: C, accessible: false });
  usb.add({ name: "1-3", id: "04d9:0169", serial: "KEYBOARD" });
  usb.add({ name: "1-4", id: "0483:5740", serial: "NOT-A-PROBE" });
  return usb;
}

async function selected(wanted: string[], options = {}): Promise<string[]> {
  using usb = desk();
  return (await selectProbes(wanted, { root: usb.root, ...options })).map((one) => one.selector);
}

Deno.test("listProbes() lists the ST-Links of all product ids, and nothing else", () => {
  using usb = desk();
  assert.deepEqual(
    listProbes({ root: usb.root }).map(({ selector, name, accessible }) => [
      selector,
      name,
      accessible,
    ]),
    [
      [`0483:3754:${A}`, "ST-Link V3", true],
      [`0483:374e:${B}`, "ST-Link V3", true],
      [`0483:3754:${C}`, "ST-Link V3", false],
    ],
  );
  assert.deepEqual(listProbes({ root: join(usb.root, "nowhere") }), []);
});

Deno.test("listProbes() writes a serial of raw bytes in hexadecimal, as probe-rs does", () => {
  using usb = new FakeUsb();
  usb.add({ name: "1-1", id: "0483:3748", serial: "ABCDEF" });
  assert.equal(listProbes({ root: usb.root })[0].selector, "0483:3748:414243444546");
});

Deno.test("listProbes() passes over a device that goes while it is looked at", () => {
  using usb = desk();
  Deno.removeSync(join(usb.root, "sys/bus/usb/devices/1-1/idVendor"));
  assert.equal(listProbes({ root: usb.root }).length, 2);
});

Deno.test("selectProbes() takes a full selector, a serial, and a unique beginning or end", async () => {
  assert.deepEqual(await selected([`0483:3754:${A}`]), [`0483:3754:${A}`]);
  assert.deepEqual(await selected([A]), [`0483:3754:${A}`]);
  assert.deepEqual(await selected([A.toLowerCase()]), [`0483:3754:${A}`]);
  assert.deepEqual(await selected(["0031"]), [`0483:3754:${C}`]);
  assert.deepEqual(await selected(["9999"]), [`0483:374e:${B}`]);
  assert.deepEqual(await selected(["0483:374e"]), [`0483:374e:${B}`]);
  assert.deepEqual(await selected(["9999", B, "0031"]), [`0483:374e:${B}`, `0483:3754:${C}`]);
});

Deno.test("selectProbes() takes aliases, twins, and selectors of other makes as they are", async () => {
  const aliases = new Map([["left", A], ["ci", "twin:unix:/run/twin"], ["jlink", "1366:0101:1"]]);
  assert.deepEqual(await selected(["left"], { aliases }), [`0483:3754:${A}`]);
  assert.deepEqual(await selected(["ci"], { aliases }), ["20b7:9db1:unix:/run/twin"]);
  assert.deepEqual(await selected(["twin:localhost:4000"]), ["20b7:9db1:tcp:localhost:4000"]);
  assert.deepEqual(await selected(["twin:4000:1"]), ["20b7:9db1:tcp:4000:1"]);
  assert.deepEqual(await selected(["20b7:9db1:unix:/x:y z"]), ["20b7:9db1:unix:/x:y z"]);
  assert.deepEqual(await selected(["1366:0101-2:0012"]), ["1366:0101-2:0012"]);
  using usb = desk();
  const [probe] = await selectProbes(["left"], { root: usb.root, aliases });
  assert.equal(probe.alias, "left");
  assert.equal(probe.serial, A);
});

Deno.test("selectProbes() without a wish takes the only ST-Link", async () => {
  using usb = new FakeUsb();
  usb.add({ name: "1-1", id: "0483:3754", serial: A });
  usb.add({ name: "1-3", id: "04d9:0169" });
  const [probe, ...more] = await selectProbes([], { root: usb.root });
  assert.equal(probe.selector, `0483:3754:${A}`);
  assert.deepEqual(more, []);
});

Deno.test("selectProbes() names the candidates where several could be meant", async () => {
  for (const wanted of [[], ["0032"], ["35333335"], ["0483:3754"]]) {
    await assert.rejects(selected(wanted), (error: unknown) => {
      assert.ok(error instanceof AmbiguousProbeError);
      assert.equal(error.candidates.length, wanted.length === 0 ? 3 : 2);
      for (const { selector } of error.candidates) assert.ok(error.message.includes(selector));
      return true;
    });
  }
});

Deno.test("selectProbes() takes what is chosen on a terminal", async () => {
  const asked: number[] = [];
  const choose = (candidates: readonly unknown[]) => {
    asked.push(candidates.length);
    return Promise.resolve(1);
  };
  assert.deepEqual(await selected([], { choose }), [`0483:374e:${B}`]);
  assert.deepEqual(asked, [3]);
  const wrong = () => Promise.resolve(3);
  await assert.rejects(selected([], { choose: wrong }), AmbiguousProbeError);
});

Deno.test("selectProbes() says what there is when it is not what was wanted", async () => {
  await assert.rejects(selected(["7777"]), (error: unknown) => {
    assert.ok(error instanceof NoProbeError);
    assert.equal(error.found.length, 3);
    assert.match(error.message, /^Cannot find the probe "7777": there is 0483:3754:/);
    return true;
  });
  // Neither a part of a serial in a full selector, nor an index, nor another product.
  await assert.rejects(selected([`0483:3754:${A.slice(0, 8)}`]), NoProbeError);
  await assert.rejects(selected([`0483:374f:${A}`]), NoProbeError);
  using usb = new FakeUsb();
  await assert.rejects(selectProbes([], { root: usb.root }), /no ST-Link is plugged in/);
  await assert.rejects(selectProbes([], { root: usb.root, all: true }), NoProbeError);
  const aliases = new Map([["ci", "twin:unix:/run/twin"], ["gone", A]]);
  for (const wanted of [[], ["7777"]]) {
    await assert.rejects(
      selectProbes(wanted, { root: usb.root, aliases }),
      /there is 20b7:9db1:unix:\/run\/twin \(twin ci\)$/,
    );
  }
});

Deno.test("selectProbes() takes no index, even where a serial ends with it", async () => {
  for (const index of ["0", "1", "5", "35", "335"]) {
    await assert.rejects(selected([index]), SelectorError, index);
  }
  assert.deepEqual(await selected(["1"], { aliases: new Map([["1", A]]) }), [`0483:3754:${A}`]);
});

Deno.test("selectProbes() refuses what is no selector", async () => {
  for (
    const wrong of ["", "twin:", "twin:unix:", "twin:host", "twin:host:99999", "a b", "0483/1"]
  ) {
    await assert.rejects(selected([wrong]), SelectorError, wrong);
  }
});

Deno.test("selectProbes() with all takes every ST-Link, and the aliases that are none", async () => {
  const aliases = new Map([["left", A], ["full", `0483:3754:${A}`], ["ci", "twin:unix:/run/twin"]]);
  assert.deepEqual(await selected([], { all: true, aliases }), [
    `0483:3754:${A}`,
    `0483:374e:${B}`,
    `0483:3754:${C}`,
    "20b7:9db1:unix:/run/twin",
  ]);
  assert.deepEqual(await selected(["0031"], { all: true, aliases }), [`0483:3754:${C}`]);
});

Deno.test("parseProbeList() reads what probe-rs lists", () => {
  const text = "The following debug probes were found:\n" +
    "[0]: STLink V3 -- 0483:3754:0031002F3133510F35333335 (ST-LINK) (inaccessible)\n" +
    "[1]: FT2232H -- 0403:6010-1: (FTDI)\n";
  assert.deepEqual(parseProbeList(text), [
    {
      selector: "0483:3754:0031002F3133510F35333335",
      name: "STLink V3",
      serial: "0031002F3133510F35333335",
      accessible: false,
    },
    { selector: "0403:6010-1:", name: "FT2232H", serial: undefined, accessible: true },
  ]);
  assert.deepEqual(parseProbeList("No debug probes were found.\n"), []);
});
