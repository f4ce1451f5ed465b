import assert from "node:assert/strict";
import { ROOT } from "../support/built.ts";
import type { Said } from "../support/checkout.ts";
import { FakeUsb } from "../support/fake_usb.ts";
import { whyNoNamespace, withUsb } from "../support/usb_namespace.ts";
import { parseProbeList } from "../../toolkit/boards/probe.ts";
import { findProbeRs } from "../../toolkit/probe_rs/find.ts";

const A = "003200303133510F35333335";
const B = "003200303133510F35339999";
const C = "0031002F3133510F35333335";
const SELECTORS = [`0483:3754:${A}`, `0483:374e:${B}`, `0483:3754:${C}`];

const reason = whyNoNamespace();

/** Plugs three ST-Links in, one of them out of reach, for as long as the test takes. */
function deskTest(name: string, fn: (usb: FakeUsb) => Promise<void>): void {
  Deno.test({
    name: reason === undefined ? name : `${name}: skipped, ${reason}`,
    ignore: reason !== undefined,
    async fn() {
      using usb = new FakeUsb();
      usb.add({ name: "1-1", id: "0483:3754", serial: A });
      usb.add({ name: "1-2.4", id: "0483:374e", serial: B });
      usb.add({ name: "2-1", id: "0483:3754", serial: C, accessible: false });
      usb.add({ name: "1-3", id: "04d9:0169", serial: "KEYBOARD" });
      await fn(usb);
    },
  });
}

/** Runs the CLI on that desk, with the locks of the desk. */
function usbnvme(usb: FakeUsb, args: readonly string[], toml = ""): Promise<Said> {
  usb.write("work/usbnvme.toml", toml);
  const cli = [
    Deno.execPath(),
    "run",
    "-A",
    "--config",
    `${ROOT}/deno.json`,
    `${ROOT}/cli/main.ts`,
  ];
  const command = ["env", "-C", `${usb.root}/work`, ...cli, ...args];
  return withUsb(usb, command, { USBNVME_LOCKS: `${usb.root}/locks` });
}

deskTest(
  "list sees the ST-Links that probe-rs sees, and which of them can be opened",
  async (usb) => {
    const probeRs = await findProbeRs();
    const stock = parseProbeList((await withUsb(usb, [probeRs.path, "list"])).out);
    const { out, err, code } = await usbnvme(usb, ["list", "--json"]);
    assert.equal(code, 0, err);
    const boards = JSON.parse(out).boards as { probe: string; accessible: boolean }[];
    assert.deepEqual(boards.map(({ probe }) => probe), SELECTORS);
    const own = boards.map(({ probe, accessible }) => `${probe} ${accessible}`).sort();
    assert.deepEqual(
      own,
      stock.map(({ selector, accessible }) => `${selector} ${accessible}`).sort(),
    );
    assert.deepEqual(boards.map(({ accessible }) => accessible), [true, true, false]);
  },
);

deskTest("list prints the udev rule where one cannot be opened", async (usb) => {
  const { out, err } = await usbnvme(usb, ["list"], `[alias]\nleft = "${A}"\n`);
  assert.match(out, new RegExp(`0483:3754:${A} +ST-Link V3 +left +ready`));
  assert.match(out, new RegExp(`0483:3754:${C} +ST-Link V3 +- +inaccessible`));
  assert.match(err, /SUBSYSTEM=="usb", ATTR\{idVendor\}=="0483".*TAG\+="uaccess"/);
});

deskTest("a command on several probes names them to be pasted, and ends with 8", async (usb) => {
  for (const args of [["uuid"], ["reset"], ["uuid", "--probe", "0032"]]) {
    const { code, out, err } = await usbnvme(usb, args);
    assert.equal(code, 8, err);
    assert.equal(out, "", "nothing is prompted for on standard output");
    const meant = args.includes("0032") ? SELECTORS.slice(0, 2) : SELECTORS;
    for (const selector of meant) assert.ok(err.includes(`--probe ${selector}`), err);
    assert.equal(/Which\?/.test(err), false, "nobody is asked without a terminal");
  }
});

deskTest(
  "on a terminal it asks which, on standard error, and goes on with the answer",
  async (usb) => {
    const cli = `${Deno.execPath()} run -A --config ${ROOT}/deno.json ${ROOT}/cli/main.ts`;
    usb.write("answer", "2\n");
    usb.write("asks.sh", `${cli} uuid >"${usb.root}/out"\n`);
    const asks = `script -qec "sh ${usb.root}/asks.sh" /dev/null <"${usb.root}/answer"`;
    const env = { USBNVME_LOCKS: `${usb.root}/locks` };
    const { out } = await withUsb(usb, ["sh", "-c", asks], env);
    assert.match(out, /Several probes:[^]*3 {2}0483:3754:0031[^]*Which\?/);
    assert.ok(out.includes(`error: Cannot`) && out.includes(SELECTORS[1]), out);
    assert.equal(Deno.readTextFileSync(`${usb.root}/out`), "");
  },
);

deskTest("a probe that is not there ends with 3, and says what is", async (usb) => {
  const { code, err } = await usbnvme(usb, ["uuid", "--probe", "7777"]);
  assert.equal(code, 3);
  for (const selector of SELECTORS) assert.ok(err.includes(selector), err);
  const full = await usbnvme(usb, ["uuid", "--probe", "0483:3754:0032"]);
  assert.equal(full.code, 3, "a full selector is never completed");
});

deskTest("part of a serial, or an alias, reaches probe-rs as a full selector", async (usb) => {
  // What is behind the made-up nodes is no ST-Link: that probe-rs fails to open it shows which it took.
  const toml = `[alias]\nleft = "${A}"\n`;
  for (const [word, selector] of [["9999", SELECTORS[1]], ["left", SELECTORS[0]]]) {
    const { code, err } = await usbnvme(usb, ["uuid", "--probe", word], toml);
    assert.ok(code === 3 || code === 11, `${code} ${err}`);
    assert.ok(err.includes(selector), err);
    assert.match(err, /Failed to open the debug probe/);
  }
});

deskTest("--all tries every probe, and says for each what became of it", async (usb) => {
  const { code, err } = await usbnvme(usb, ["uuid", "--all"]);
  assert.notEqual(code, 0);
  for (const selector of SELECTORS) assert.ok(err.includes(`error: ${selector}: `), err);
});

deskTest("completion probes gives serials and aliases", async (usb) => {
  const { out } = await usbnvme(usb, ["completion", "probes"], `[alias]\nleft = "${A}"\n`);
  assert.deepEqual(out.trim().split("\n"), ["left", A, B, C]);
});
