import assert from "node:assert/strict";
import { Board } from "../../twin/board.ts";
import { buildOnce, buildVariant } from "../support/built.ts";
import { TwinSession } from "../support/twin_session.ts";

const EID = 8;
/** Without the offload each transfer goes through the script, which takes ten times as long. */
const NOISE_TRANSFERS = { offload: 100_000, "no-offload": 20_000 };
/** Longer than the firmware keeps a message that was begun. */
const REASSEMBLY_TIMEOUT_NS = 7e9;

/** Reads the firmware's counters by name. */
function counters(session: TwinSession): Map<string, number> {
  const from = session.board.log.length;
  session.board.rttWrite("counters\nheap\n");
  session.board.runUntilLog(" heap ", 400e6, from);
  const lines = session.board.log.slice(from).map(({ text }) => text);
  const pairs = lines.flatMap((line) => {
    const match = /counter (.+) (\d+)$/.exec(line);
    return match ? [[match[1], Number(match[2])] as const] : [];
  });
  return new Map(pairs);
}

const total = (of: Map<string, number>) => [...of.values()].reduce((sum, count) => sum + count, 0);

/** A good packet: control message, Get Endpoint ID, from EID 9. */
function good(): Uint8Array {
  return Uint8Array.of(0x1a, 0xb4, 0, 11, 1, EID, 9, 0xc8, 0x00, 0x81, 0x02);
}

function changed(change: (bytes: number[]) => void): Uint8Array {
  const bytes = [...good()];
  change(bytes);
  return Uint8Array.from(bytes);
}

function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function noise(next: () => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => next() >>> 13);
}

const CASES: Readonly<Record<string, Uint8Array>> = {
  "a wrong id": changed((bytes) => bytes[0] = 0x1b),
  "length 0": changed((bytes) => bytes[3] = 0),
  "length 1": changed((bytes) => bytes[3] = 1),
  "length 2": changed((bytes) => bytes[3] = 2),
  "length 3": changed((bytes) => bytes[3] = 3),
  "a length past the end": changed((bytes) => bytes[3] = 12),
  "one stray byte": Uint8Array.of(0x1a),
  "an empty transfer": new Uint8Array(0),
  "512 bytes of noise": noise(random(1), 512),
};

for (const name of ["offload", "no-offload"] as const) {
  const features = name === "offload" ? [] : [name];
  Deno.test(`malformed transfers are counted and dropped, with ${name}`, async (t) => {
    const { loader } = await buildOnce();
    const image = await buildVariant({ features });
    const board = Board.create({ loader, image: image.file, strict: true });
    const session = new TwinSession(board);
    try {
      const { mctp } = session;
      assert.equal(session.ask(mctp.setEid(EID)), EID);
      for (const [what, transfer] of Object.entries(CASES)) {
        await t.step(what, () => {
          const before = total(counters(session));
          session.send(transfer);
          assert.equal(session.ask(mctp.getEid(EID)).eid, EID);
          assert.equal(total(counters(session)), before + 1, "counted once");
        });
      }
      const transfers = NOISE_TRANSFERS[name];
      await t.step(`${transfers} seeded random transfers`, () => {
        const next = random(0x5eed);
        const before = total(counters(session));
        for (let round = 0; round < transfers; round++) {
          const transfer = noise(next, next() % 65);
          // Half of them look like MCTP over USB at first sight.
          if (round % 2 && transfer.length > 3) transfer.set([0x1a, 0xb4, 0, transfer.length]);
          // Control messages could change the EID, as they may: keep them out.
          if (transfer.length > 8) transfer[8] = 0x7d;
          session.send(transfer);
          if (round % 1000 === 999) assert.equal(session.ask(mctp.getEid(EID)).eid, EID);
        }
        // Messages that were begun and not ended are counted when their time is over.
        board.runFor(REASSEMBLY_TIMEOUT_NS);
        assert.equal(total(counters(session)) - before, transfers, "each counted once");
      });
      assert.deepEqual(board.resets.slice(2), [], "no reset but the first boot's");
      assert.equal(board.lockup, undefined);
    } finally {
      session.close();
      board.close();
    }
  });
}
