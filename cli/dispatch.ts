import { type Command, COMMON_OPTIONS, type Options, type Values } from "./command.ts";
import { PROJECT_FILE, projectAliases, resolveSettings, type Settings } from "./config.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./errors.ts";
import { commandHelp, overview } from "./help.ts";
import { reportError } from "./report.ts";

/** Commands by name, loaded when they are needed. */
export type LazyCommands = Readonly<Record<string, () => Promise<{ readonly default: Command }>>>;

/** What a call of the CLI has from outside. */
export interface Surroundings {
  /** Makes the context of a command. */
  context(json: boolean): Omit<Context, "aliases">;
  /** Looks an environment variable up. */
  env(name: string): string | undefined;
  /** Reads the project file of the current folder or of one above; `undefined` if there is none. */
  projectFile(): string | undefined;
}

/** Loads all commands, in the order of the list. */
export function loadAll(commands: LazyCommands): Promise<Command[]> {
  return Promise.all(Object.values(commands).map(async (load) => (await load()).default));
}

/** Runs one command line and gives the exit code. Errors are reported, not thrown. */
export async function dispatch(
  args: readonly string[],
  commands: LazyCommands,
  around: Surroundings,
): Promise<number> {
  const json = args.includes("--json");
  const context = around.context(json);
  try {
    return await runLine(args, commands, around, context);
  } catch (error) {
    const report = reportError(error);
    if (json) context.printJson({ error: report });
    const { red, dim } = context.errorPalette;
    context.progress(`${red("error")}: ${report.message}`);
    if (report.remedy) context.progress(`${dim("remedy")}: ${report.remedy}`);
    return report.exitCode;
  }
}

async function runLine(
  [name, ...args]: readonly string[],
  commands: LazyCommands,
  around: Surroundings,
  bare: Omit<Context, "aliases">,
): Promise<number> {
  const context: Context = { ...bare, aliases: new Map() };
  const isHelp = (word: string | undefined) => word === "--help" || word === "-h";
  const words = name === undefined ? [] : [name, ...args];
  if (bare.json && words.some(isHelp) && Object.hasOwn(commands, "help")) {
    const told = name?.startsWith("-") ? [] : [name!];
    return await runLine(["help", ...told, "--json"], commands, around, bare);
  }
  if (name === undefined || isHelp(name)) {
    for (const line of overview(await loadAll(commands))) context.print(line);
    return name === undefined ? 2 : 0;
  }
  const wanted = name === "--version" ? "version" : name;
  if (!Object.hasOwn(commands, wanted)) {
    const names = Object.keys(commands).join(", ");
    throw new UsageError(`Cannot run "${name}": there is no such command; there are ${names}`);
  }
  const command = (await commands[wanted]()).default;
  if (args.some(isHelp)) {
    for (const line of commandHelp(command)) context.print(line);
    return 0;
  }
  const file = around.projectFile();
  // Only a project file needs to know all commands' keys.
  const all = file === undefined ? [command] : await loadAll(commands);
  const settings = resolveSettings(command, { args, env: around.env, file, commands: all });
  if (settings.values.verbose) explain(command, settings, context);
  const values = settings.values as unknown as Values<Command["options"]>;
  const aliases = file === undefined ? context.aliases : projectAliases(file);
  return await command.run({ ...context, aliases }, values, settings.positional) ?? 0;
}

function explain(command: Command, settings: Settings, context: Context): void {
  const options: Options = { ...command.options, ...COMMON_OPTIONS };
  for (const [name, { secret }] of Object.entries(options)) {
    const origin = settings.origins[name] === "file" ? PROJECT_FILE : settings.origins[name];
    const value = JSON.stringify(settings.values[name]);
    const shown = value === undefined ? "unset" : secret ? "set" : value;
    context.progress(`${name} = ${shown} (${origin})`);
  }
}
