import { parseArgs, type ParseArgsConfig } from "node:util";
import { type Command, COMMON_OPTIONS, type Option, type Options } from "./command.ts";
import { UsageError } from "./errors.ts";
import { parseToml, TomlError, type TomlValue } from "./toml.ts";

/** Where a setting came from. */
export type Origin = "default" | "file" | "environment" | "flag";

/** One setting of an option. */
export type Setting = string | number | boolean | readonly (string | number)[] | undefined;

/** All settings of one call, resolved once. */
export interface Settings {
  /** Values by option name. */
  readonly values: Readonly<Record<string, Setting>>;
  /** Where each came from. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** The argument without a dash, if one was given. */
  readonly positional?: string;
}

/** Name of the project file. */
export const PROJECT_FILE = "usbnvme.toml";

/** Tables of the project file that are no command's. */
const OTHER_TABLES = new Set(["alias"]);

/** What settings are read from. */
export interface Sources {
  /** Arguments behind the command's name. */
  readonly args: readonly string[];
  /** Looks an environment variable up. */
  readonly env: (name: string) => string | undefined;
  /** Text of the project file, if there is one. */
  readonly file?: string;
  /** Names and options of all commands, to know which keys of the file exist. */
  readonly commands: readonly Command[];
}

/**
 * Resolves a command's settings: default, then project file, then environment, then flag.
 *
 * @throws {UsageError} For an unknown option or key, or a value of the wrong type.
 */
export function resolveSettings(command: Command, sources: Sources): Settings {
  const options: Options = { ...command.options, ...COMMON_OPTIONS };
  const flags = parseFlags(command, options, sources.args);
  const file = fileSettings(command, sources);
  const values: Record<string, Setting> = {};
  const origins: Record<string, Origin> = {};
  for (const [name, option] of Object.entries(options)) {
    const fromEnv = option.env ? sources.env(option.env) : undefined;
    const found: [Origin, unknown, string] = flags.values[name] !== undefined
      ? ["flag", flags.values[name], `--${name}`]
      : fromEnv !== undefined && fromEnv !== ""
      ? ["environment", option.multiple ? fromEnv.split(",") : fromEnv, option.env ?? ""]
      : file.has(name)
      ? ["file", file.get(name), `${PROJECT_FILE}, ${command.name}.${name}`]
      : ["default", option.default ?? (option.multiple ? [] : undefined), name];
    origins[name] = found[0];
    values[name] = found[1] === undefined
      ? undefined
      : checkValue(option, found[1], found[2], command.name);
  }
  for (const [name, { insteadOf }] of Object.entries(options)) {
    if (insteadOf !== undefined) settle(command, name, insteadOf, values, origins);
  }
  return Object.freeze({ values, origins, positional: flags.positional });
}

const STRENGTH: readonly Origin[] = ["default", "file", "environment", "flag"];

/** Of a switch and the option that it cannot stand beside, leaves the one from the stronger source. */
function settle(
  command: Command,
  name: string,
  other: string,
  values: Record<string, Setting>,
  origins: Record<string, Origin>,
): void {
  const [mine, theirs] = [name, other].map((one) => STRENGTH.indexOf(origins[one]));
  if (values[name] !== true || theirs === 0) return;
  if (mine === theirs) {
    throw new UsageError(`Cannot use --${name} beside --${other}: leave one out`, command.name);
  }
  const weaker = mine < theirs ? name : other;
  origins[weaker] = "default";
  const { default: usual, multiple } = { ...command.options[weaker] };
  values[weaker] = usual ?? (multiple ? [] : undefined);
}

