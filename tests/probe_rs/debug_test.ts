import assert from "node:assert/strict";
import { buildOnce } from "../support/built.ts";
import { pause, ProbedTwin, words } from "./support.ts";

const DEMCR = "0xe000edfc";

/** A board that runs its image out of the external flash. */
async function booted(): Promise<ProbedTwin> {
  const { image, loader } = await buildOnce();
  const twin = await ProbedTwin.open({ image: image.file, loader });
  await twin.logged("waiting");
  return twin;
}

/** Reads words without disturbing the core. */
async function read(twin: ProbedTwin, address: string, count = 1): Promise<number[]> {
  return words(await twin.must("read", "--format", "simple-hex", "b32", address, String(count)));
}

Deno.test("read and write move memory and registers", async () => {
  await using twin = await booted();
  assert.deepEqual(await read(twin, "0xe000ed00"), [0x411f_c272], "CPUID");
  assert.deepEqual(await read(twin, "0x08fff800", 3), [0x003b_0033, 0x3137_510c, 0x3539_3936]);
  assert.deepEqual(await read(twin, "0xe00e1000"), [0x1003_6485], "DBGMCU by the debugger's bus");
  await twin.must("write", "b32", "0x2000f000", "0x12345678", "0x9abcdef0");
  await twin.must("write", "b8", "0x2000f001", "0x11");
  assert.deepEqual(await read(twin, "0x2000f000", 2), [0x1234_1178, 0x9abc_def0]);
  assert.ok(!twin.board.core.halted);
});

Deno.test("an access that the bus refuses is an error of probe-rs's, and the next one is well", async () => {
  await using twin = await booted();
  const { code, stderr } = await twin.run("read", "b32", "0x90000000", "1");
  assert.equal(code, 1);
  assert.match(stderr, /FAULT response/);
  assert.deepEqual(await read(twin, "0xe000ed00"), [0x411f_c272]);
});

Deno.test("reset boots anew and leaves the core running", async () => {
  await using twin = await booted();
  const before = twin.board.log.length;
  await twin.must("reset");
  assert.equal(twin.board.resets.at(-1), "software");
  await twin.logged("waiting", before);
  assert.ok(!twin.board.core.halted);
});

Deno.test("reset --connect-under-reset drives nRST and lets a blank board go too", async () => {
  await using twin = await ProbedTwin.open();
  await twin.must("reset", "--connect-under-reset");
  assert.ok(twin.board.resets.includes("pin"));
  assert.deepEqual(await read(twin, "0x08000000"), [0xffff_ffff]);
});

Deno.test("an attach that was killed leaves the core to be caught, and reset --connect-under-reset frees it", async () => {
  await using twin = await booted();
  await using child = twin.start("attach", "--scan-region", "0x20000000..0x20010000");
  while ((twin.board.core.debug.demcr & 1) === 0) await pause();
  child.kill("SIGKILL");
  await Promise.all([child.output(), twin.free()]);
  twin.board.reset();
  assert.ok(twin.board.core.halted, "the catch that was left behind holds the core");
  const before = twin.board.log.length;
  await twin.must("reset", "--connect-under-reset");
  await twin.logged("waiting", before);
  assert.equal((await read(twin, DEMCR))[0] & 1, 0);
});

Deno.test("a second debugger is told that the probe is in use", async () => {
  await using twin = await booted();
  await using first = await Deno.connect({ transport: "unix", path: `${twin.folder}/probe` });
  while (!twin.server.inUse) await pause();
  const second = await twin.run("reset");
  assert.equal(second.code, 1);
  assert.equal(twin.board.resets.filter((cause) => cause === "software").length, 1, "the loader's");
  await first.write(Uint8Array.of(1, 1, 1, 0));
  const answer = new Uint8Array(64);
  const size = await first.read(answer);
  assert.equal(new TextDecoder().decode(answer.subarray(2, size! - 1)), "probe-rs,v01");
});

Deno.test("a malformed packet ends the connection with a word and not the twin", async () => {
  await using twin = await booted();
  for (const noise of [[9, 1, 0], [2, 7, 0], [3, 1, 0x99, 0]]) {
    using peer = await Deno.connect({ transport: "unix", path: `${twin.folder}/probe` });
    await peer.write(Uint8Array.from(noise));
    const answer = new Uint8Array(64);
    const size = await peer.read(answer);
    assert.deepEqual([...answer.subarray(0, size!)], [2, 0xff, 0], "a packet that ends any client");
    assert.equal(await peer.read(answer), null);
    await twin.free();
  }
  assert.equal(twin.errors.length, 3);
  assert.match(twin.errors[0], /PacketError: Cannot decode a packet/);
  assert.match(twin.errors[1], /Cannot find endpoint 7/);
  assert.match(twin.errors[2], /Cannot do serial wire command 0x99/);
  assert.deepEqual(await read(twin, "0xe000ed00"), [0x411f_c272]);
});
