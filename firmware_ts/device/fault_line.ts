/**
 * Fault rules as a line: `admin.identify delay 500 after 2 times 3 probability 0.5`.
 *
 * @module
 */
import type { FaultAction, FaultRule } from "./description.ts";

/** How a rule is written, for the console's help. */
export const FAULT_USAGE =
  "fault COMMAND drop|delay MS|corrupt|tag|mpr N|status CODE|reset [after N] [times N] [probability P]";

/** Reads a rule; gives undefined if the line is none. Numbers are decimal, or hex with 0x. */
export function parseFault(line: string): FaultRule | undefined {
  const words = line.split(" ").filter((word) => word !== "");
  if (words.length < 2) return undefined;
  const kind = words[1];
  let at = 2;
  let action: FaultAction;
  if (kind === "drop" || kind === "corrupt" || kind === "tag" || kind === "reset") {
    action = { kind };
  } else {
    const value = integer(words[at++]);
    if (value === undefined) return undefined;
    if (kind === "delay") action = { kind, ms: value };
    else if (kind === "mpr" && value <= 0xffff) action = { kind, times100Ms: value };
    else if (kind === "status" && value <= 0xff) action = { kind, code: value };
    else return undefined;
  }
  let after: number | undefined;
  let times: number | undefined;
  let probability: number | undefined;
  for (; at < words.length; at += 2) {
    if (words[at] === "probability") {
      probability = Number(words[at + 1]);
      if (!(probability >= 0 && probability <= 1)) return undefined;
      continue;
    }
    const value = integer(words[at + 1]);
    if (value === undefined) return undefined;
    if (words[at] === "after") after = value;
    else if (words[at] === "times") times = value;
    else return undefined;
  }
  return { on: words[0], action, after, times, probability };
}

function integer(word: string | undefined): number | undefined {
  if (word === undefined || word === "") return undefined;
  const value = Number(word);
  return value >= 0 && value <= 0xffffffff && value % 1 === 0 ? value : undefined;
}
