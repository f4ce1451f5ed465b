/** Puts text in colours; without colours it gives the text as it is. */
export interface Palette {
  /** For titles. */
  bold(text: string): string;
  /** For what matters less. */
  dim(text: string): string;
  /** For faults. */
  red(text: string): string;
  /** For warnings. */
  yellow(text: string): string;
  /** For what is well. */
  green(text: string): string;
}

/** Gives a palette with colours or without. */
export function palette(colours: boolean): Palette {
  const style = (code: number) => (text: string) => colours ? `\x1b[${code}m${text}\x1b[0m` : text;
  return {
    bold: style(1),
    dim: style(2),
    red: style(31),
    yellow: style(33),
    green: style(32),
  };
}

/** Says whether a stream gets colours: only on a terminal, and never with NO_COLOR set. */
export function wantsColours(isTerminal: boolean, noColor: string | undefined): boolean {
  return isTerminal && !noColor;
}
