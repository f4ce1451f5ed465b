import assert from "node:assert/strict";
import { readElf } from "../../toolkit/elf/read.ts";
import { buildOnce, buildVariant } from "../support/built.ts";
import { Checkout } from "../support/checkout.ts";

Deno.test("build writes the same bytes again, and from another folder", async () => {
  await buildOnce();
  await using one = await Checkout.copy();
  await using two = await Checkout.copy();
  for (const checkout of [one, one, two]) {
    const { code, err } = await checkout.usbnvme(["build", "--out", "build/a.elf"]);
    assert.equal(code, 0, err);
  }
  const [first, second] = [await one.read("build/a.elf"), await two.read("build/a.elf")];
  assert.deepEqual(first, second);
  assert.deepEqual(await one.read("build/a.json"), await two.read("build/a.json"));
  const text = new TextDecoder("latin1").decode(first);
  assert.ok(!text.includes(one.root) && !text.includes("/root/"), "no path of this machine");
});

Deno.test("build prints as JSON what it writes beside the image", async () => {
  await buildOnce();
  await using checkout = await Checkout.copy();
  const { code, out, err } = await checkout.usbnvme(
    ["build", "--json", "--usb-id", "1209:00ab", "--manufacturer", "ACME", "--out", "x/y.elf"],
  );
  assert.equal(code, 0, err);
  const report = JSON.parse(out);
  assert.deepEqual(report, JSON.parse(new TextDecoder().decode(await checkout.read("x/y.json"))));
  assert.deepEqual(report.usb, { id: "1209:00ab", manufacturer: "ACME", product: "usbnvme-0.1" });
  assert.equal(report.revision, "unversioned");
  const { usedBytes, peakBytes, sizeBytes, leastFreeBytes, budgetBytes } = report.scriptHeap;
  assert.ok(usedBytes > 65_536 && usedBytes <= peakBytes && peakBytes <= budgetBytes, "heap");
  assert.ok(
    budgetBytes < sizeBytes && leastFreeBytes > 0 && leastFreeBytes <= sizeBytes - peakBytes,
  );
  assert.match(report.script.sha256, /^[0-9a-f]{64}$/);
  assert.ok(report.script.sources.includes("firmware_ts/main.ts"));
  const file = await checkout.read("x/y.elf");
  assert.equal(report.imageBytes, file.length);
  const block = readElf(file).segments.at(-1)!.bytes;
  const view = new DataView(block.buffer, block.byteOffset);
  assert.equal(view.getUint16(24, true), 0x1209);
  assert.equal(view.getUint16(26, true), 0x00ab);
});

Deno.test("build refuses a device whose values are out of range, each with its place", async () => {
  await buildOnce();
  await using checkout = await Checkout.copy();
  const wild = `import { defineDevice } from "usbnvme/device";
export default defineDevice({
  controllers: 65,
  faults: [{ on: "admin.identfy", action: { kind: "drop" } }],
});`;
  await checkout.append("wild.ts", wild);
  const { code, err } = await checkout.usbnvme(["build", "--device", "wild.ts"]);
  assert.equal(code, 5, err);
  assert.match(err, /wild\.ts:3:3: controllers: 65, not a whole number from 1 to 64/);
  assert.match(err, /wild\.ts:4:14: faults\[0\]\.on: there is no command "admin\.identfy"/);
});

Deno.test("build goes on without a figure of the heap, and says why", async () => {
  await buildOnce();
  await using checkout = await Checkout.copy();
  const broken = `import { defineDevice } from "usbnvme/device";
export default defineDevice({ get faults(): never { throw new RangeError("no faults"); } });`;
  await checkout.append("broken.ts", broken);
  const cases = [
    [["--product", "no twin"], { USBNVME_UNICORN: "/nowhere/libunicorn.so" }, /needs libunicorn/],
    [["--device", "broken.ts"], {}, /does not start on the twin: .*RangeError: no faults/],
  ] as const;
  for (const [args, env, text] of cases) {
    const { code, out, err } = await checkout.usbnvme(["build", "--json", ...args], env);
    assert.equal(code, 0, err);
    assert.match(err, text);
    assert.equal(JSON.parse(out).scriptHeap, undefined);
  }
});

Deno.test("build names what is wrong, and leaves the old image untouched", async (t) => {
  await buildOnce();
  await using checkout = await Checkout.copy();
  assert.equal((await checkout.usbnvme(["build"])).code, 0);
  const before = await checkout.read("build/usbnvme.elf");
  const refuse = async (
    name: string,
    code: number,
    text: RegExp,
    args: readonly string[],
    env: Record<string, string> = {},
  ) => {
    await t.step(name, async () => {
      const said = await checkout.usbnvme(["build", ...args], env);
      assert.match(said.err, text);
      assert.equal(said.code, code);
      assert.equal(said.out, "");
      assert.deepEqual(await checkout.read("build/usbnvme.elf"), before);
    });
  };
  await refuse(
    "an unknown feature",
    2,
    /feature "fast": no such[^]*remedy: use one of: no-offload/,
    [
      "--feature",
      "fast",
    ],
  );
  await refuse("an unknown option", 2, /"--faeture": build has no such option/, ["--faeture", "x"]);
  await refuse(
    "a folder that is no JerryScript",
    2,
    /no jerry-core.*\n?[^]*remedy: name the folder/,
    [
      "--jerryscript",
      "chip",
    ],
  );
  const path = Deno.execPath().replace(/\/[^/]+$/, "");
  await refuse("a missing tool", 6, /Cannot run "rustc"[^]*remedy: install Rust/, [], {
    PATH: path,
  });

  const main = new TextDecoder().decode(await checkout.read("firmware_ts/main.ts"));
  const lines = main.split("\n").length;
  await checkout.append("firmware_ts/main.ts", 'export const text = JSON.stringify("x");\n');
  const place = new RegExp(`firmware_ts/main\\.ts:${lines}:21: Cannot find name 'JSON'`);
  await refuse("a global that the engine lacks", 5, place, []);
  await Deno.writeTextFile(
    `${checkout.root}/firmware_ts/main.ts`,
    `${main}const x: number = "a";\n`,
  );
  await refuse(
    "a type error",
    5,
    new RegExp(`firmware_ts/main\\.ts:${lines}:7: Type 'string'`),
    [],
  );
  const big = `${main}export const big = "${
    "x".repeat(80_000)
  }";\n(globalThis as { b?: string }).b = big;\n`;
  await Deno.writeTextFile(`${checkout.root}/firmware_ts/main.ts`, big);
  await refuse("a script too big for its region", 5, /Cannot fit \d+ bytes in AXI SRAM/, []);
});

Deno.test("build makes debug images and images without a serial log", async () => {
  const { image } = await buildOnce();
  const debug = await buildVariant({ debug: true });
  assert.equal(debug.report.debug, true);
  assert.notEqual(debug.report.base, image.report.base);
  const quiet = await buildVariant({ serialLog: false });
  assert.notEqual(quiet.report.base, image.report.base);
  const used = (of: typeof image) =>
    of.report.regions.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  assert.ok(used(quiet) < used(image));
});
