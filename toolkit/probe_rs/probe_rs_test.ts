import assert from "node:assert/strict";
import type { Run, RunOptions, RunResult } from "../process.ts";
import { ChipFileError, InterruptedError, VerifyMismatchError } from "./errors.ts";
import { ProbeRs, type Remote, type Target } from "./probe_rs.ts";
import { attachArguments } from "./attach_options.ts";

const TARGET: Target = { probe: "0483:3754:A", chipFile: "/chip.yaml", chip: "CHIP" };
const CHIP = "--chip CHIP --chip-description-path /chip.yaml --protocol swd --probe 0483:3754:A";

interface Call {
  readonly line: string;
  readonly options: RunOptions;
}

function recorded(
  result: Partial<RunResult> = {},
  remote?: Remote,
): { calls: Call[]; probeRs: ProbeRs } {
  const calls: Call[] = [];
  const run: Run = (command, options = {}) => {
    calls.push({ line: command.join(" "), options });
    return Promise.resolve({ code: 0, stdout: "", stderr: "", ...result });
  };
  const env = (name: string) =>
    ({ PATH: "/bin", PROBE_RS_PROBE: "other", RUST_LOG: "trace" })[name];
  return {
    calls,
    probeRs: new ProbeRs({ path: "probe-rs", version: [0, 32, 0], run, env, remote }),
  };
}

Deno.test("ProbeRs names probe, chip and chip file in each call, in a clean environment", async () => {
  const { calls, probeRs } = recorded();
  await probeRs.reset(TARGET);
  await probeRs.reset({ ...TARGET, speedKhz: 1000 }, { underReset: true });
  assert.deepEqual(calls.map(({ line }) => line), [
    `probe-rs reset ${CHIP}`,
    `probe-rs reset ${CHIP} --speed 1000 --connect-under-reset`,
  ]);
  const { env, clearEnv, detached } = calls[0].options;
  assert.equal(clearEnv, true);
  assert.equal(detached, true);
  assert.deepEqual(env, {
    NO_COLOR: "1",
    PROBE_RS_COLOR: "false",
    PROBE_RS_DISABLE_SETUP_HINTS: "1",
    RUST_BACKTRACE: "0",
    RUST_LOG: "error",
    PATH: "/bin",
  });
});

Deno.test("ProbeRs passes a server on", async () => {
  const { calls, probeRs } = recorded({}, { host: "ws://bmc:3000", token: "t" });
  await probeRs.reset(TARGET);
  assert.equal(calls[0].line, `probe-rs reset --host ws://bmc:3000 ${CHIP}`);
  assert.equal(calls[0].options.env?.PROBE_RS_REMOTE_TOKEN, "t");
});

Deno.test("ProbeRs.attach() asks once what its version can, and never halts nor catches", async () => {
  const help = "--no-timestamps --no-catch-reset --no-catch-hardfault --scan-region <R> --chip";
  const { calls, probeRs } = recorded({ stdout: help });
  await probeRs.attach(TARGET, { scan: [0x2000_0000, 0x2001_0000] });
  await probeRs.attach(TARGET, { scan: 0x2000_1234 });
  const quiet = "--no-timestamps --no-catch-reset --no-catch-hardfault";
  assert.deepEqual(calls.map(({ line }) => line), [
    "probe-rs attach --help",
    `probe-rs attach ${CHIP} ${quiet} --scan-region 0x20000000..0x20010000`,
    `probe-rs attach ${CHIP} ${quiet} --scan-region 0x20001234`,
  ]);
});

Deno.test("attachArguments() keeps to the options that a version has", () => {
  assert.deepEqual(attachArguments("--no-catch-hlt --scan-region <X>", 16), [
    "--no-catch-hlt",
    "--scan-region",
    "0x10",
  ]);
  assert.deepEqual(attachArguments("--rtt-scan-memory", [0, 1]), [
    "--rtt-scan-memory",
    "/dev/null",
  ]);
  assert.deepEqual(attachArguments("", 0), []);
});

Deno.test("ProbeRs.download() and verify() say what the file is and where it goes", async () => {
  const { calls, probeRs } = recorded();
  await probeRs.download(TARGET, "/i.bin", {
    format: "bin",
    baseAddress: 0x7000_0000,
    verify: true,
  });
  await probeRs.verify(TARGET, "/i.bin", { baseAddress: 0x7000_0000 });
  const bin = "--binary-format bin";
  assert.deepEqual(calls.map(({ line }) => line), [
    `probe-rs download ${CHIP} ${bin} --disable-progressbars --base-address 0x70000000 --verify /i.bin`,
    `probe-rs verify ${CHIP} ${bin} --base-address 0x70000000 /i.bin`,
  ]);
});

Deno.test("ProbeRs.verify() fails on a difference, though probe-rs ends with 0", async () => {
  const { probeRs } = recorded({ stdout: "Verification failed: contents do not match\n" });
  const options = { baseAddress: 0 };
  await assert.rejects(probeRs.verify(TARGET, "/i.bin", options), VerifyMismatchError);
});

Deno.test("ProbeRs.read32() reads words, and refuses anything else", async () => {
  const { calls, probeRs } = recorded({
    stdout: "08fff800: deadbeef 00000012\n08fff808: ffffffff\n",
  });
  const words = await probeRs.read32(TARGET, 0x08ff_f800, 3);
  assert.deepEqual([...words], [0xdeadbeef, 0x12, 0xffffffff]);
  assert.equal(calls[0].line, `probe-rs read ${CHIP} b32 0x8fff800 3`);
  await assert.rejects(probeRs.read32(TARGET, 0, 2), /gave no such words/);
  await assert.rejects(recorded({ stdout: "what" }).probeRs.read32(TARGET, 0, 1));
});

Deno.test("ProbeRs refuses a chip file of a relative path", async () => {
  const { calls, probeRs } = recorded();
  await assert.rejects(probeRs.reset({ ...TARGET, chipFile: "chip.yaml" }), ChipFileError);
  assert.equal(calls.length, 0);
});

Deno.test("ProbeRs says that it was interrupted, but takes the end of a log for one", async () => {
  const stop = new AbortController();
  stop.abort();
  const { probeRs } = recorded({ code: 143 });
  await assert.rejects(probeRs.reset(TARGET, { signal: stop.signal }), InterruptedError);
  await probeRs.attach(TARGET, { scan: 0, signal: stop.signal });
});
