import { type Command, COMMON_OPTIONS, type Option, type Options } from "./command.ts";

/** The shells that a completion script can be made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

interface Flag {
  readonly flag: string;
  readonly option: Option;
}

function flags(command: Command): Flag[] {
  const options: Options = { ...command.options, ...COMMON_OPTIONS };
  return Object.entries(options).map(([name, option]) => ({
    flag: option.type === "boolean" && option.default === true ? `--no-${name}` : `--${name}`,
    option,
  }));
}

/** Prints what `--probe` can be, one a line. */
const PROBES = "usbnvme completion probes 2>/dev/null";

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Writes a completion script that knows all commands, their options and the values of these. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  return { bash, zsh, fish }[shell](commands).join("\n") + "\n";
}

function bash(commands: readonly Command[]): string[] {
  const lines = [
    "_usbnvme() {",
    '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"',
    "  COMPREPLY=()",
    // --name=value comes as three words.
    '  if [ "$current" = "=" ]; then current=',
    '  elif [ "$previous" = "=" ]; then previous="${COMP_WORDS[COMP_CWORD-2]}"; fi',
    "  if [ $COMP_CWORD -eq 1 ]; then",
    `    COMPREPLY=($(compgen -W ${
      quote(commands.map(({ name }) => name).join(" "))
    } -- "$current"))`,
    "    return",
    "  fi",
    '  case "${COMP_WORDS[1]}" in',
  ];
  for (const command of commands) {
    lines.push(`    ${command.name})`, '      case "$previous" in');
    for (const { flag, option } of flags(command)) {
      if (option.type === "boolean") continue;
      const words = option.choices ? `-W ${quote(option.choices.join(" "))}` : "-f";
      const list = option.type === "probe"
        ? `COMPREPLY=($(compgen -W "$(${PROBES})" -- "$current")); `
        : option.choices || option.type === "path"
        ? `COMPREPLY=($(compgen ${words} -- "$current")); `
        : "";
      lines.push(`        ${flag}) ${list}return ;;`);
    }
    lines.push("      esac");
    const names = [...flags(command).map(({ flag }) => flag), ...command.positional?.choices ?? []];
    lines.push(`      COMPREPLY=($(compgen -W ${quote(names.join(" "))} -- "$current")) ;;`);
  }
  return [...lines, "  esac", "}", "complete -o default -F _usbnvme usbnvme"];
}

function zsh(commands: readonly Command[]): string[] {
  const escape = (text: string) => text.replace(/[[\]:]/g, "\\$&");
  const lines = [
    "#compdef usbnvme",
    "_usbnvme() {",
    "  local -a commands",
    "  commands=(",
    ...commands.map(({ name, summary }) => `    ${quote(`${name}:${escape(summary)}`)}`),
    "  )",
    "  if (( CURRENT == 2 )); then _describe command commands; return; fi",
    '  local command="$words[2]"',
    "  shift words; (( CURRENT-- ))",
    '  case "$command" in',
  ];
  for (const command of commands) {
    const specs = flags(command).map(({ flag, option }) => {
      const many = option.multiple ? "*" : "";
      const value = option.type === "boolean"
        ? ""
        : `:${option.placeholder ?? "value"}:${
          option.choices
            ? `(${option.choices.join(" ")})`
            : option.type === "path"
            ? "_files"
            : option.type === "probe"
            ? `{ compadd -- \${(f)"$(${PROBES})"} }`
            : ""
        }`;
      return quote(`${many}${flag}[${escape(option.help)}]${value}`);
    });
    if (command.positional) {
      const { name, choices } = command.positional;
      specs.push(quote(`1:${escape(name)}:${choices ? `(${choices.join(" ")})` : "_files"}`));
    }
    lines.push(`    ${command.name}) _arguments ${specs.join(" ")} ;;`);
  }
  return [...lines, "  esac", "}", "compdef _usbnvme usbnvme"];
}

function fish(commands: readonly Command[]): string[] {
  const lines = ["complete -c usbnvme -f"];
  for (const command of commands) {
    lines.push(
      `complete -c usbnvme -n __fish_use_subcommand -a ${command.name} -d ${
        quote(command.summary)
      }`,
    );
    const here = `-n ${quote(`__fish_seen_subcommand_from ${command.name}`)}`;
    for (const { flag, option } of flags(command)) {
      const value = option.type === "boolean"
        ? ""
        : option.choices
        ? ` -x -a ${quote(option.choices.join(" "))}`
        : option.type === "probe"
        ? ` -x -a ${quote(`(${PROBES})`)}`
        : option.type === "path"
        ? " -r -F"
        : " -x";
      lines.push(
        `complete -c usbnvme ${here} -l ${flag.slice(2)}${value} -d ${quote(option.help)}`,
      );
    }
    const { choices } = command.positional ?? {};
    if (choices) lines.push(`complete -c usbnvme ${here} -a ${quote(choices.join(" "))}`);
    else if (command.positional) lines.push(`complete -c usbnvme ${here} -F`);
  }
  return lines;
}
