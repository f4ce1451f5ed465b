import { type Command, COMMON_OPTIONS, type Option, type Options } from "./command.ts";
import { EXIT_CODES } from "./exit_codes.ts";
import { formatTable } from "./table.ts";

/** Writes an option as it stands on a command line, as in `--out FILE`. */
export function optionUsage(name: string, option: Option): string {
  const dashes = option.type === "boolean" && option.default === true ? "--no-" : "--";
  if (option.type === "boolean") return dashes + name;
  const value = option.placeholder ?? option.choices?.join("|") ?? option.unit?.toUpperCase() ??
    "VALUE";
  return `${dashes}${name} ${option.bare === undefined ? value : `[${value}]`}`;
}

function optionHelp(option: Option): string {
  const notes: string[] = [];
  if (option.unit) notes.push(`in ${option.unit}`);
  if (option.multiple) notes.push("may be given several times");
  if (option.bare !== undefined) notes.push(`${option.bare} if no value is given`);
  if (option.default !== undefined && option.type !== "boolean") {
    notes.push(`default ${option.default}`);
  }
  if (option.env) notes.push(`environment ${option.env}`);
  return option.help + (notes.length > 0 ? ` (${notes.join("; ")})` : "");
}

/** Writes a command's usage line. */
export function usageLine(command: Command): string {
  const parts = Object.entries(command.options).map(([name, option]) =>
    `[${optionUsage(name, option)}]${option.multiple ? "…" : ""}`
  );
  const positional = command.positional ? [`[${command.positional.name}]`] : [];
  return ["usbnvme", command.name, ...positional, ...parts, "[--json]"].join(" ");
}

/** Writes a command's whole help, in lines. */
export function commandHelp(command: Command): string[] {
  const all: Options = { ...command.options, ...COMMON_OPTIONS };
  const options = Object.entries(all);
  const lines = [`usbnvme ${command.name}: ${command.summary}`, "", `  ${usageLine(command)}`];
  if (command.description) lines.push("", command.description);
  if (command.positional) {
    const { name, help, choices } = command.positional;
    lines.push("", `  ${name}  ${help}${choices ? ` (one of ${choices.join(", ")})` : ""}`);
  }
  const rows = options.map(([name, option]) => [optionUsage(name, option), optionHelp(option)]);
  return [...lines, "", ...formatTable(rows).map((line) => `  ${line}`)];
}

/** Writes the help of the whole CLI, in lines. */
export function overview(commands: readonly Command[]): string[] {
  return [
    "usbnvme: an NVMe-MI device on a Nucleo, and its twin",
    "",
    "  usbnvme COMMAND [OPTIONS]",
    "",
    ...formatTable(commands.map(({ name, summary }) => [name, summary])).map((row) => `  ${row}`),
    "",
    "usbnvme help COMMAND tells the options. Each can also stand in usbnvme.toml, and many in the environment.",
  ];
}

/** Writes the commands as a Markdown table. */
export function commandsMarkdown(commands: readonly Command[]): string[] {
  const rows = commands.map((one) => {
    // A bar would end the cell, also in code.
    return `| \`${usageLine(one).replaceAll("|", "\\|")}\` | ${one.summary} |`;
  });
  return ["| command | what it does |", "|---|---|", ...rows];
}

/** Writes the exit codes as a Markdown table. */
export function exitCodesMarkdown(): string[] {
  const rows = Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  return ["| exit code | meaning |", "|---|---|", ...rows];
}
