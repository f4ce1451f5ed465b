import assert from "node:assert/strict";
import type { Board } from "../../twin/board.ts";
import { cachedChipFile } from "../../toolkit/boards/chip_file_cache.ts";
import { ownAlgorithm } from "../../toolkit/boards/own_algorithm.ts";
import { loaderProgram, testProgram } from "../support/board_programs.ts";
import { ROOT } from "../support/built.ts";
import { pattern, pause, ProbedTwin, XSPI2 } from "./support.ts";

async function ownChipFile(): Promise<string> {
  const external = await ownAlgorithm({ root: ROOT, onProgress: (line) => console.error(line) });
  return await cachedChipFile({ external });
}

/** A board with a flash algorithm: the project's own, or probe-rs's for this flash. */
async function open(own: boolean): Promise<ProbedTwin> {
  const chipFile = own ? await ownChipFile() : undefined;
  return await ProbedTwin.open({ strict: own }, { chipFile });
}

Deno.test("the own algorithm and ST's flash the same bytes, kept over a loss of power; their costs", async () => {
  const bytes = pattern(150_000, 8);
  for (const own of [false, true]) {
    await using twin = await open(own);
    const { code, stderr } = await twin.download(bytes, XSPI2);
    assert.equal(code, 0, stderr);
    twin.board.powerCycle();
    const kept = twin.board.state.externalFlash;
    assert.deepEqual(kept.subarray(0, bytes.length), bytes);
    assert.ok(kept.subarray(bytes.length, bytes.length + 70_000).every((byte) => byte === 0xff));
    const sum = (of: (run: typeof twin.programs[number]) => number) =>
      twin.programs.reduce((sum, run) => sum + of(run), 0);
    const ms = (sum((run) => run.virtualNs) / 1e6).toFixed(0);
    const millions = (sum((run) => run.instructions) / 1e6).toFixed(1);
    const name = own ? "own" : "ST's";
    console.log(`${name}: ${ms} ms, ${millions} M instructions, ${twin.programs.length} calls`);
    assert.deepEqual(twin.errors, []);
  }
});

Deno.test("the own algorithm verifies and reads what is not mapped, and finds what differs", async () => {
  await using twin = await open(true);
  const bytes = pattern(40_001, 9);
  const flashed = await twin.download(bytes, XSPI2, "--verify");
  assert.equal(flashed.code, 0, flashed.stderr);
  const place = ["--binary-format", "bin", "--base-address", "0x70000000"];
  const file = `${twin.folder}/download.bin`;
  assert.match(await twin.must("verify", ...place, file), /Verification successful/);
  twin.board.state.externalFlash[40_000] ^= 1;
  assert.match((await twin.run("verify", ...place, file)).stdout, /Verification failed/);
});

Deno.test("the own algorithm erases a block that was written, and spares the next", async () => {
  await using twin = await open(true);
  twin.board.state.externalFlash.fill(0x5a, 0, 200_000);
  const bytes = pattern(300, 10);
  assert.equal((await twin.download(bytes, XSPI2 + 65_536, "--verify")).code, 0);
  const kept = twin.board.state.externalFlash;
  assert.deepEqual(kept.subarray(65_536, 65_836), bytes);
  assert.ok(kept.subarray(65_836, 131_072).every((byte) => byte === 0xff));
  assert.ok(kept.subarray(0, 65_536).every((byte) => byte === 0x5a));
  assert.ok(kept.subarray(131_072, 200_000).every((byte) => byte === 0x5a));
});

/** Boots a program that leaves the flash in octal mode and resets, and catches the core behind that. */
async function leftIn(mode: "STR OPI" | "DTR OPI", chipFile?: string): Promise<ProbedTwin> {
  const [program, loader] = [await testProgram("octal_left"), await loaderProgram()];
  // The loader resets the flash; the program's second start leaves it in the other octal mode.
  const last = mode === "STR OPI" ? "ok power-on" : "ok back from octal mode";
  const onLine = (line: string, { core }: Board) => {
    if (!line.includes(last)) return;
    core.busWrite(0xe000_edf0, 4, 0xa05f_0001);
    core.busWrite(0xe000_edfc, 4, 1);
  };
  const twin = await ProbedTwin.open({ image: program, loader }, { chipFile, onLine });
  const { core } = twin.board;
  while (!core.halted) await pause();
  assert.equal(twin.board.system.externalFlash.mode, mode);
  return twin;
}

Deno.test("both algorithms take a flash that was left in octal mode, at one edge and at both", async () => {
  for (const own of [true, false]) {
    for (const mode of ["STR OPI", "DTR OPI"] as const) {
      await using twin = await leftIn(mode, own ? await ownChipFile() : undefined);
      const bytes = pattern(2_000, 11);
      const flashed = await twin.download(bytes, XSPI2, ...own ? ["--verify"] : []);
      assert.equal(flashed.code, 0, flashed.stderr);
      assert.deepEqual(twin.board.state.externalFlash.subarray(0, 2_000), bytes);
    }
  }
});
