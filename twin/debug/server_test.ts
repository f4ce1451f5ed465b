import assert from "node:assert/strict";
import { Board } from "../board.ts";
import { DebugServer } from "./server.ts";

/** JTAG to SWD and a line reset, then a read of DPIDR, and power for the debug domain. */
const CONNECT = [
  [0x05, 0x01, 0x30, 0x9e, 0xe7, 0x01, 0x01, 0x00],
  [0x0b, 0x01, 0x3f, 0xff, 0xff, 0xff, 0xff, 0x33, 0xff, 0xff, 0x07, 0x01, 0x00],
];
const READ_DPIDR = [0x03, 0x01, 0x02, 0x00];
const POWER_UP = [0x03, 0x01, 0x04, 0x01, 0x01, 0x02, 0x50, 0x00];
const HOLD_RESET = [0x01, 0x02, 0x20, 0x00];

/** A client that sends and expects literal bytes. */
class Client implements Disposable {
  private constructor(readonly conn: Deno.Conn) {}

  static async connect(path: string): Promise<Client> {
    return new Client(await Deno.connect({ transport: "unix", path }));
  }

  async send(bytes: readonly number[]): Promise<void> {
    await this.conn.write(Uint8Array.from(bytes));
  }

  async answer(): Promise<string> {
    const bytes = new Uint8Array(256);
    const size = await this.conn.read(bytes);
    if (size === null) return "end";
    return [...bytes.subarray(0, size)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  }

  [Symbol.dispose](): void {
    try {
      this.conn.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}

async function withServer(use: (path: string, board: Board, server: DebugServer) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  const board = Board.create();
  const server = new DebugServer({ board, address: { path: `${folder}/probe` } });
  try {
    await use(`${folder}/probe`, board, server);
  } finally {
    await server.close();
    board.close();
    assert.deepEqual([...Deno.readDirSync(folder)], [], "the socket is gone");
    await Deno.remove(folder);
  }
}

Deno.test("DebugServer reads DPIDR and, by a posted read, the id of access port 1", async () => {
  await withServer(async (path, _board, server) => {
    assert.equal(server.selector, `20b7:9db1:unix:${path}`);
    using client = await Client.connect(path);
    for (const packet of CONNECT) await client.send(packet);
    await client.send(READ_DPIDR);
    assert.equal(await client.answer(), "07 01 01 77 24 a0 6b 00");
    await client.send(POWER_UP);
    assert.equal(await client.answer(), "03 01 11 00");
    // SELECT 0x010000f0; the read of 0xfc gives what was there before, RDBUFF its result.
    await client.send([0x04, 0x01, 0x08, 0xf0, 0x01, 0x02, 0x01, 0x00]);
    assert.equal(await client.answer(), "03 01 11 00");
    await client.send([0x03, 0x01, 0x0f, 0x00]);
    assert.equal(await client.answer(), "03 01 01 01 01 01 01 00");
    await client.send([0x03, 0x01, 0x0e, 0x00]);
    assert.equal(await client.answer(), "04 01 01 01 03 77 84 00");
  });
});

Deno.test("DebugServer lets nRST go when the client that held it is gone", async () => {
  await withServer(async (path, board, server) => {
    {
      using client = await Client.connect(path);
      await client.send(HOLD_RESET);
      while (!board.resets.includes("pin")) await new Promise((resolve) => setTimeout(resolve, 1));
      assert.ok(server.inUse);
      assert.equal(board.lockup, undefined, "a core in reset does nothing, not even lock up");
    }
    // A blank board locks up as soon as it may run.
    while (board.lockup === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.ok(!server.inUse);
  });
});

Deno.test("DebugServer ends a client with a packet when it closes", async () => {
  let client: Client | undefined;
  await withServer(async (path, _board, server) => {
    client = await Client.connect(path);
    while (!server.inUse) await new Promise((resolve) => setTimeout(resolve, 1));
  });
  assert.equal(await client!.answer(), "02 ff 00");
  client![Symbol.dispose]();
});
