import assert from "node:assert/strict";
import { COMMANDS } from "./commands.ts";
import { completionScript, type Shell } from "./completion_scripts.ts";
import { dispatch, loadAll } from "./dispatch.ts";
import { palette } from "./palette.ts";

/** What asks a shell for the values of `usbnvme uuid --probe`, with a made-up program for the probes. */
const QUESTIONS: Readonly<Record<Shell, (script: string) => string>> = {
  bash: (script) =>
    `usbnvme() { echo "$*" >&2; printf 'left\\n0032003A\\n'; }\n${script}\n` +
    `COMP_WORDS=(usbnvme uuid --probe ''); COMP_CWORD=3; _usbnvme; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // Its completion system wants a terminal; the action is what it would evaluate.
  zsh: (script) => {
    const action = /--probe\[[^']*?:PROBE:(\{[^']*\})'/.exec(script)?.[1];
    assert.ok(action, script);
    return `usbnvme() { echo "$*" >&2; print -l left 0032003A }\n` +
      `compadd() { shift; print -l -- "$@" }\n${action.replace(" 2>/dev/null", "")}`;
  },
  fish: (script) =>
    `function usbnvme; echo "$argv" >&2; printf 'left\\n0032003A\\n'; end\n${script}\n` +
    `complete -C 'usbnvme uuid --probe '`,
};

for (
  const [shell, question] of Object.entries(QUESTIONS) as [Shell, (script: string) => string][]
) {
  const installed = isInstalled(shell);
  Deno.test({
    name: `the ${shell} script completes --probe with probes and aliases` +
      (installed ? "" : `: ${shell} is not installed here`),
    ignore: !installed,
    async fn() {
      const script = completionScript(shell, await loadAll(COMMANDS));
      const { stdout, stderr } = await new Deno.Command(shell, { args: ["-c", question(script)] })
        .output();
      // fish puts a description behind a tab.
      const lines = new TextDecoder().decode(stdout).trim().split("\n");
      const said = lines.map((line) => line.split("\t")[0].trim()).sort();
      assert.deepEqual(said, ["0032003A", "left"], new TextDecoder().decode(stderr));
    },
  });
}

function isInstalled(shell: string): boolean {
  try {
    return new Deno.Command(shell, { args: ["-c", ":"] }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("completion probes prints the aliases of the project file first", async () => {
  const out: string[] = [];
  const code = await dispatch(["completion", "probes"], COMMANDS, {
    env: () => undefined,
    projectFile: () => '[alias]\nleft = "0032"\nci = "twin:unix:/run/twin"\n',
    context: (json) => ({
      root: "/nowhere",
      json,
      palette: palette(false),
      errorPalette: palette(false),
      signal: new AbortController().signal,
      print: (line) => out.push(line),
      printJson: (value) => out.push(JSON.stringify(value)),
      progress: () => {},
      ask: () => Promise.resolve(undefined),
    }),
  });
  assert.equal(code, 0);
  assert.deepEqual(out.slice(0, 2), ["left", "ci"]);
});

Deno.test("an alias of the project file must be text", async () => {
  const { projectAliases } = await import("./config.ts");
  assert.deepEqual([...projectAliases('[alias]\na = "x"\n[build]\ndebug = true')], [["a", "x"]]);
  assert.throws(
    () => projectAliases("[alias]\na = 3"),
    /Cannot use "3" for alias\.a: it is no text/,
  );
});
