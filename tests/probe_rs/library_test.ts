/**
 * The library at work, and an example of it: the same test on a board, if USBNVME_PROBE names one, or on a twin.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Board, boards, build, DebugServer, loader } from "../../mod.ts";
import { ROOT } from "../support/built.ts";

Deno.test("flash, boot and identify a board, or a twin in its place", async () => {
  const context = { root: ROOT };
  const folder = await Deno.makeTempDir({ prefix: "usbnvme-library-" });
  const twin = Deno.env.get("USBNVME_PROBE") ? undefined : Board.create({ peek: true });
  const server = twin && new DebugServer({ board: twin, address: { path: `${folder}/probe` } });
  try {
    const image = await build({ out: `${folder}/usbnvme.elf` }, context);
    const name = Deno.env.get("USBNVME_PROBE") ?? `twin:unix:${folder}/probe`;
    const [probe] = await boards.selectProbes([name]);
    const board = boards.boardOf(probe, {
      probeRs: await boards.findProbeRs(),
      chipFile: await boards.cachedChipFile(),
    });
    using _lock = boards.lockBoard(board, "library_test", folder);
    const phases: string[] = [];
    const written: number[] = [];
    const flashed = await boards.flashBoard(board, {
      image: image.file,
      loader: (await loader(context)).elf,
      onPhase: (phase) => phases.push(phase),
      onProgress: ({ step, doneBytes, sizeBytes }) => {
        if (sizeBytes === image.file.length && step === "writing") written.push(doneBytes);
      },
    });
    const identity = await boards.readIdentity(board);
    assert.equal(flashed.uuid, identity.uuid);
    assert.equal(flashed.revision, image.report.revision);
    assert.equal(phases.at(-1), "booting");
    assert.equal(written.at(-1), image.file.length);
    for await (const { message } of boards.runImage(board, image.file)) {
      if (message.startsWith("mctp usb waiting")) break;
    }
    await boards.resetBoard(board);
    for await (const { message } of boards.followLog(board)) {
      if (message.startsWith("mctp usb waiting")) break;
    }
  } finally {
    await server?.close();
    twin?.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what the library throws can be told apart by its classes", async () => {
  const [probe] = await boards.selectProbes(["twin:unix:/nonexistent/probe"]);
  const board = boards.boardOf(probe, {
    probeRs: await boards.findProbeRs(),
    chipFile: await boards.cachedChipFile(),
  });
  await assert.rejects(boards.readIdentity(board), boards.ProbeNotFoundError);
  await assert.rejects(boards.selectProbes(["twin:nowhere"]), boards.SelectorError);
});
