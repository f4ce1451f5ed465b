import assert from "node:assert/strict";
import { cachedChipFile } from "../../toolkit/boards/chip_file_cache.ts";
import { identityOf } from "../../toolkit/boards/identity.ts";
import { lockProbe } from "../../toolkit/boards/lock.ts";
import type { FlashAlgorithm } from "../../toolkit/probe_rs/flash_algorithm.ts";
import { buildOnce } from "../support/built.ts";
import { Desk } from "./desk.ts";
import { alias, findTools, pause, ProbedTwin, uniqueId, XSPI2 } from "./support.ts";

Deno.test("uuid --all tells the UUIDs of blank boards", async () => {
  await using left = await ProbedTwin.open({ uniqueId: uniqueId(1) });
  await using right = await ProbedTwin.open({ uniqueId: uniqueId(2) });
  await using desk = await Desk.make({ left: alias(left), right: alias(right) });
  const began = performance.now();
  const { code, out, err } = await desk.usbnvme("uuid", "--all", "--json");
  assert.equal(code, 0, err);
  console.log(`uuid of two boards: ${Math.round(performance.now() - began)} ms`);
  const said = out.trim().split("\n").map((line) => JSON.parse(line));
  const known = [[left, 1], [right, 2]] as const;
  for (const [index, [twin, last]] of known.entries()) {
    assert.deepEqual(said[index], {
      probe: twin.server.selector,
      ...identityOf(uniqueId(last)),
      ttys: [],
    });
  }
  const plain = await desk.usbnvme("uuid", "--probe", "right");
  assert.match(plain.out, new RegExp(`^${identityOf(uniqueId(2)).uuid} [0-9a-f]{12} /dev/serial`));
});

Deno.test("uuid reads a board whose core is halted, and one that has locked up", async () => {
  await using twin = await ProbedTwin.open({ uniqueId: uniqueId(3) });
  await using desk = await Desk.make();
  const { uuid } = identityOf(uniqueId(3));
  assert.equal((await desk.usbnvme("reset", "--halt", "--probe", alias(twin))).code, 0);
  assert.ok(twin.board.core.halted);
  assert.ok((await desk.usbnvme("uuid", "--probe", alias(twin))).out.startsWith(uuid));
  assert.equal((await desk.usbnvme("reset", "--probe", alias(twin))).code, 0);
  assert.ok(twin.board.lockup, "a blank board locks up at its first fetch");
  assert.ok((await desk.usbnvme("uuid", "--probe", alias(twin))).out.startsWith(uuid));
});

Deno.test("reset resets, and lets the core of a killed debugger go", async () => {
  const { image, loader } = await buildOnce();
  await using twin = await ProbedTwin.open({ image: image.file, loader });
  await using desk = await Desk.make({ here: alias(twin) });
  await twin.logged("waiting");
  const reset = async (...args: string[]) => {
    const before = twin.board.log.length;
    const { code, out, err } = await desk.usbnvme("reset", "--probe", "here", ...args);
    assert.equal(code, 0, err);
    return { before, out };
  };
  const { before, out } = await reset();
  assert.equal(out, `${twin.server.selector} reset, running\n`);
  await twin.logged("waiting", before);

  await reset("--halt");
  assert.ok(twin.board.core.halted);
  const after = await reset();
  await twin.logged("waiting", after.before);
  assert.ok(!twin.board.core.halted);

  await using child = twin.start("attach", "--scan-region", "0x20000000..0x20010000");
  while ((twin.board.core.debug.demcr & 1) === 0) await pause();
  child.kill("SIGKILL");
  await Promise.all([child.output(), twin.free()]);
  const freed = await reset();
  await twin.logged("waiting", freed.before);
  assert.ok(!twin.board.core.halted);

  await reset("--halt");
  const under = await reset("--under-reset");
  assert.ok(twin.board.resets.includes("pin"), "by nRST");
  await twin.logged("waiting", under.before);
  await reset("--halt", "--under-reset");
  assert.ok(twin.board.core.halted);
});