function parseFlags(
  command: Command,
  options: Options,
  args: readonly string[],
): { values: Record<string, unknown>; positional?: string } {
  const config: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [name, { type, multiple }] of Object.entries(options)) {
    config[name] = { type: type === "boolean" ? "boolean" : "string", multiple: multiple ?? false };
    if (name === "help") config[name].short = "h";
  }
  const known = new Set(Object.keys(options));
  for (const arg of args) {
    if (arg === "--") break;
    const name = /^--(?:no-)?([^=]+)/.exec(arg)?.[1];
    const whole = /^--([^=]+)/.exec(arg)?.[1];
    if (name === undefined || known.has(name) || (whole && known.has(whole))) continue;
    const list = [...known].map((one) => `--${one}`).join(", ");
    throw new UsageError(
      `Cannot use "${arg}": ${command.name} has no such option; it has ${list}`,
      command.name,
    );
  }
  try {
    const { values, positionals } = parseArgs({
      args: args.map((arg, index) => withBareValue(options, arg, args[index + 1])),
      options: config,
      allowPositionals: true,
      allowNegative: true,
      strict: true,
    });
    const most = command.positional ? 1 : 0;
    if (positionals.length > most) {
      throw new UsageError(
        `Cannot use "${positionals[most]}": ${command.name} takes ${most || "no"} argument`,
        command.name,
      );
    }
    return { values, positional: positionals[0] };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      (error instanceof Error ? error.message : String(error)).split("\n")[0].replace(/\.$/, ""),
      command.name,
    );
  }
}

/** Gives an option whose value may be left out the value that it stands for. */
function withBareValue(options: Options, arg: string, next: string | undefined): string {
  const bare = arg.startsWith("--") ? options[arg.slice(2)]?.bare : undefined;
  const hasValue = next !== undefined && !next.startsWith("-");
  return bare === undefined || hasValue ? arg : `${arg}=${bare}`;
}

/**
 * Reads the table `[alias]` of a project file: names for probes.
 *
 * @throws {UsageError} For an alias that is no text.
 */
export function projectAliases(file: string): Map<string, string> {
  const aliases = new Map<string, string>();
  for (const [key, value] of parseProjectFile(file)) {
    if (!key.startsWith("alias.")) continue;
    const name = key.slice("alias.".length);
    if (typeof value !== "string" || value === "") {
      throw new UsageError(`${PROJECT_FILE}: Cannot use "${value}" for ${key}: it is no text`);
    }
    aliases.set(name, value);
  }
  return aliases;
}

function parseProjectFile(file: string): Map<string, TomlValue> {
  try {
    return parseToml(file);
  } catch (error) {
    if (error instanceof TomlError) throw new UsageError(`${PROJECT_FILE}: ${error.message}`);
    throw error;
  }
}

function fileSettings(command: Command, { file, commands }: Sources): Map<string, TomlValue> {
  const found = new Map<string, TomlValue>();
  if (file === undefined) return found;
  for (const [key, value] of parseProjectFile(file)) {
    const [table, name] = key.includes(".") ? key.split(".", 2) : ["", key];
    if (OTHER_TABLES.has(table)) continue;
    const owner = commands.find((one) => one.name === table);
    if (!owner) {
      const tables = [...commands.map((one) => one.name), ...OTHER_TABLES];
      throw new UsageError(
        `${PROJECT_FILE}: Cannot use "${key}": there is no table "${table}"; there are ${
          tables.join(", ")
        }`,
      );
    }
    if (!(name in owner.options)) {
      const names = Object.keys(owner.options).join(", ");
      throw new UsageError(
        `${PROJECT_FILE}: Cannot use "${key}": ${table} has no such key; it has ${names}`,
      );
    }
    if (owner === command) found.set(name, value);
  }
  return found;
}

function checkValue(option: Option, value: unknown, where: string, command: string): Setting {
  if (option.multiple) {
    const list = Array.isArray(value) ? value : [value];
    return list.map((one) => checkOne(option, one, where, command) as string | number);
  }
  return checkOne(option, value, where, command);
}

function checkOne(
  option: Option,
  value: unknown,
  where: string,
  command: string,
): string | number | boolean {
  const bad = (wanted: string) =>
    new UsageError(`Cannot use "${value}" for ${where}: it is not ${wanted}`, command);
  if (option.type === "boolean") {
    if (typeof value === "boolean") return value;
    if (value === "1" || value === "true") return true;
    if (value === "0" || value === "false") return false;
    throw bad("true or false");
  }
  if (option.type === "number" || option.type === "integer") {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number !== "number" || !Number.isFinite(number) || number < 0) {
      throw bad(`a number${option.unit ? ` of ${option.unit}` : ""}`);
    }
    if (option.type === "integer" && !Number.isInteger(number)) throw bad("a whole number");
    return number;
  }
  if (typeof value !== "string") throw bad("text");
  if (option.choices && !option.choices.includes(value)) {
    throw bad(`one of ${option.choices.join(", ")}`);
  }
  return value;
}
