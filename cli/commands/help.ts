import { defineCommand } from "../command.ts";
import { COMMANDS } from "../commands.ts";
import { loadAll } from "../dispatch.ts";
import { UsageError } from "../errors.ts";
import { commandHelp, overview } from "../help.ts";

export default defineCommand({
  name: "help",
  summary: "tell what the commands and their options do",
  positional: { name: "COMMAND", help: "the command to tell of", choices: Object.keys(COMMANDS) },
  options: {},
  async run(context, _values, name) {
    const commands = await loadAll(COMMANDS);
    const command = commands.find((one) => one.name === name);
    if (name !== undefined && !command) {
      const names = Object.keys(COMMANDS).join(", ");
      throw new UsageError(
        `Cannot tell of "${name}": there is no such command; there are ${names}`,
      );
    }
    if (context.json) {
      context.printJson(command ? describe(command) : commands.map(describe));
      return;
    }
    for (const line of command ? commandHelp(command) : overview(commands)) context.print(line);
  },
});

function describe(
  { name, summary, positional, options }: Awaited<ReturnType<typeof loadAll>>[number],
) {
  return { name, summary, positional, options };
}
