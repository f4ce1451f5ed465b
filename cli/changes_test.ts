import assert from "node:assert/strict";
import { Changes } from "./changes.ts";

Deno.test("Changes.next() tells of a file each time it is replaced, and not of its neighbours", async () => {
  const root = await Deno.makeTempDir({ prefix: "usbnvme-changes-" });
  const end = new AbortController();
  try {
    await Deno.mkdir(`${root}/folder/below`, { recursive: true });
    const file = `${root}/mine.ts`;
    await Deno.writeTextFile(file, "0");
    await using changes = new Changes({ folders: [`${root}/folder`], file }, 20);
    const replace = async () => {
      await Deno.writeTextFile(`${file}.new`, "1");
      await Deno.rename(`${file}.new`, file);
    };
    for (const act of [replace, replace, () => Deno.writeTextFile(file, "2"), replace]) {
      const next = changes.next(end.signal);
      await act();
      assert.ok(await next);
    }
    const below = changes.next(end.signal);
    await Deno.writeTextFile(`${root}/folder/below/x.ts`, "");
    assert.ok(await below);
    let isTold = false;
    const last = changes.next(end.signal);
    void last.then((told) => isTold = told);
    await Deno.writeTextFile(`${root}/neighbour.ts`, "");
    await new Promise((done) => setTimeout(done, 100));
    end.abort();
    assert.equal(await last, false);
    assert.ok(!isTold);
    assert.equal(await changes.next(end.signal), false, "it stays so");
  } finally {
    end.abort();
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("Changes.next() tells of what has changed before anybody asked", async () => {
  const root = await Deno.makeTempDir({ prefix: "usbnvme-changes-" });
  try {
    await using changes = new Changes({ folders: [root] }, 20);
    await Deno.writeTextFile(`${root}/x.ts`, "");
    await new Promise((done) => setTimeout(done, 50));
    assert.ok(await changes.next(new AbortController().signal));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
