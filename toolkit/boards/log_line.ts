/** Levels of the log, the gravest first. */
export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One line of a board's log. */
export interface LogLine {
  /** When this host read it. */
  readonly at: Date;
  /** The line as the board wrote it. */
  readonly text: string;
  /** Milliseconds since the board's start, by its own clock; none for a line of another form. */
  readonly boardMs?: number;
  /** Its level; none for a line of another form, as of a panic. */
  readonly level?: LogLevel;
  /** What it says, without time and level. */
  readonly message: string;
  /** Whether it is the first that the firmware logs after a start. */
  readonly isBoot: boolean;
}

/** Reads one line of the log: `<ms> <LEVEL> <text>`. */
export function parseLogLine(text: string, at: Date): LogLine {
  const match = /^(\d+) (ERROR|WARN|INFO|DEBUG) (.*)$/.exec(text);
  if (!match) return { at, text, message: text, isBoot: false };
  const [, ms, level, message] = match;
  return {
    at,
    text,
    boardMs: Number(ms),
    level: level.toLowerCase() as LogLevel,
    message,
    isBoot: message.startsWith("usbnvme. device "),
  };
}

/** Says whether a line is to be shown at a level; one without level always is. */
export function isAtLevel({ level }: LogLine, most: LogLevel): boolean {
  return level === undefined || LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(most);
}
