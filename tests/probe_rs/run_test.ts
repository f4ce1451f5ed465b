import assert from "node:assert/strict";
import { join } from "node:path";
import { buildOnce, buildVariant, ROOT } from "../support/built.ts";
import { Checkout } from "../support/checkout.ts";
import { Desk, follow } from "./desk.ts";
import { alias, pause, ProbedTwin } from "./support.ts";

/** A twin that runs what is in its flash: the healthy device. */
async function flashed(): Promise<ProbedTwin> {
  const { image, loader } = await buildOnce();
  const twin = await ProbedTwin.open({ image: image.file, loader });
  await twin.logged("mctp usb waiting");
  return twin;
}

Deno.test("run starts an image in RAM, leaves it running, and a reset brings the flashed one back", async () => {
  await using twin = await flashed();
  await using desk = await Desk.make();
  const device = join(ROOT, "firmware_ts/device/examples/hot.ts");
  await Deno.writeFile(`${desk.folder}/hot.elf`, (await buildVariant({ device })).file);
  const seen: string[] = [];
  const { accessCycles } = twin.board.core;
  await follow(desk.start("run", "hot.elf", "--probe", alias(twin), "--json"), (line) => {
    assert.equal(twin.board.core.accessCycles, accessCycles, "an image is no flash algorithm");
    seen.push(JSON.parse(line).text);
    return seen.at(-1)!.includes("mctp usb waiting") && seen.some((text) => text.endsWith("hot"));
  });
  assert.ok(!twin.board.core.halted);
  assert.deepEqual(desk.heldLocks(), []);
  const from = twin.board.log.length;
  assert.equal((await desk.usbnvme("reset", "--probe", alias(twin))).code, 0);
  await twin.logged("device healthy", from);
});

Deno.test("run refuses what is no image, and to watch a built one", async () => {
  await using desk = await Desk.make();
  await Deno.writeTextFile(`${desk.folder}/wrong.elf`, "no ELF");
  const probe = ["--probe", "twin:unix:/nonexistent/x"];
  await desk.refuse(7, /ELF/, "run", "wrong.elf", ...probe);
  await desk.refuse(2, /Cannot watch a built image/, "run", "wrong.elf", "--watch", ...probe);
});

Deno.test("run that is interrupted before the image has started ends with 130", async () => {
  await using twin = await flashed();
  await using desk = await Desk.make();
  await Deno.writeFile(`${desk.folder}/image.elf`, (await buildOnce()).image.file);
  const command = desk.start("run", "image.elf", "--probe", alias(twin));
  while (!twin.server.inUse) await pause();
  command.kill("SIGINT");
  const { code, stderr } = await command.output();
  assert.equal(code, 130, new TextDecoder().decode(stderr));
  assert.deepEqual(desk.heldLocks(), []);
});

Deno.test("run says so where the option bytes split the RAM otherwise", async () => {
  await using twin = await ProbedTwin.open();
  await using desk = await Desk.make();
  await Deno.writeFile(`${desk.folder}/image.elf`, (await buildOnce()).image.file);
  await desk.refuse(
    13,
    /do not give it 192 KB ITCM and 64 KB DTCM \(FLASH_OBW2SR is 0x00000000\)[^]*flash --loader/,
    ...["run", "image.elf", "--probe", alias(twin)],
  );
});

/** Starts `run --watch` in a copy of the repository. */
function startWatch(checkout: Checkout, twin: ProbedTwin): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "cli/main.ts", "run", "--watch", "--probe", alias(twin), "--json"],
    cwd: checkout.root,
    env: { NO_COLOR: "1", USBNVME_LOCKS: `${twin.folder}/locks` },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Rewrites the device that is built if none is named. */
function rewriteDevice({ root }: Checkout, code: string): void {
  Deno.writeTextFileSync(
    `${root}/firmware_ts/device/examples/healthy.ts`,
    `import { defineDevice } from "../device.ts";\nexport default defineDevice(${code});\n`,
  );
}

/** Whether a process watches files. */
function isWatching(pid: number): boolean {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/fdinfo`)].some(({ name }) =>
      Deno.readTextFileSync(`/proc/${pid}/fdinfo/${name}`).includes("inotify wd:")
    );
  } catch (error) {
    // A file was closed while it was looked at.
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("run --watch builds what has changed during the first build", async () => {
  await using twin = await flashed();
  await using checkout = await Checkout.copy();
  const command = startWatch(checkout, twin);
  const seen = follow(command, (line) => JSON.parse(line).text.endsWith("device meanwhile"));
  while (!isWatching(command.pid)) await pause();
  rewriteDevice(checkout, `{ name: "meanwhile" }`);
  await assert.rejects(Deno.stat(`${checkout.root}/build/usbnvme.elf`), Deno.errors.NotFound);
  await seen;
});

Deno.test("run --watch waits where the first build fails", async () => {
  await using twin = await flashed();
  await using checkout = await Checkout.copy();
  rewriteDevice(checkout, `{ nane: "typo" }`);
  const errors = await follow(
    startWatch(checkout, twin),
    (line) => JSON.parse(line).text.endsWith("device mended"),
    (line) => {
      if (line.includes("nothing runs yet")) rewriteDevice(checkout, `{ name: "mended" }`);
    },
  );
  assert.match(errors, /nothing runs yet: .*[^]*nane/);
});

Deno.test("run --watch runs a change of the TypeScript, and keeps the old image over a fault", async () => {
  await using twin = await flashed();
  await using checkout = await Checkout.copy();
  const command = startWatch(checkout, twin);
  const steps = ["device healthy", "device first", "device second"];
  let step = 0;
  let editedAt = 0;
  const errors = await follow(command, (line) => {
    if (!JSON.parse(line).text.endsWith(steps[step])) return false;
    step++;
    if (step === 1) {
      editedAt = performance.now();
      rewriteDevice(checkout, `{ name: "first" }`);
    } else if (step === 2) {
      const seconds = ((performance.now() - editedAt) / 1000).toFixed(2);
      console.log(`figure: run --watch, edit to its line in the log: ${seconds} s`);
    }
    if (step === 2) rewriteDevice(checkout, `{ nane: "typo" }`);
    return step === steps.length;
  }, (line) => {
    if (line.includes("runs on")) rewriteDevice(checkout, `{ name: "second" }`);
  });
  assert.match(errors, /the old image runs on: .*nane/);
  assert.ok(!twin.board.core.halted);
});
