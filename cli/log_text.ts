import type { LogLine } from "../toolkit/boards/log_line.ts";
import type { Context } from "./context.ts";

/** Writes a line of a board's log, with the time of this host's day: the board only knows how long it has run. */
export function logText({ palette }: Context, { at, text, level }: LogLine): string {
  const time = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(11, 23);
  const paint = level === "error" ? palette.red : level === "warn" ? palette.yellow : String;
  return `${palette.dim(time)} ${paint(text)}`;
}
