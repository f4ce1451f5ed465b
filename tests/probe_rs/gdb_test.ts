import assert from "node:assert/strict";
import { buildOnce } from "../support/built.ts";
import { GdbClient } from "./gdb_client.ts";
import { ProbedTwin } from "./support.ts";

const PC = 15;
const MSP = 13;

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

Deno.test("gdb reads registers and memory, steps, and stops at a breakpoint", async () => {
  const { image, loader } = await buildOnce();
  await using twin = await ProbedTwin.open({ image: image.file, loader });
  await twin.logged("waiting");
  const port = freePort();
  await using server = twin.start("gdb", "--gdb-connection-string", `127.0.0.1:${port}`);
  let ended = false;
  const output = server.output().finally(() => ended = true);
  {
    using gdb = await GdbClient.connect(port, () => ended);
    await gdb.ask("qSupported:multiprocess+;swbreak+;hwbreak+;vContSupported+");
    await gdb.ask("vAttach;1");
    assert.match(await gdb.ask("?"), /^[ST]/);
    assert.ok(twin.board.core.halted);
    await gdb.ask("Hg0");
    const { core } = twin.board;
    const pc = await gdb.register(PC);
    assert.equal(pc, core.readRegister(PC));
    assert.equal(await gdb.register(MSP), core.readRegister(MSP));
    assert.equal(await gdb.memory(0xe000_ed00), 0x411f_c272);

    const before = twin.board.instructions;
    assert.match(await gdb.ask("vCont;s:p1.1"), /^[ST]05/);
    assert.equal(twin.board.instructions, before + 1);
    const stepped = await gdb.register(PC);
    assert.equal(stepped, core.readRegister(PC));

    // The idle loop comes by here again.
    assert.equal(await gdb.ask(`Z1,${stepped.toString(16)},2`), "OK");
    assert.match(await gdb.ask("vCont;c:p1.-1"), /^[ST]05/);
    assert.equal(await gdb.register(PC), stepped);
    assert.equal(await gdb.ask(`z1,${stepped.toString(16)},2`), "OK");
    const lines = twin.board.log.length;
    await gdb.send("vCont;c:p1.-1");
    twin.board.reset();
    await twin.logged("waiting", lines);
    assert.ok(!core.halted);
  }
  server.kill("SIGTERM");
  await output;
});
