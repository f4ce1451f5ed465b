import assert from "node:assert/strict";
import { buildOnce } from "../support/built.ts";
import { pattern, pause, ProbedTwin, XSPI2 } from "./support.ts";

Deno.test("download puts loader and image into a blank board, which then boots", async () => {
  const { image, loader } = await buildOnce();
  await using twin = await ProbedTwin.open({ strict: true });
  await Deno.writeFile(`${twin.folder}/loader.elf`, loader);
  await twin.must("download", "--binary-format", "elf", "--verify", `${twin.folder}/loader.elf`);
  const flashed = await twin.download(image.file, XSPI2);
  assert.equal(flashed.code, 0, flashed.stderr);
  assert.deepEqual(twin.board.state.externalFlash.subarray(0, image.file.length), image.file);
  assert.ok(twin.board.core.halted, "download leaves the core in its program");
  await twin.must("reset");
  assert.match(await twin.logged("usbnvme. device"), /8becee88-b237-40af-a95b-0fe57a21c3be/);
  assert.deepEqual(twin.errors, []);
});

Deno.test("a second image replaces the first by sectors, and what is no flash is refused", async () => {
  await using twin = await ProbedTwin.open();
  const [first, second] = [pattern(70_000, 1), pattern(5_000, 2)];
  assert.equal((await twin.download(first, XSPI2)).code, 0);
  assert.equal((await twin.download(second, XSPI2)).code, 0);
  const kept = twin.board.state.externalFlash;
  assert.deepEqual(kept.subarray(0, second.length), second);
  assert.ok(
    kept.subarray(second.length, 65_536).every((byte) => byte === 0xff),
    "erased by sectors",
  );
  assert.deepEqual(kept.subarray(65_536, 70_000), first.subarray(65_536), "the next sector stays");
  const outside = await twin.download(second, 0x6000_0000);
  assert.equal(outside.code, 1);
  assert.match(outside.stderr, /No flash memory contains/);
});

Deno.test("ST's algorithm leaves the external flash unmapped, so that --verify cannot read it", async () => {
  await using twin = await ProbedTwin.open();
  const { code, stderr } = await twin.download(pattern(5_000, 7), XSPI2, "--verify");
  assert.equal(code, 1);
  assert.match(stderr, /FAULT response/);
  assert.deepEqual(twin.board.state.externalFlash.subarray(0, 5_000), pattern(5_000, 7));
});

Deno.test("two twins are flashed at the same time", async () => {
  await using one = await ProbedTwin.open();
  await using two = await ProbedTwin.open();
  const images = [pattern(20_000, 3), pattern(30_000, 4)];
  const ends = await Promise.all([one.download(images[0], XSPI2), two.download(images[1], XSPI2)]);
  assert.deepEqual(ends.map(({ code }) => code), [0, 0]);
  for (const [i, { board }] of [one, two].entries()) {
    assert.deepEqual(board.state.externalFlash.subarray(0, images[i].length), images[i]);
  }
});

Deno.test("a probe-rs killed in mid-flash leaves a board that the next one flashes", async () => {
  await using twin = await ProbedTwin.open();
  const bytes = pattern(100_000, 5);
  await Deno.writeFile(`${twin.folder}/image.bin`, bytes);
  const place = ["--binary-format", "bin", "--base-address", "0x70000000"];
  await using child = twin.start("download", ...place, `${twin.folder}/image.bin`);
  // Init, two erases, a second Init and then pages: killed among the pages.
  while (twin.programs.length < 10) await pause();
  child.kill("SIGKILL");
  await Promise.all([child.output(), twin.free()]);
  const half = twin.board.state.externalFlash;
  assert.deepEqual(half.subarray(0, 4096), bytes.subarray(0, 4096));
  assert.ok(half.subarray(90_000, 100_000).every((byte) => byte === 0xff));
  assert.equal((await twin.download(bytes, XSPI2)).code, 0);
  assert.deepEqual(half.subarray(0, bytes.length), bytes);
});

Deno.test("a power cut in mid-flash leaves a board that the next download mends", async () => {
  await using twin = await ProbedTwin.open();
  const bytes = pattern(100_000, 6);
  await Deno.writeFile(`${twin.folder}/image.bin`, bytes);
  const place = ["--binary-format", "bin", "--base-address", "0x70000000"];
  await using child = twin.start("download", ...place, `${twin.folder}/image.bin`);
  while (twin.programs.length < 8) await pause();
  twin.board.powerCycle();
  assert.notEqual((await child.output()).code, 0);
  await twin.free();
  assert.equal((await twin.download(bytes, XSPI2)).code, 0);
  assert.deepEqual(twin.board.state.externalFlash.subarray(0, bytes.length), bytes);
});
