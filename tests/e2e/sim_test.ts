import assert from "node:assert/strict";
import { buildOnce } from "../support/built.ts";
import { usbnvme } from "../support/checkout.ts";

interface Line {
  readonly log?: string;
  readonly end?: { readonly instructions: number; readonly unmodelled: readonly unknown[] };
}

/** Writes loader and image to files for as long as `use` takes. */
async function withFiles(use: (files: readonly string[], folder: string) => Promise<void>) {
  const { image, loader } = await buildOnce();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/image.elf`, image.file);
    await Deno.writeFile(`${folder}/loader.elf`, loader);
    await use(["--image", `${folder}/image.elf`, "--loader", `${folder}/loader.elf`], folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function sim(args: readonly string[]): Promise<Line[]> {
  const { code, out, err } = await usbnvme(["sim", "--json", ...args]);
  assert.equal(code, 0, err);
  return out.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("sim logs the UUID that belongs to a unique ID", async () => {
  await withFiles(async (files) => {
    const known = {
      "33003b000c51373136393935": "8becee88-b237-40af-a95b-0fe57a21c3be",
      "000000000000000000000000": "8dcaaa9b-4362-40ce-9efb-bdd7d764c88a",
    };
    for (const [id, uuid] of Object.entries(known)) {
      const lines = await sim([...files, "--strict", "--for", "0.1", "--unique-id", id]);
      const log = lines.map((line) => line.log);
      assert.ok(log.includes(`0 INFO usbnvme. device ${uuid}`), log.join("\n"));
      assert.match(log.join("\n"), /\d+ INFO mctp usb waiting/);
    }
  });
});

Deno.test("sim counts the same instructions in two runs", async () => {
  await withFiles(async (files) => {
    const runs = [await sim([...files, "--for", "0.2"]), await sim([...files, "--for", "0.2"])];
    assert.deepEqual(runs[0], runs[1]);
    const { end } = runs[0].at(-1)!;
    assert.ok(end && end.instructions > 1_000_000);
    assert.deepEqual(end.unmodelled, []);
  });
});

Deno.test("sim keeps a board in a file and boots it again as it is", async () => {
  await withFiles(async (files, folder) => {
    const board = ["--board", `${folder}/board`, "--for", "0.1"];
    const first = await sim([...files, ...board, "--unique-id", "000000000000000000000000"]);
    const second = await sim(board);
    const device = (lines: readonly Line[]) =>
      lines.find(({ log }) => log?.includes("device"))?.log;
    assert.equal(device(first), "0 INFO usbnvme. device 8dcaaa9b-4362-40ce-9efb-bdd7d764c88a");
    assert.equal(device(second), device(first));
    assert.ok(first.some(({ log }) => log?.includes("RAM split changed")));
    assert.ok(
      !second.some(({ log }) => log?.includes("RAM split changed")),
      "option bytes are kept",
    );
  });
});

Deno.test("sim starts an image in RAM", async () => {
  await withFiles(async ([, image]) => {
    const lines = await sim(["--ram", "--image", image, "--for", "0.1"]);
    assert.equal(lines[0].log, "0 INFO usbnvme. device 8becee88-b237-40af-a95b-0fe57a21c3be");
  });
});

Deno.test("sim refuses files and values that are not what they should be", async () => {
  const refuse = async (code: number, text: RegExp, args: readonly string[]) => {
    const said = await usbnvme(["sim", ...args, "--for", "0.01"]);
    assert.match(said.err, text);
    assert.equal(said.code, code, said.err);
  };
  await refuse(2, /"xyz" for --unique-id: it is not 24 hex digits/, ["--unique-id", "xyz"]);
  await refuse(2, /no such file/, ["--image", "/nonexistent.elf"]);
  await refuse(7, /not an ELF file[^]*remedy: build/, ["--ram", "--image", "README.md"]);
});
