import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

Deno.test("each of the two streams has colours only if it is the terminal", async () => {
  const folder = await Deno.makeTempDir({ prefix: "usbnvme-colours-" });
  const file = `${folder}/said`;
  const onTerminal = async (words: string) => {
    const { stdout } = await new Deno.Command("script", {
      args: ["-qec", `'${Deno.execPath()}' run -A '${MAIN}' ${words}`, "/dev/null"],
      cwd: folder,
      env: { TERM: "xterm", NO_COLOR: "", SHELL: "/bin/sh" },
      stdin: "null",
    }).output();
    return new TextDecoder().decode(stdout);
  };
  try {
    assert.ok((await onTerminal("nonsense >said")).startsWith("\x1b[31merror\x1b[0m: Cannot run"));
    await onTerminal("nonsense 2>said");
    assert.ok((await Deno.readTextFile(file)).startsWith("error: Cannot run"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
