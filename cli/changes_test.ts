import assert from "node:assert/strict";
import { changes } from "./changes.ts";

Deno.test("changes tells of a file each time it is replaced, and not of its neighbours", async () => {
  const root = await Deno.makeTempDir({ prefix: "usbnvme-changes-" });
  const end = new AbortController();
  try {
    await Deno.mkdir(`${root}/folder/below`, { recursive: true });
    const file = `${root}/mine.ts`;
    await Deno.writeTextFile(file, "0");
    const events = changes({ folders: [`${root}/folder`], file }, 20, end.signal);
    const replace = async () => {
      await Deno.writeTextFile(`${file}.new`, "1");
      await Deno.rename(`${file}.new`, file);
    };
    for (const act of [replace, replace, () => Deno.writeTextFile(file, "2"), replace]) {
      const next = events.next();
      await act();
      assert.equal((await next).done, false);
    }
    const below = events.next();
    await Deno.writeTextFile(`${root}/folder/below/x.ts`, "");
    assert.equal((await below).done, false);
    let isTold = false;
    const last = events.next();
    void last.then(({ done }) => isTold = !done);
    await Deno.writeTextFile(`${root}/neighbour.ts`, "");
    await new Promise((done) => setTimeout(done, 100));
    end.abort();
    assert.equal((await last).done, true);
    assert.ok(!isTold);
  } finally {
    end.abort();
    await Deno.remove(root, { recursive: true });
  }
});
