import assert from "node:assert/strict";
import { ROOT } from "../support/built.ts";

/** Runs a program to its end. @throws {Error} With what it said, if it failed. */
async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, cwd }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(code, 0, `${command} ${args.join(" ")}: ${text(stderr)}`);
  return text(stdout);
}

/** What node runs: what needs no Deno works, what needs it says so. */
const PROGRAM = `
  import { boards, build } from "@usbnvme/usbnvme";
  import { defineDevice } from "@usbnvme/usbnvme/device";
  import { decode, LAYOUTS } from "@usbnvme/usbnvme/wire";
  const packet = LAYOUTS.find(({ title }) => title === "MCTP packet");
  const said = await build({}, { root: "." }).catch((error) => error.message);
  console.log(JSON.stringify({
    source: decode(packet, Uint8Array.of(1, 8, 9, 0xc8, 0)).source,
    device: defineDevice({ name: "mine" }).name,
    uuid: boards.identityOf(new Uint8Array(12)).uuid,
    said,
  }));
`;

Deno.test("the npm tarball installs under node; its parts without Deno work there", async () => {
  const folder = await Deno.makeTempDir({ prefix: "usbnvme-pack-" });
  try {
    const tarball = `${folder}/usbnvme.tgz`;
    const pack = ["pack", "--allow-dirty", "--allow-slow-types", "--output", tarball];
    await run(ROOT, Deno.execPath(), ...pack);
    await Deno.writeTextFile(`${folder}/package.json`, `{"private":true,"type":"module"}`);
    await run(folder, "npm", "install", "--no-audit", "--no-fund", tarball);
    await Deno.writeTextFile(`${folder}/main.mjs`, PROGRAM);
    assert.deepEqual(JSON.parse(await run(folder, "node", "main.mjs")), {
      source: 9,
      device: "mine",
      uuid: "8dcaaa9b-4362-40ce-9efb-bdd7d764c88a",
      said: "Deno is not defined",
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
