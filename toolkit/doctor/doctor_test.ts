import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { FakeUsb } from "../../tests/support/fake_usb.ts";
import { lockProbe } from "../boards/lock.ts";
import { ToolMissingError } from "../errors.ts";
import { ProbeRs } from "../probe_rs/probe_rs.ts";
import type { Run } from "../process.ts";
import type { Machine } from "./finding.ts";
import { kernelFinding } from "./kernel.ts";
import { probeFindings } from "./probes.ts";
import { buildTools, probeTools } from "./tools.ts";

const REPOSITORY = new URL("../..", import.meta.url).pathname;

/** A machine whose programs say what `said` has by command line; all others are not there. */
function machine(said: Readonly<Record<string, string>>, more: Partial<Machine> = {}): Machine {
  const run: Run = (command) => {
    const stdout = said[command.join(" ")];
    return stdout === undefined
      ? Promise.reject(new ToolMissingError(command[0]))
      : Promise.resolve({ code: 0, stdout, stderr: "" });
  };
  const env = () => undefined;
  return {
    repository: REPOSITORY,
    root: "/x",
    run,
    env,
    denoVersion: "2.9.6",
    isRoot: false,
    ...more,
  };
}

const states = (findings: readonly { name: string; state: string }[]) =>
  findings.map(({ name, state }) => `${name} ${state}`);

Deno.test("buildTools() finds all bad on a bare machine, each with its remedy", async () => {
  const findings = await buildTools(machine({}, { denoVersion: "2.8.1" }));
  assert.deepEqual(states(findings), [
    "Deno bad",
    "Rust bad",
    "cargo bad",
    "Rust target bad",
    "C compiler bad",
  ]);
  for (const { remedy, name } of findings) assert.ok(remedy?.length, name);
  assert.deepEqual(findings[1].remedy, ["install rustup", "deno task setup"]);
  const [, , cargo] = await buildTools(machine({ "rustup --version": "rustup 1.28.0\n" }));
  assert.deepEqual(cargo.remedy, ["deno task setup"]);
});

Deno.test("buildTools() wants the pinned Rust, and says which there is", async () => {
  const [, rust] = await buildTools(machine({ "rustc --version": "rustc 1.63.0 (x)\n" }));
  assert.equal(rust.state, "bad");
  assert.match(rust.told, /^rustc 1\.63\.0 \(x\), not \d+\.\d+/);
});

Deno.test("probeTools() names a missing, an old and an untested probe-rs", async () => {
  // The chip file may be made in the cache of this machine: it is the same for all.
  const env = (name: string) => Deno.env.get(name);
  const look = async (said: Readonly<Record<string, string>>) =>
    (await probeTools(machine(said, { env }), "p")).findings[0];
  assert.equal((await look({})).state, "bad");
  const old = await look({ "p mi meta": '{"version":"0.20.0"}' });
  assert.deepEqual([old.state, old.remedy], ["bad", ["deno task setup --probe-rs"]]);
  const newer = await look({ "p mi meta": '{"version":"0.99.0"}' });
  assert.deepEqual([newer.name, newer.state], ["probe-rs", "note"]);
  assert.match(newer.told, /0\.99\.0, p; tested is 0\.32\.0/);
});

Deno.test("probeFindings() tells of no USB, no ST-Link, and one that may not be opened", async () => {
  assert.deepEqual(states(await probeFindings(machine({}, { root: "/nonexistent" }), {})), [
    "USB note",
  ]);
  using usb = new FakeUsb();
  usb.add({ name: "1-3", id: "04d9:0169" });
  const look = () => probeFindings(machine({}, { root: usb.root }), {});
  assert.deepEqual(states(await look()), ["udev rule note", "ST-Link note"]);
  usb.add({ name: "1-1", id: "0483:3754", serial: "0031", accessible: false });
  const findings = await look();
  assert.deepEqual(states(findings), ["udev rule bad", "ST-Link bad"]);
  assert.match(findings[1].remedy!.join("\n"), /SUBSYSTEM=="usb".*sudo tee/);
  usb.write("etc/udev/rules.d/70-x.rules", '# "0483"\nATTR{idVendor}=="0483", MODE="0666"\n');
  assert.equal((await look())[0].told, "/etc/udev/rules.d/70-x.rules");
});

Deno.test("probeFindings() talks through each ST-Link, and knows an outdated firmware", async () => {
  using usb = new FakeUsb();
  // Locks are the whole machine's: no other run of this test has this serial.
  const serial = crypto.randomUUID();
  usb.add({ name: "1-1", id: "0483:3754", serial });
  const look = async (code: number, stdout: string, stderr: string) => {
    const run: Run = () => Promise.resolve({ code, stdout, stderr });
    const probeRs = new ProbeRs({ path: "p", version: [0, 32, 0], run });
    const here = machine({}, { root: usb.root, isRoot: true });
    return (await probeFindings(here, { probeRs, chipFile: "/c" })).at(-1)!;
  };
  const well = await look(0, "00000000 00000000 00000000\n", "");
  assert.equal(well.state, "ok");
  assert.match(well.told, /board 8dcaaa9b-4362-40ce-9efb-bdd7d764c88a/);
  const old = "Error: The firmware on the probe is outdated, and not supported by probe-rs.";
  const outdated = await look(1, "", old);
  assert.match(outdated.remedy![0], /update the ST-Link's firmware/);
  const dead = await look(1, "", "Error: Connecting to the chip was unsuccessful.");
  assert.equal(dead.state, "bad");
  const selector = `0483:3754:${serial}`;
  using _lock = lockProbe(selector, { command: "usbnvme logs" });
  const busy = await look(0, "", "");
  assert.deepEqual([busy.state, /`usbnvme logs`/.test(busy.told)], ["note", true]);
});

Deno.test("kernelFinding() reads the kernel's configuration, else its modules", () => {
  using usb = new FakeUsb();
  const { root } = usb;
  usb.write("proc/sys/kernel/osrelease", "6.15.0\n");
  assert.equal(kernelFinding({ root }).state, "note");
  usb.write("lib/modules/6.15.0/modules.dep", "kernel/net/mctp/mctp.ko.xz:\n");
  assert.match(kernelFinding({ root }).told, /shows no mctp-usb driver/);
  usb.write(
    "lib/modules/6.15.0/modules.builtin",
    "kernel/net/mctp/mctp.ko\nkernel/x/mctp-usb.ko\n",
  );
  assert.equal(kernelFinding({ root }).state, "ok");
  usb.write("boot/config-6.15.0", "CONFIG_MCTP=y\n# CONFIG_MCTP_TRANSPORT_USB is not set\n");
  assert.match(kernelFinding({ root }).told, /without CONFIG_MCTP_TRANSPORT_USB$/);
  const config = gzipSync("CONFIG_MCTP=y\nCONFIG_MCTP_TRANSPORT_USB=m\n");
  Deno.writeFileSync(join(root, "proc/config.gz"), config);
  assert.equal(kernelFinding({ root }).state, "ok");
});
