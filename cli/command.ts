import type { Context } from "./context.ts";

/** What an option takes. The shell completes `path` with files, and `probe` with the probes that there are. */
export type OptionType = "boolean" | "string" | "path" | "probe" | "number" | "integer";

/** One option of a command. */
export interface Option {
  /** What it takes. */
  readonly type: OptionType;
  /** What it does, as a clause without a period. */
  readonly help: string;
  /** Stands for the value in the help, as in `FILE`. */
  readonly placeholder?: string;
  /** Unit of a number. */
  readonly unit?: string;
  /** Environment variable that sets it; none if left out. */
  readonly env?: string;
  /** Whether it may be given several times. */
  readonly multiple?: boolean;
  /** Its value if nothing sets it. */
  readonly default?: string | number | boolean;
  /** The values that it may have. */
  readonly choices?: readonly string[];
  /** What `--name` without a value stands for; `--name=VALUE` gives another. */
  readonly bare?: string;
  /** Whether its value is never printed. */
  readonly secret?: boolean;
  /** Name of an option that it cannot stand beside: the one from the stronger source counts. */
  readonly insteadOf?: string;
}

/** An argument without a dash. */
export interface Positional {
  /** Stands for it in the help. */
  readonly name: string;
  /** What it is. */
  readonly help: string;
  /** The values that it may have. */
  readonly choices?: readonly string[];
}

/** The options of a command by name, in kebab case. */
export type Options = Readonly<Record<string, Option>>;

type ValueOf<T extends OptionType> = T extends "boolean" ? boolean
  : T extends "number" | "integer" ? number
  : string;

type Value<O extends Option> = O extends { multiple: true } ? readonly ValueOf<O["type"]>[]
  : O extends { default: string | number | boolean } ? ValueOf<O["type"]>
  : ValueOf<O["type"]> | undefined;

/** The values of options, as `run` gets them. */
export type Values<O extends Options> = { readonly [Name in keyof O]: Value<O[Name]> };

/** One command of the CLI. */
export interface Command<O extends Options = Options> {
  /** Its name on the command line. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** More on it, for its own help. */
  readonly description?: string;
  /** An argument without a dash that it takes. */
  readonly positional?: Positional;
  /** Its options; `json` and `verbose` are added to all. */
  readonly options: O;
  /**
   * Does the work; results go to `context`.
   *
   * @returns The exit code, 0 if left out.
   */
  run(
    context: Context,
    values: Values<O>,
    positional: string | undefined,
  ): Promise<number | void>;
}

/** Makes a command, with the types of its values taken from its options. */
export function defineCommand<const O extends Options>(command: Command<O>): Command {
  return command as unknown as Command;
}

/** Options that every command has. */
export const COMMON_OPTIONS = {
  json: { type: "boolean", default: false, help: "print results as JSON" },
  verbose: { type: "boolean", default: false, help: "say where each setting came from" },
  help: { type: "boolean", default: false, help: "print this help" },
} as const satisfies Options;
