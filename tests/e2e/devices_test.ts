import assert from "node:assert/strict";
import { join } from "node:path";
import { Board } from "../../twin/board.ts";
import { buildOnce, buildVariant, ROOT } from "../support/built.ts";
import { getLog, identify, mi } from "../support/mi_host.ts";
import { TwinSession } from "../support/twin_session.ts";

const EID = 8;

/** Builds the image of a shipped device file, boots it on a new twin, assigns the EID, and hands it over. */
async function onTwin(
  device: string,
  run: (session: TwinSession, board: Board) => void,
  uniqueId?: Uint8Array,
): Promise<void> {
  const { loader } = await buildOnce();
  const file = join(ROOT, "firmware_ts/device/examples", `${device}.ts`);
  const { file: image } = await buildVariant({ device: file });
  const board = Board.create({ loader, image, uniqueId, strict: true });
  try {
    const session = new TwinSession(board);
    session.ask(session.mctp.setEid(EID));
    assert.ok(board.log.some(({ text }) => text.endsWith(`device ${device}`)));
    run(session, board);
    session.close();
    assert.deepEqual(board.resets.slice(2), [], "no reset after the start");
    assert.ok(!board.log.some(({ text }) => text.includes(" ERROR ")));
  } finally {
    board.close();
  }
}

const u16 = (octets: Uint8Array, at: number) => octets[at] | octets[at + 1] << 8;
const ascii = (octets: Uint8Array, at: number, size: number) =>
  String.fromCharCode(...octets.subarray(at, at + size)).trim();
const health = (session: TwinSession) => session.ask(mi(session.mctp, EID, 0x01)).data;
const smart = (session: TwinSession) => session.ask(getLog(session.mctp, EID, 0x02, 512)).data;

Deno.test("healthy: no warnings, 35 °C, and serial numbers that differ from board to board", async () => {
  const serials: string[] = [];
  for (const last of [1, 2]) {
    await onTwin("healthy", (session) => {
      assert.deepEqual([...health(session).subarray(0, 4)], [0x38, 0x3f, 35, 3]);
      const controller = session.ask(identify(session.mctp, EID, 0x01)).data;
      serials.push(ascii(controller, 4, 20));
    }, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last));
  }
  assert.match(serials[0], /^[0-9a-f]{12}$/);
  assert.notEqual(serials[0], serials[1]);
});

Deno.test("hot: the temperature rises with time, passes the warning threshold and is told", async () => {
  await onTwin("hot", (session, board) => {
    const celsius = () => health(session)[2];
    assert.ok(celsius() >= 45 && celsius() <= 46);
    assert.equal(health(session)[1] & 2, 2, "no temperature warning yet (inverted)");
    board.run({ untilNs: 26e9 });
    assert.ok(celsius() >= 70, `${celsius()}`);
    assert.equal(health(session)[1] & 2, 0, "temperature warning");
    const log = smart(session);
    assert.equal(log[0], 0x02);
    assert.equal(u16(log, 202) - u16(log, 200), 6, "the second sensor leads");
    board.run({ untilNs: 60e9 });
    assert.equal(celsius(), 88);
  });
});

Deno.test("worn: spare and reliability warn, and a minute later it is read-only", async () => {
  await onTwin("worn", (session, board) => {
    const before = smart(session);
    assert.equal(before[0], 0x05);
    assert.deepEqual([before[3], before[4], before[5]], [7, 10, 104]);
    board.run({ untilNs: 61e9 });
    const after = smart(session);
    assert.equal(after[0], 0x0d);
    assert.ok(u16(after, 160) > u16(before, 160), "media errors grow");
  });
});

Deno.test("flaky: the same faults in each run, and the device lives through them", async () => {
  const runs: string[] = [];
  for (let run = 0; run < 2; run++) {
    await onTwin("flaky", (session) => {
      const outcomes: string[] = [];
      for (let i = 0; i < 150; i++) {
        const request = mi(session.mctp, EID, 0x01);
        for (const transfer of request.transfers) session.send(transfer);
        outcomes.push(outcome(session, request.tag));
      }
      runs.push(outcomes.join(" "));
    });
  }
  assert.equal(runs[0], runs[1]);
  for (const kind of ["ok", "nothing", "corrupt", "status", "tag"]) {
    assert.ok(runs[0].includes(kind), `${kind} in ${runs[0]}`);
  }

  function outcome(session: TwinSession, tag: number): string {
    let transfer: Uint8Array;
    try {
      transfer = session.receive(5);
    } catch {
      return "nothing";
    }
    const [message] = session.mctp.receive(transfer);
    if (message.tag !== tag) return "tag";
    try {
      const { status } = mi(session.mctp, EID, 0x01).parse(message.body);
      return status === 0 ? "ok" : "status";
    } catch {
      return "corrupt";
    }
  }
});

Deno.test("faults reach echoes that only the large buffer holds", async () => {
  await onTwin("healthy", (session) => {
    const { mctp } = session;
    const ask = (request: ReturnType<typeof mctp.echoOfSize>) => {
      for (const transfer of request.transfers) session.send(transfer);
      for (;;) {
        const [message] = mctp.receive(session.receive());
        // The device asks of its own accord, too.
        if (message?.tagOwner === 0) return message;
      }
    };
    session.command("fault echo tag times 2", "added");
    session.command("fault echo corrupt times 1", "added");
    for (let round = 0; round < 2; round++) {
      const request = mctp.echoOfSize(40_000, EID);
      const answer = ask(request);
      assert.equal(answer.tag, request.tag + 1 & 7);
      request.parse(answer.body);
    }
    const request = mctp.echoOfSize(65_536, EID);
    const { tag, body: octets } = ask(request);
    assert.equal(tag, request.tag);
    assert.throws(() => request.parse(octets), /Cannot accept the echo/);
    octets[octets.length - 1] ^= 0xff;
    request.parse(octets);
    session.ask(mctp.echoOfSize(65_536, EID));
  });
});

Deno.test("huge: 64 controllers, 1,024 namespaces, and the heap holds them", async () => {
  await onTwin("huge", (session) => {
    const { mctp } = session;
    const controllers = session.ask(identify(mctp, EID, 0x13)).data;
    assert.equal(u16(controllers, 0), 64);
    const lists = [0, 63].map((controller) =>
      session.ask(identify(mctp, EID, 0x02, { controller })).data
    );
    assert.equal(u16(lists[0], 4 * 1023), 1024, "the first controller has them all");
    assert.equal(u16(lists[1], 4 * 511), 512);
    assert.equal(u16(lists[1], 4 * 512), 0, "the last has the first half");
    const namespace = session.ask(identify(mctp, EID, 0x00, { controller: 63, nsid: 512 })).data;
    assert.equal(new DataView(namespace.buffer).getBigUint64(0, true), 128_000_000n);
  });
});
