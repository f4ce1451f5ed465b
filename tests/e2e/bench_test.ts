import assert from "node:assert/strict";
import { SPEED_BUDGETS } from "../../toolkit/budgets.ts";
import { Board } from "../../twin/board.ts";
import { runBench } from "../support/bench_run.ts";
import { buildOnce, buildVariant } from "../support/built.ts";
import { TwinSession } from "../support/twin_session.ts";

const EID = 8;

/** Boots an image and gives a session with its MCTP function, EID assigned. */
function withSession(loader: Uint8Array, image: Uint8Array, work: (on: TwinSession) => void): void {
  const board = Board.create({ loader, image, strict: true });
  try {
    board.run({ untilNs: board.nowNs + 1e9, until: () => board.usb.attached });
    const session = new TwinSession(board);
    try {
      session.ask(session.mctp.setEid(EID));
      work(session);
    } finally {
      session.close();
    }
  } finally {
    board.close();
  }
}

for (const spanning of [false, true]) {
  const framing = spanning ? "DSP0283 1.1, spanning" : "DSP0283 1.0";
  const features = spanning ? ["spanning"] : [];

  Deno.test(`echo of up to 64 KB, ${framing}`, async () => {
    const { loader } = await buildOnce();
    const { file } = await buildVariant({ features });
    withSession(loader, file, (session) => {
      assert.equal(session.mctp.spanning, spanning);
      for (
        // Both sides of every border: packet, USB packet, assembly, port.rx, port.large.
        const size of [4, 247, 248, 503, 504, 505, 1016, 4225, 4226, 4352, 4353, 8183, 8184, 65_536]
      ) session.ask(session.mctp.echoOfSize(size, EID));
      const tooLong = session.mctp.echoOfSize(65_537, EID);
      for (const one of tooLong.transfers) session.send(one);
      session.ask(session.mctp.getEid(EID));
      session.command("counters", "counter tooLarge 1");
    });
  });

  Deno.test(`short messages and a second long one beside a long one, ${framing}`, async () => {
    const { loader } = await buildOnce();
    const { file } = await buildVariant({ features });
    withSession(loader, file, (session) => {
      const { mctp } = session;
      const [first, second] = [mctp.echoOfSize(60_000, EID), mctp.echoOfSize(20_000, EID)];
      const half = first.transfers.length >> 1;
      for (const one of first.transfers.slice(0, half)) session.send(one);
      session.ask(mctp.echoOfSize(4000, EID));
      for (const one of second.transfers) session.send(one);
      assert.equal(session.ask(mctp.getEid(EID)).eid, EID);
      session.ask({ ...first, transfers: first.transfers.slice(half) });
      session.command("counters", "counter largeBusy 1");
      session.ask(mctp.echoOfSize(20_000, EID));
    });
  });

  Deno.test(`the bench sends as fast as its budget says, ${framing}`, async (t) => {
    const { loader } = await buildOnce();
    const { file } = await buildVariant({ features: ["mctp-bench", ...features] });
    const { what, least } = SPEED_BUDGETS[spanning ? "benchSpanning" : "bench"];
    const { megabytesPerSecond } = runBench(loader, file, 3951, 50);
    await t.step(`${what}: ${megabytesPerSecond.toFixed(1)} of ${least} MB/s`, () => {
      assert.ok(megabytesPerSecond >= least);
    });
    for (const size of [9, 246, 3951, 65_535]) {
      const { controlMs } = runBench(loader, file, size, 6, true);
      await t.step(`a control request beside ${size} octets: ${controlMs.toFixed(2)} ms`, () => {
        assert.ok(controlMs > 0 && controlMs <= 5);
      });
    }
  });
}