Deno.test("reset --all goes on with the boards that answer", async () => {
  await using twin = await ProbedTwin.open();
  await using desk = await Desk.make({ here: alias(twin), gone: "twin:unix:/nonexistent/probe" });
  const { code, out, err } = await desk.usbnvme("reset", "--all");
  assert.equal(code, 3);
  assert.equal(out, `${twin.server.selector} reset, running\n`);
  assert.match(err, /error: 20b7:9db1:unix:\/nonexistent\/probe: Cannot reach/);
  const lines = (await desk.usbnvme("reset", "--all", "--json")).out.trim().split("\n");
  const said = lines.map((line) => JSON.parse(line));
  assert.equal(said.find(({ state }) => state)?.state, "running");
  assert.equal(said.find(({ error }) => error)?.error.exitCode, 3);
});

Deno.test("a probe that another command has is refused, with who has it", async () => {
  await using twin = await ProbedTwin.open();
  await using desk = await Desk.make();
  {
    using _lock = lockProbe(twin.server.selector, {
      command: "usbnvme flash",
      folder: desk.locks,
    });
    const { code, err } = await desk.usbnvme("uuid", "--probe", alias(twin));
    assert.equal(code, 10, err);
    assert.match(err, new RegExp(`\`usbnvme flash\` \\(process ${Deno.pid}, since`));
    assert.match(err, new RegExp(`remedy: wait for it, or end it: kill ${Deno.pid}`));
  }
  assert.equal((await desk.usbnvme("uuid", "--probe", alias(twin))).code, 0);
  assert.deepEqual(desk.heldLocks(), []);
});

Deno.test("a twin that another debugger has is refused as busy", async () => {
  await using twin = await ProbedTwin.open();
  await using desk = await Desk.make();
  using _other = await Deno.connect({ transport: "unix", path: `${twin.folder}/probe` });
  while (!twin.server.inUse) await pause();
  await desk.refuse(10, /it serves another debugger/, "uuid", "--probe", alias(twin));
});

Deno.test("doctor tells what it found, and ends with 0 exactly when nothing is bad", async () => {
  await using desk = await Desk.make();
  const { code, out, err } = await desk.usbnvme("doctor", "--json");
  const { isWell, findings } = JSON.parse(out);
  assert.equal(code, isWell ? 0 : 1, err);
  const states = new Map<string, string>(
    findings.map(({ name, state }: Record<string, string>) => [name, state]),
  );
  // What these tests run with is here.
  for (const name of ["Deno", "libunicorn", "probe-rs", "chip file"]) {
    assert.ok(["ok", "note"].includes(states.get(name) ?? "missing"), name);
  }
  const bad = await desk.usbnvme("doctor", "--probe-rs", "/nope");
  assert.equal(bad.code, 1);
  assert.match(bad.out, /BAD {2}probe-rs: Cannot find probe-rs[^]*deno task setup --probe-rs/);
});

