import type { Palette } from "./palette.ts";

/** What a command has to work with; tests give their own. */
export interface Context {
  /** Root of the repository. */
  readonly root: string;
  /** Whether results are wanted as JSON. */
  readonly json: boolean;
  /** Colours for standard output, or none. */
  readonly palette: Palette;
  /** Colours for standard error, or none. */
  readonly errorPalette: Palette;
  /** Is aborted by Ctrl-C, by SIGTERM, and by the terminal's end. */
  readonly signal: AbortSignal;
  /** Prints one line of a result. */
  print(line: string): void;
  /** Prints a result as JSON, one value a line. */
  printJson(value: unknown): void;
  /** Says one line of progress, on standard error. */
  progress(line: string): void;
  /**
   * Shows, changes or, with no text, takes away a line at the foot of standard error; left out where that is no
   * terminal, or one that cannot go back.
   */
  readonly live?: (key: string, text?: string) => void;
  /**
   * Asks the user on standard error, if both ends are a terminal.
   *
   * @returns The line that was typed; `undefined` where nobody can be asked.
   */
  ask(question: string): Promise<string | undefined>;
  /** Selectors of probes by alias, from the project file. */
  readonly aliases: ReadonlyMap<string, string>;
}
