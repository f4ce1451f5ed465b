import assert from "node:assert/strict";
import { ProbeLockedError } from "./errors.ts";
import { lockFolder, lockProbe } from "./lock.ts";

const SELECTOR = "0483:3754:0031";

function inFolder(use: (folder: string) => void | Promise<void>): () => Promise<void> {
  return async () => {
    const folder = await Deno.makeTempDir();
    try {
      await use(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
}

const files = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name);

Deno.test(
  "lockProbe() says who holds a probe, and leaves nothing when it is given up",
  inFolder((folder) => {
    {
      using _lock = lockProbe(SELECTOR, { command: "usbnvme flash", folder });
      assert.throws(() => lockProbe(SELECTOR, { command: "usbnvme logs", folder }), (error) => {
        assert.ok(error instanceof ProbeLockedError);
        assert.equal(error.holder.pid, Deno.pid);
        assert.match(error.message, /0483:3754:0031: `usbnvme flash` \(process \d+, since 20/);
        return true;
      });
      using _other = lockProbe("0483:3754:0032", { command: "usbnvme logs", folder });
    }
    assert.deepEqual(files(folder), []);
    lockProbe(SELECTOR, { command: "usbnvme logs", folder })[Symbol.dispose]();
  }),
);

Deno.test(
  "lockProbe() gives a lock up once, and not a second holder's",
  inFolder((folder) => {
    const first = lockProbe(SELECTOR, { command: "a", folder });
    first[Symbol.dispose]();
    const second = lockProbe(SELECTOR, { command: "b", folder });
    first[Symbol.dispose]();
    assert.throws(() => lockProbe(SELECTOR, { command: "c", folder }), /`b`/);
    second[Symbol.dispose]();
  }),
);

Deno.test(
  "lockProbe() takes over what a killed process left, and is refused while it lives",
  inFolder(async (folder) => {
    const script = `import { lockProbe } from ${JSON.stringify(import.meta.resolve("./lock.ts"))};
      const lock = lockProbe(${
      JSON.stringify(SELECTOR)
    }, { command: "other", folder: Deno.args[0] });
      console.log("held");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      lock[Symbol.dispose]();`;
    const other = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", script, folder],
      stdout: "piped",
    }).spawn();
    const reader = other.stdout.getReader();
    await reader.read();
    assert.throws(() => lockProbe(SELECTOR, { command: "x", folder }), (error) => {
      assert.ok(error instanceof ProbeLockedError);
      assert.equal(error.holder.pid, other.pid);
      return true;
    });
    other.kill("SIGKILL");
    await other.status;
    await reader.cancel();
    assert.equal(files(folder).length, 1, "a killed process cannot tidy up");
    lockProbe(SELECTOR, { command: "x", folder })[Symbol.dispose]();
    assert.deepEqual(files(folder), []);
  }),
);

Deno.test(
  "lockProbe() works in a folder with a damaged lock file",
  inFolder((folder) => {
    const lock = lockProbe(SELECTOR, { command: "a", folder });
    Deno.writeTextFileSync(`${folder}/${files(folder)[0]}`, "not JSON");
    assert.throws(() => lockProbe(SELECTOR, { command: "b", folder }), /another command has it/);
    lock[Symbol.dispose]();
    assert.deepEqual(files(folder), []);
  }),
);

Deno.test(
  "lockProbe() writes through no link",
  inFolder((folder) => {
    lockProbe(SELECTOR, { command: "a", folder })[Symbol.dispose]();
    using _lock = lockProbe(SELECTOR, { command: "a", folder });
    const [name] = files(folder);
    Deno.writeTextFileSync(`${folder}/precious`, "precious");
    Deno.removeSync(`${folder}/${name}`);
    Deno.symlinkSync(`${folder}/precious`, `${folder}/${name}`);
    assert.throws(() => lockProbe(SELECTOR, { command: "b", folder }), /is no plain file/);
    assert.equal(Deno.readTextFileSync(`${folder}/precious`), "precious");
  }),
);

Deno.test(
  "lockProbe() lets one of many processes in at a time",
  inFolder(async (folder) => {
    // Each writes its number, waits, and looks whether it is still there.
    const script = `import { lockProbe } from ${JSON.stringify(import.meta.resolve("./lock.ts"))};
      const file = Deno.args[0] + "/turn";
      for (let round = 0; round < 20;) {
        let lock;
        try {
          lock = lockProbe("x", { command: "x", folder: Deno.args[0] + "/locks" });
        } catch (error) {
          if (error.name !== "ProbeLockedError") throw error;
          await new Promise((resolve) => setTimeout(resolve, 1));
          continue;
        }
        Deno.writeTextFileSync(file, String(Deno.pid));
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (Deno.readTextFileSync(file) !== String(Deno.pid)) throw new Error("two at once");
        lock[Symbol.dispose]();
        round++;
      }`;
    const ends = await Promise.all(
      Array.from(
        { length: 3 },
        () =>
          new Deno.Command(Deno.execPath(), { args: ["eval", "--ext=ts", script, folder] })
            .output(),
      ),
    );
    for (const { success, stderr } of ends) assert.ok(success, new TextDecoder().decode(stderr));
    assert.deepEqual(files(`${folder}/locks`), []);
  }),
);

Deno.test("lockFolder() is one for all users unless it is named", () => {
  assert.equal(lockFolder(() => undefined), "/tmp/usbnvme-locks");
  assert.equal(lockFolder((name) => name === "USBNVME_LOCKS" ? "/x" : undefined), "/x");
});
