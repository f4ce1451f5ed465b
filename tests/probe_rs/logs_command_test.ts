import assert from "node:assert/strict";
import { Board } from "../../twin/board.ts";
import { DebugServer } from "../../twin/debug/server.ts";
import { buildOnce } from "../support/built.ts";
import { Desk, follow } from "./desk.ts";
import { alias, pause, ProbedTwin, uniqueId } from "./support.ts";

async function booted(last: number): Promise<ProbedTwin> {
  const { image, loader } = await buildOnce();
  const twin = await ProbedTwin.open({ uniqueId: uniqueId(last), image: image.file, loader });
  await twin.logged("waiting");
  return twin;
}

/** The lines that the image, not the loader, has logged. */
function ofImage(twin: ProbedTwin): string[] {
  const texts = twin.board.log.map(({ text }) => text);
  return texts.filter((text) => !/xspiloader|INFO image usbnvme|INFO started|RAM split/.test(text));
}

Deno.test("logs of two boards through five resets gives each line once", async () => {
  await using left = await booted(1);
  await using right = await booted(2);
  await using desk = await Desk.make({ left: alias(left), right: alias(right) });
  const twins = [left, right];
  const seen = new Map<string, string[]>(twins.map((twin) => [twin.server.selector, []]));
  const boots = [0, 0];
  await follow(desk.start("logs", "--all", "--json"), (line) => {
    const { probe, text } = JSON.parse(line);
    seen.get(probe)!.push(text);
    const index = twins.findIndex(({ server }) => server.selector === probe);
    if (text.includes("mctp usb waiting") && ++boots[index] <= 5) twins[index].board.reset();
    return boots.every((count) => count === 6);
  });
  for (const twin of twins) {
    const lines = seen.get(twin.server.selector)!;
    assert.deepEqual(lines, ofImage(twin).slice(0, lines.length));
    assert.equal(lines.filter((text) => text.includes("usbnvme. device")).length, 6);
    await twin.free();
    assert.ok(!twin.board.core.halted);
  }
  assert.deepEqual(desk.heldLocks(), []);
});

Deno.test("logs goes on when a board was unplugged and comes back", async () => {
  const { image, loader } = await buildOnce();
  await using desk = await Desk.make();
  const board = Board.create({ image: image.file, loader, peek: true });
  const path = `${desk.folder}/probe`;
  const onError = (error: unknown) => assert.fail(String(error));
  const plugIn = () => new DebugServer({ board, address: { path }, onError });
  let server = plugIn();
  let boots = 0;
  let again: Promise<void> | undefined;
  const errors = await follow(desk.start("logs", "--probe", `twin:unix:${path}`), (line) => {
    if (!line.includes("mctp usb waiting")) return false;
    if (++boots === 1) {
      again = server.close().then(() => {
        board.powerCycle();
        server = plugIn();
      });
    }
    return boots === 2;
  });
  await again;
  await server.close();
  board.close();
  assert.match(errors, /lost: Cannot .*; next try in 0\.25 s/);
});

Deno.test("logs --once prints what the board has kept, since its start or at a level, and ends", async () => {
  await using twin = await booted(4);
  await using desk = await Desk.make({ here: alias(twin) });
  const restart = async () => {
    twin.board.reset();
    const untilNs = twin.board.nowNs + 300e6;
    while (twin.board.nowNs < untilNs) await pause();
  };
  const logs = async (...args: string[]) => {
    const { code, out, err } = await desk.usbnvme("logs", "--once", "--probe", "here", ...args);
    assert.equal(code, 0, err);
    return out.trim().split("\n");
  };
  const starts = (lines: readonly string[]) =>
    lines.filter((line) => line.includes("usbnvme. device")).length;
  await restart();
  const both = await logs();
  assert.equal(starts(both), 2, "a reset drops nothing");
  await restart();
  await restart();
  const last = await logs("--since-boot");
  assert.match(last[0], /^\d\d:\d\d:\d\d\.\d{3} 0 INFO usbnvme\. device /);
  assert.equal(starts(last), 1);
  assert.match(last.at(-1)!, /mctp usb waiting$/);
  const texts = (lines: readonly string[]) => lines.map((line) => line.slice(13));
  const again = await logs("--since-boot");
  assert.deepEqual(texts(again), texts(last), "what was read stays in the ring");
  const none = await desk.usbnvme("logs", "--once", "--probe", "here");
  assert.equal(none.out, "", "and counts as read all the same");
  assert.match(none.err, /^here: no line that nobody has read; --since-boot shows/);
  assert.ok(!twin.board.core.halted);
  await restart();
  assert.deepEqual(await logs("--level", "warn"), [""], "nothing is odd");
});

Deno.test("logs --since-boot begins at the last start, and follows", async () => {
  await using twin = await booted(5);
  await using desk = await Desk.make({ here: alias(twin) });
  const before = await desk.usbnvme("logs", "--once", "--probe", "here");
  assert.match(before.out, /usbnvme\. device/);
  const seen: string[] = [];
  await follow(desk.start("logs", "--since-boot", "--probe", "here", "--json"), (line) => {
    seen.push(JSON.parse(line).text);
    if (seen.at(-1)!.includes("mctp usb waiting") && seen.length < 40) {
      if (seen.filter((text) => text.includes("usbnvme. device")).length === 2) return true;
      twin.board.reset();
    }
    return false;
  });
  assert.match(seen[0], /^0 INFO usbnvme\. device/);
  assert.deepEqual(seen, ofImage(twin).slice(0, seen.length), "none lost, none twice");
});

Deno.test("logs of several boards names each by its alias", async () => {
  await using left = await booted(6);
  await using right = await booted(7);
  await using desk = await Desk.make({ left: alias(left), other: alias(right) });
  const { code, out, err } = await desk.usbnvme("logs", "--once", "--all");
  assert.equal(code, 0, err);
  for (const name of ["left ", "other"]) {
    assert.match(out, new RegExp(`^${name} \\d\\d:.*mctp usb waiting$`, "m"));
  }
});

Deno.test("logs says so where nothing runs", async () => {
  await using twin = await ProbedTwin.open();
  await using desk = await Desk.make();
  assert.equal((await desk.usbnvme("reset", "--probe", alias(twin))).code, 0);
  assert.ok(twin.board.lockup, "a blank board locks up");
  await desk.refuse(11, /its core has locked up[^]*usbnvme flash/, "logs", "--probe", alias(twin));
});

Deno.test("logs refuses a board that is not there to begin with", async () => {
  await using desk = await Desk.make();
  await desk.refuse(3, /nothing listens there/, "logs", "--probe", "twin:unix:/nonexistent/x");
});
