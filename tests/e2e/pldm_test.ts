import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { Board } from "../../twin/board.ts";
import { buildOnce } from "../support/built.ts";
import { PldmFileHost, serveFile } from "../support/pldm_file_host.ts";
import { Random } from "../support/random.ts";
import { TwinSession } from "../support/twin_session.ts";

async function onTwin(run: (session: TwinSession, board: Board) => void): Promise<void> {
  const { image, loader } = await buildOnce();
  const board = Board.create({ loader, image: image.file, strict: true });
  try {
    const session = new TwinSession(board);
    run(session, board);
    session.close();
  } finally {
    board.close();
  }
}

Deno.test("the device reads the host's file, whole, over bad checksums, and closes it", async () => {
  await onTwin((session, board) => {
    const random = new Random(3);
    const file = Uint8Array.from({ length: 50_001 }, () => random.below(256));
    const host = new PldmFileHost(file);
    host.damage = 3;
    session.ask(session.mctp.setEid(8));
    serveFile(session, host, "pldm file sha256");
    const digest = createHash("sha256").update(file).digest("hex");
    assert.ok(board.log.some(({ text }) => text.endsWith(`pldm file sha256 ${digest}`)));
    session.tryReceive(10); // The close.
    assert.deepEqual(
      host.asked.slice(0, 8),
      ["0/03", "0/04", "0/05", "2/50", "2/51", "0/07", "7/01", "0/09"],
    );
  });
});

Deno.test("a host reads the device's log as a file", async () => {
  await onTwin((session, board) => {
    const { mctp } = session;
    session.ask(mctp.setEid(8));
    let instance = 0;
    const pldm = (...octets: number[]) =>
      session.ask(
        mctp.request(8, Uint8Array.of(1, 0x80 | ++instance, ...octets), (reply) => reply.slice(4)),
      );
    assert.equal(pldm(0, 7, 0, 0x10, 0x80, 0, 0, 0, 0, 0, 0, 0)[0], 0, "4,096 octets a part");
    const opened = pldm(7, 1, 1, 0, 0, 0);
    assert.equal(opened[0], 0);
    const part = pldm(0, 9, 7, 0, opened[1], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0);
    assert.equal(part[0], 0);
    assert.equal(part[1], 5, "in one part");
    const view = new DataView(part.buffer);
    const size = view.getUint32(6, true);
    const content = part.subarray(10, 10 + size);
    assert.equal(view.getUint32(10 + size, true), crc32(content));
    const text = new TextDecoder().decode(content);
    const lines = board.log.map((line) => line.text);
    assert.ok(text.includes("mctp usb attached"), text);
    for (const line of text.trimEnd().split("\n")) assert.ok(lines.includes(line), line);
    assert.equal(pldm(7, 2, opened[1], 0, 0, 0)[0], 0);
    assert.equal(pldm(7, 2, opened[1], 0, 0, 0)[0], 0x80, "closed once");
  });
});
