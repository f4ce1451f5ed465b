import assert from "node:assert/strict";
import { ROOT } from "../support/built.ts";

Deno.test("the test of one's own in docs/twin_in_ci.md runs in a project of its own", async () => {
  const folder = await Deno.makeTempDir({ prefix: "usbnvme-example-" });
  try {
    const page = await Deno.readTextFile(`${ROOT}/docs/twin_in_ci.md`);
    const blocks = new Map(
      [...page.matchAll(/^```(ts|json)\n([^]*?)^```/gm)].map(([, kind, text]) => [
        kind,
        text.replaceAll("/path/to/usbnvme", ROOT),
      ]),
    );
    await Deno.writeTextFile(`${folder}/deno.json`, blocks.get("json")!);
    await Deno.writeTextFile(`${folder}/example.ts`, blocks.get("ts")!);
    await Deno.writeTextFile(
      `${folder}/my_drive.ts`,
      `import { defineDevice } from "usbnvme/device";\nexport default defineDevice({ name: "mine" });\n`,
    );
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "example.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.equal(code, 0, err);
    assert.match(out, /^[1-9]\n$/, "interfaces of the device");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
