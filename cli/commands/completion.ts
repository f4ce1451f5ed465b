import { defineCommand } from "../command.ts";
import { completionScript, type Shell, SHELLS } from "../completion_scripts.ts";
import { loadAll } from "../dispatch.ts";
import { UsageError } from "../errors.ts";

export default defineCommand({
  name: "completion",
  summary: "print a completion script for a shell",
  description: 'For bash, in ~/.bashrc: eval "$(usbnvme completion bash)"',
  positional: { name: "SHELL", help: "the shell", choices: SHELLS },
  options: {},
  async run(context, _values, shell) {
    if (!SHELLS.includes(shell as Shell)) {
      throw new UsageError(
        `Cannot complete in "${shell ?? ""}": it is not one of ${SHELLS.join(", ")}`,
        "completion",
      );
    }
    const { COMMANDS } = await import("../commands.ts");
    const script = completionScript(shell as Shell, await loadAll(COMMANDS));
    if (context.json) context.printJson({ shell, script });
    else context.print(script.trimEnd());
  },
});
