import assert from "node:assert/strict";
import { identityOf } from "../../toolkit/boards/identity.ts";
import { buildOnce } from "../support/built.ts";
import { Desk } from "./desk.ts";
import { alias, pause, ProbedTwin, uniqueId } from "./support.ts";

/** Writes the image beside the project file, and gives its name. */
async function imageOn(desk: Desk): Promise<string> {
  const { image } = await buildOnce();
  await Deno.writeFile(`${desk.folder}/image.elf`, image.file);
  return "image.elf";
}

Deno.test("flash --loader --all brings two blank boards up, and each tells its own UUID", async () => {
  await using left = await ProbedTwin.open({ uniqueId: uniqueId(1) });
  await using right = await ProbedTwin.open({ uniqueId: uniqueId(2) });
  await using desk = await Desk.make({ left: alias(left), right: alias(right) });
  const image = await imageOn(desk);
  const { code, out, err } = await desk.usbnvme("flash", image, "--loader", "--all", "--json");
  assert.equal(code, 0, err);
  const { report } = (await buildOnce()).image;
  const said = out.trim().split("\n").map((line) => JSON.parse(line));
  for (const [twin, last] of [[left, 1], [right, 2]] as const) {
    const one = said.find(({ probe }) => probe === twin.server.selector);
    assert.equal(one?.uuid, identityOf(uniqueId(last)).uuid);
    assert.deepEqual([one.version, one.revision], [report.version, report.revision]);
    assert.ok(!twin.board.core.halted);
    console.log(`flash: ${one.imageBytes} bytes in ${Math.round(one.writeMs)} ms, two at once`);
  }
  assert.deepEqual(desk.heldLocks(), []);
});

Deno.test("flash says so where there is no loader, and writes nothing", async () => {
  await using twin = await ProbedTwin.open();
  await using desk = await Desk.make();
  const image = await imageOn(desk);
  await desk.refuse(13, /no loader[^]*flash --loader/, "flash", image, "--probe", alias(twin));
  assert.ok(twin.board.state.externalFlash.subarray(0, 4096).every((byte) => byte === 0xff));
});

Deno.test("flash refuses what is no image, or a damaged one, before it touches the board", async () => {
  await using desk = await Desk.make();
  const { image, loader } = await buildOnce();
  const flash = async (bytes: Uint8Array, code: number, message: RegExp) => {
    await Deno.writeFile(`${desk.folder}/wrong.elf`, bytes);
    await desk.refuse(code, message, "flash", "wrong.elf", "--probe", "twin:unix:/nonexistent/x");
  };
  await flash(new Uint8Array(100), 7, /magic/);
  await flash(loader, 7, /the file has none of usbnvme/);
  await flash(image.file.subarray(0, -1), 7, /Cannot read ELF/);
  const damaged = image.file.slice();
  damaged[damaged.length - 1] ^= 1;
  await flash(damaged, 7, /CRC-32C/);
  await desk.refuse(2, /no such file/, "flash", "missing.elf");
});

/** The programs that any thread of a process has started, and that are still there. */
function childrenOf(pid: number): number[] {
  return [...Deno.readDirSync(`/proc/${pid}/task`)].flatMap(({ name }) =>
    Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`).split(" ").filter(Boolean).map(
      Number,
    )
  );
}

Deno.test("flash says so when probe-rs is killed in mid-flash, and mends it", async () => {
  const { image, loader } = await buildOnce();
  await using twin = await ProbedTwin.open({ uniqueId: uniqueId(6), image: image.file, loader });
  await using desk = await Desk.make({ here: alias(twin) });
  const name = await imageOn(desk);
  const before = twin.programs.length;
  const flash = desk.start("flash", name, "--probe", "here");
  while (twin.programs.length < before + 10) await pause();
  const [probeRs, ...others] = childrenOf(flash.pid);
  assert.deepEqual(others, []);
  Deno.kill(probeRs, "SIGKILL");
  const { code, stderr } = await flash.output();
  assert.equal(code, 11);
  assert.match(new TextDecoder().decode(stderr), /ended by signal 9[^]*remedy: do it again/);
  await twin.free();
  assert.deepEqual(desk.heldLocks(), []);
  const mended = await desk.usbnvme("flash", name, "--probe", "here");
  assert.equal(mended.code, 0, mended.err);
});

Deno.test("flash mends a board that lost debugger or power in mid-flash", async () => {
  const { image, loader } = await buildOnce();
  await using twin = await ProbedTwin.open({ uniqueId: uniqueId(3), image: image.file, loader });
  await using desk = await Desk.make({ here: alias(twin) });
  const name = await imageOn(desk);
  const cut = async (how: (flash: Deno.ChildProcess) => void) => {
    const before = twin.programs.length;
    const flash = desk.start("flash", name, "--probe", "here");
    while (twin.programs.length < before + 10) await pause();
    how(flash);
    const { code } = await flash.output();
    await twin.free();
    assert.deepEqual(desk.heldLocks(), []);
    return code;
  };
  assert.equal(await cut((flash) => flash.kill("SIGINT")), 130);
  assert.equal(await cut(() => twin.board.powerCycle()), 11, "probe-rs loses the chip");
  const flashed = await desk.usbnvme("flash", name, "--probe", "here");
  assert.equal(flashed.code, 0, flashed.err);
  assert.ok(flashed.out.startsWith(identityOf(uniqueId(3)).uuid));
});

Deno.test("flash --verify reads back what either algorithm wrote, and ends with 4 where it differs", async () => {
  await using twin = await ProbedTwin.open({ uniqueId: uniqueId(5) });
  await using desk = await Desk.make({ here: alias(twin) });
  const flash = ["flash", await imageOn(desk), "--loader", "--verify", "--probe", "here"];
  for (const algorithm of ["st", "own"]) {
    const { code, err } = await desk.usbnvme(...flash, "--algorithm", algorithm);
    assert.equal(code, 0, err);
  }
  const child = desk.start(...flash);
  let told = "";
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    told += text;
    // A cell that did not take what was programmed; probe-rs has to come through this process to read it.
    if (text.includes("reading it back")) twin.board.state.externalFlash[400_000] ^= 1;
  }
  assert.equal((await child.status).code, 4, told);
  assert.match(told, /what was read back is not what was written/);
  await child.stdout.cancel();
});

Deno.test("flash draws a bar with bytes and time on a terminal, and none elsewhere", async () => {
  await using twin = await ProbedTwin.open({ uniqueId: uniqueId(4) });
  await using desk = await Desk.make({ here: alias(twin) });
  const name = await imageOn(desk);
  const { file } = (await buildOnce()).image;
  const shell = await desk.onTerminal("flash", name, "--loader", "--probe", "here");
  assert.equal(shell.code, 0, shell.out);
  const size = file.length.toLocaleString("en");
  const bars = shell.out.match(/here: \w+ +\[[#-]+\] +[\d,]+ of [\d,]+ bytes, \d+\.\d s/g) ?? [];
  assert.ok(bars.some((bar) => bar.includes(`erasing [#`)), shell.out);
  assert.match(bars.at(-1)!, new RegExp(`writing \\[#{24}\\] ${size} of ${size} bytes`));
  // deno-lint-ignore no-control-regex
  const left = shell.out.split(/\x1b\[\d+A\r\x1b\[J/).at(-1)!;
  assert.doesNotMatch(left, /\[#/, "no bar is left behind");
  const piped = await desk.usbnvme("flash", name, "--probe", "here");
  assert.equal(piped.code, 0, piped.err);
  assert.ok(!piped.err.includes("[#") && !piped.err.includes("\x1b"), piped.err);
});
