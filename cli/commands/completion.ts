import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { completionScript, type Shell, SHELLS } from "../completion_scripts.ts";
import { loadAll } from "../dispatch.ts";
import { UsageError } from "../errors.ts";

export default defineCommand({
  name: "completion",
  summary: "print a completion script for a shell",
  description: 'bash, in ~/.bashrc: eval "$(usbnvme completion bash)"\n' +
    'zsh, in ~/.zshrc, behind compinit: eval "$(usbnvme completion zsh)"\n' +
    "fish, in ~/.config/fish/config.fish: usbnvme completion fish | source",
  positional: { name: "SHELL", help: "the shell", choices: SHELLS },
  options: {},
  async run(context, _values, shell) {
    if (shell === "probes") return await printProbes(context);
    if (!SHELLS.includes(shell as Shell)) {
      const shells = SHELLS.join(", ");
      const state = shell === undefined
        ? `Cannot tell which shell is meant: name one of ${shells}`
        : `Cannot complete in "${shell}": it is not one of ${shells}`;
      throw new UsageError(state, "completion");
    }
    const { COMMANDS } = await import("../commands.ts");
    const script = completionScript(shell as Shell, await loadAll(COMMANDS));
    if (context.json) context.printJson({ shell, script });
    else context.print(script.trimEnd());
  },
});

/** Prints what `--probe` can be: aliases, then serials; what the scripts ask for at a Tab. */
async function printProbes(context: Context): Promise<void> {
  const { listProbes } = await import("../../toolkit/boards/probe.ts");
  const serials = listProbes().flatMap(({ serial }) => serial ?? []);
  const words = [...context.aliases.keys(), ...serials];
  if (context.json) context.printJson(words);
  else for (const word of words) context.print(word);
}