Deno.test("the chip file is made again when its cached copy was damaged", async () => {
  const cache = await Deno.makeTempDir();
  try {
    const env = (name: string) => name === "USBNVME_CACHE" ? cache : Deno.env.get(name);
    const path = await cachedChipFile({ env });
    const whole = await Deno.readTextFile(path);
    for (const damaged of [whole.slice(0, 1000), whole.replace("0x72000000", "0x78000000"), ""]) {
      await Deno.writeTextFile(path, damaged);
      assert.equal(await cachedChipFile({ env }), path);
      assert.equal(await Deno.readTextFile(path), whole);
    }
    const own: FlashAlgorithm = {
      name: "own",
      code: new Uint8Array(4),
      entries: { init: 1, uninit: 1, programPage: 1, eraseSector: 1 },
      dataOffset: 4,
      flash: {
        start: XSPI2,
        sizeBytes: 0x200_0000,
        pageBytes: 256,
        sectorBytes: 4096,
        programTimeoutMs: 1,
        eraseTimeoutMs: 1,
      },
    };
    const other = await cachedChipFile({ env, external: own });
    assert.notEqual(other, path);
    const names = (await Deno.readTextFile(other)).match(/^- name: .*$/gm);
    assert.deepEqual(names?.slice(1), ["- name: stm32h7rx_64k", "- name: own"]);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("Ctrl-C ends a command that waits for a dead probe, and leaves nothing", async () => {
  await using desk = await Desk.make();
  // Takes a connection, and never answers.
  const path = `${desk.folder}/dead`;
  using server = Deno.listen({ transport: "unix", path });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const command = desk.start("uuid", "--probe", `twin:unix:${path}`);
    using connection = await server.accept();
    assert.equal(desk.heldLocks().length, 1);
    command.kill(signal);
    const { code, stderr } = await command.output();
    assert.equal(code, 130, new TextDecoder().decode(stderr));
    assert.deepEqual(desk.heldLocks(), []);
    // probe-rs is gone too: its end of the connection is closed.
    const bytes = new Uint8Array(64);
    while (await connection.read(bytes) !== null);
  }
});

Deno.test("a probe-rs that is missing, too old or none at all ends with 6", async () => {
  await using desk = await Desk.make();
  const uuid = ["uuid", "--probe", "twin:unix:/nonexistent/probe"];
  await desk.refuse(6, /it is not at \/nope[^]*setup --probe-rs/, ...uuid, "--probe-rs", "/nope");
  const old = await desk.program("old", `#!/bin/sh\necho '{"version":"0.23.0"}'\n`);
  await desk.refuse(6, /probe-rs 0\.23\.0, older than 0\.27\.0/, ...uuid, "--probe-rs", old);
  const other = await desk.program("other", "#!/bin/sh\necho hello\n");
  await desk.refuse(6, /it is no probe-rs; it said "hello"/, ...uuid, "--probe-rs", other);
});

Deno.test("a chip file that is damaged, for another chip, or missing ends with 12", async () => {
  await using twin = await ProbedTwin.open();
  await using desk = await Desk.make();
  const uuid = ["uuid", "--probe", alias(twin), "--chip-file"];
  const { chipFile } = await findTools();
  const whole = await Deno.readTextFile(chipFile);
  const damaged = await desk.program("damaged.yaml", whole.slice(0, 600));
  await desk.refuse(12, /Cannot use the chip file[^]*remedy: make it anew/, ...uuid, damaged);
  const other = await desk.program("other.yaml", whole.replaceAll("STM32H7S3L8_NUCLEO", "OTHER"));
  await desk.refuse(12, /STM32H7S3L8_NUCLEO/, ...uuid, other);
  await desk.refuse(12, /Cannot use the chip file/, ...uuid, `${desk.folder}/missing.yaml`);
});

Deno.test("a twin that is not there, and a selector that is none, are told apart", async () => {
  await using desk = await Desk.make();
  await desk.refuse(3, /nothing listens there/, "uuid", "--probe", "twin:unix:/nonexistent/probe");
  await desk.refuse(2, /it is neither twin:unix:PATH nor/, "uuid", "--probe", "twin:nowhere");
  await desk.refuse(3, /no ST-Link is plugged in/, "uuid", "--probe", "00310032");
  await desk.refuse(2, /--token alone/, "uuid", "--token", "x");
});

Deno.test("a board behind a probe-rs server is reached by --host, and a wrong token is refused", async () => {
  await using twin = await ProbedTwin.open({ uniqueId: uniqueId(4) });
  await using desk = await Desk.make();
  const { probeRs } = await findTools();
  const port = freePort();
  const toml = `[server]\nusers = [{ name = "one", token = "secret", access = "all" }]\n` +
    `address = "127.0.0.1"\nport = ${port}\n`;
  await desk.program(".probe-rs.toml", toml);
  await using server = new Deno.Command(probeRs.path, {
    args: ["serve"],
    cwd: desk.folder,
    env: { NO_COLOR: "1", RUST_LOG: "error" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  while (!await isListening(port)) await pause();
  const uuid = ["uuid", "--probe", alias(twin), "--host", `ws://127.0.0.1:${port}`];
  const { code, out, err } = await desk.usbnvme(...uuid, "--token", "secret");
  assert.equal(code, 0, err);
  assert.ok(out.startsWith(identityOf(uniqueId(4)).uuid));
  await desk.refuse(14, /refuses the token/, ...uuid, "--token", "wrong");
  await desk.refuse(14, /probe-rs server does not answer/, "list", "--host", "ws://127.0.0.1:1");
  server.kill("SIGTERM");
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function isListening(port: number): Promise<boolean> {
  try {
    using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
