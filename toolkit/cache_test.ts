import assert from "node:assert/strict";
import { cacheFolder, contentKey, listFiles, writeAtomically } from "./cache.ts";
import { run } from "./process.ts";
import { revision } from "./revision.ts";

async function inTemporaryFolder(use: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("cacheFolder() prefers USBNVME_CACHE to XDG_CACHE_HOME to HOME", () => {
  const folder = (env: Record<string, string>) => cacheFolder((name) => env[name]);
  assert.equal(folder({ HOME: "/h" }), "/h/.cache/usbnvme");
  assert.equal(folder({ HOME: "/h", XDG_CACHE_HOME: "/x" }), "/x/usbnvme");
  assert.equal(folder({ HOME: "/h", XDG_CACHE_HOME: "/x", USBNVME_CACHE: "/u" }), "/u");
});

Deno.test("contentKey() differs wherever two lists differ", () => {
  const keys = [["a", "b"], ["ab"], ["a", "", "b"], ["b", "a"], []].map(contentKey);
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(contentKey(["a"]), contentKey([Uint8Array.of(0x61)]));
  assert.match(keys[0], /^[0-9a-f]{32}$/);
});

Deno.test("listFiles() gives what is kept, sorted, and skips what does not exist", async () => {
  await inTemporaryFolder((folder) => {
    for (const path of ["b/z.ts", "b/a.ts", "b/target/x.ts", "a.ts"]) {
      writeAtomically(`${folder}/${path}`, path);
    }
    const keep = (path: string) => !path.endsWith("/target");
    assert.deepEqual(listFiles(folder, ["b", "a.ts", "none"], keep), ["a.ts", "b/a.ts", "b/z.ts"]);
  });
});

Deno.test("writeAtomically() leaves the old file and nothing else if it cannot write", async () => {
  await inTemporaryFolder((folder) => {
    Deno.mkdirSync(`${folder}/taken/inside`, { recursive: true });
    assert.throws(() => writeAtomically(`${folder}/taken`, "x"));
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["taken"]);
    writeAtomically(`${folder}/new`, "1");
    writeAtomically(`${folder}/new`, Uint8Array.of(0x32));
    assert.equal(Deno.readTextFileSync(`${folder}/new`), "2");
  });
});

Deno.test("revision() marks a changed checkout, and works without one", async () => {
  await inTemporaryFolder(async (folder) => {
    assert.equal(await revision(folder), "unversioned");
    const git = async (...args: string[]) => {
      const who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
      const { code, stderr } = await run(["git", "-C", folder, ...who, ...args]);
      assert.equal(code, 0, stderr);
    };
    await git("init", "-q");
    writeAtomically(`${folder}/a`, "1");
    await git("add", "a");
    await git("commit", "-q", "-m", "a");
    assert.match(await revision(folder), /^[0-9a-f]{12}$/);
    writeAtomically(`${folder}/a`, "2");
    assert.match(await revision(folder), /^[0-9a-f]{12}-dirty$/);
    Deno.mkdirSync(`${folder}/inside`);
    assert.equal(await revision(`${folder}/inside`), "unversioned");
  });
});
