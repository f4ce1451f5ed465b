import assert from "node:assert/strict";
import { DEBUG_CHIP } from "../../chip/debug.ts";
import { TextLineStream } from "./text_lines.ts";
import { buildOnce, ROOT } from "../support/built.ts";
import { usbnvme } from "../support/checkout.ts";
import { Desk, follow } from "./desk.ts";
import { findTools } from "./support.ts";

/** Runs `usbnvme sim` until `use` is over, and gives its exit code. */
async function withSim(
  args: readonly string[],
  use: (selector: string) => Promise<void>,
): Promise<number> {
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${ROOT}/cli/main.ts`, "sim", "--json", ...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  let ended: Promise<void> | undefined;
  for await (const line of lines) {
    const { debugPort } = JSON.parse(line) as { debugPort?: string };
    if (debugPort === undefined || ended) continue;
    ended = use(debugPort).finally(() => child.kill("SIGINT"));
  }
  await ended;
  assert.ok(ended, "sim told its selector");
  return (await child.status).code;
}

async function probeRs(selector: string, subcommand: string, ...args: string[]) {
  const { probeRs, chipFile } = await findTools();
  const { stdout } = await probeRs.must(subcommand, {
    probe: selector,
    chip: DEBUG_CHIP.name,
    chipFile,
  }, args);
  return stdout;
}

Deno.test("sim --debug-port tells the selector, keeps what was flashed, and takes its socket away", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const bytes = Uint8Array.from({ length: 3000 }, (_, i) => i * 7);
    await Deno.writeFile(`${folder}/data.bin`, bytes);
    const sim = ["--blank", "--board", `${folder}/board`, "--debug-port", `unix:${folder}/probe`];
    // A socket that a killed sim left behind.
    Deno.listen({ transport: "unix", path: `${folder}/probe` }).close();
    const code = await withSim(sim, async (selector) => {
      assert.equal(selector, `20b7:9db1:unix:${folder}/probe`);
      const place = ["--binary-format", "bin", "--base-address", "0x70000000"];
      await probeRs(selector, "download", ...place, `${folder}/data.bin`);
      const taken = await usbnvme(["sim", "--blank", "--debug-port", `unix:${folder}/probe`]);
      assert.equal(taken.code, 2);
      assert.match(taken.err, /it is in use/);
    });
    assert.equal(code, 0);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "board",
      "data.bin",
    ]);
    const { loadBoardFile } = await import("../../twin/board_file.ts");
    assert.deepEqual(loadBoardFile(`${folder}/board`)?.externalFlash.subarray(0, 3000), bytes);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("sim serves the debug port over TCP beside USB/IP", async () => {
  const { image, loader } = await buildOnce();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/image.elf`, image.file);
    await Deno.writeFile(`${folder}/loader.elf`, loader);
    const files = ["--image", `${folder}/image.elf`, "--loader", `${folder}/loader.elf`];
    const ports = ["--debug-port", "127.0.0.1:0", "--usbip", "127.0.0.1:0"];
    const code = await withSim([...files, ...ports], async (selector) => {
      assert.match(selector, /^20b7:9db1:tcp:127\.0\.0\.1:\d+$/);
      await probeRs(selector, "reset");
      assert.match(await probeRs(selector, "read", "b32", "0xe000ed00", "1"), /411fc272/);
    });
    assert.equal(code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("sim refuses an address that is none, and ends badly when nothing was started", async () => {
  const none = await usbnvme(["sim", "--blank", "--debug-port", "nonsense"]);
  assert.equal(none.code, 2);
  assert.match(none.err, /neither unix:PATH nor HOST:PORT/);
  for (const address of ["unix:/nonexistent/folder/x", "256.1.1.1:1"]) {
    const nowhere = await usbnvme(["sim", "--blank", "--debug-port", address]);
    assert.equal(nowhere.code, 2, nowhere.err);
    assert.match(nowhere.err, /Cannot listen on .* for --debug-port: /);
  }
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const usbip = `127.0.0.1:${taken.addr.port}`;
  const busy = await usbnvme(["sim", "--blank", "--usbip", usbip]);
  taken.close();
  assert.equal(busy.code, 2, busy.err);
  assert.match(busy.err, /Cannot listen on .* for --usbip: it is in use/);
  const { loader } = await buildOnce();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/image.elf`, new Uint8Array(1000));
    await Deno.writeFile(`${folder}/loader.elf`, loader);
    const files = ["--image", `${folder}/image.elf`, "--loader", `${folder}/loader.elf`];
    const refused = await usbnvme(["sim", ...files, "--for", "0.1"]);
    assert.equal(refused.code, 7, refused.err);
    assert.match(refused.err, /nothing was started: the loader refused the image: E21/);
    const json = await usbnvme(["sim", ...files, "--for", "0.1", "--json"]);
    assert.equal(json.code, 7, json.err);
    const values = json.out.trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(values.at(-1).error.kind, "NotStartedError");
    assert.ok(values.at(-2).end.virtualNs > 0);
    const locked = await usbnvme(["sim", "--blank", "--for", "0.1"]);
    assert.equal(locked.code, 7, locked.err);
    assert.match(locked.err, /the core locked up: instruction fetch/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("flash, uuid and logs of a twin in a process of its own; their times are told, not judged", async () => {
  await using desk = await Desk.make();
  const { image } = await buildOnce();
  await Deno.writeFile(`${desk.folder}/image.elf`, image.file);
  const socket = `${desk.folder}/probe`;
  const probe = ["--probe", `twin:unix:${socket}`];
  const took = (what: string, ms: number) =>
    console.log(`figure: ${what}: ${(ms / 1000).toFixed(2)} s`);
  const timed = async (what: string, ...args: string[]) => {
    const began = performance.now();
    const { code, err } = await desk.usbnvme(...args, ...probe);
    took(what, performance.now() - began);
    assert.equal(code, 0, err);
  };
  const code = await withSim(["--debug-port", `unix:${socket}`], async () => {
    const began = performance.now();
    let lines = 0;
    await follow(desk.start("logs", ...probe), (line) => {
      if (lines++ === 0) took("first line of a twin's logs", performance.now() - began);
      return line.includes("usb waiting");
    });
    await timed("uuid of a twin", "uuid");
    const bytes = `flash of ${image.file.length} bytes to a twin`;
    await timed(`${bytes}, ST's algorithm`, "flash", "image.elf");
    await timed(`${bytes}, own algorithm`, "flash", "image.elf", "--algorithm", "own");
  });
  assert.equal(code, 0);
});
