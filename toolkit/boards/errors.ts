import { ToolkitError } from "../errors.ts";

/** What is told of a probe where several could be meant. */
export interface Candidate {
  /** Full selector, to be pasted. */
  readonly selector: string;
  /** What it is. */
  readonly name: string;
  /** Alias of the project file. */
  readonly alias?: string;
}

/** No probe was found, or not the one that was asked for. */
export class NoProbeError extends ToolkitError {
  override name = "NoProbeError";
  /**
   * @param wanted What was asked for; left out if any would have done.
   * @param found The probes that there are.
   */
  constructor(readonly wanted: string | undefined, readonly found: readonly Candidate[]) {
    super(
      wanted === undefined
        ? `Cannot find a probe: no ST-Link is plugged in${
          found.length ? `; there is ${list(found)}` : ""
        }`
        : `Cannot find the probe "${wanted}": ${
          found.length ? `there is ${list(found)}` : "no ST-Link is plugged in"
        }`,
    );
  }
}

/** Several probes could be meant. */
export class AmbiguousProbeError extends ToolkitError {
  override name = "AmbiguousProbeError";
  /**
   * @param wanted What was asked for; left out if nothing was.
   * @param candidates The probes that it could mean.
   */
  constructor(readonly wanted: string | undefined, readonly candidates: readonly Candidate[]) {
    const what = wanted === undefined ? "a probe" : `the probe "${wanted}"`;
    super(`Cannot choose ${what}: there are ${candidates.length}: ${list(candidates)}`);
  }
}

/** A selector is not written as one. */
export class SelectorError extends ToolkitError {
  override name = "SelectorError";
  /**
   * @param selector What was given.
   * @param state What is wrong with it.
   */
  constructor(readonly selector: string, state: string) {
    super(`Cannot use "${selector}" as a probe: ${state}`);
  }
}

/** Another command of this tool is at work on the probe. */
export class ProbeLockedError extends ToolkitError {
  override name = "ProbeLockedError";
  /**
   * @param selector The probe.
   * @param holder Who has it.
   */
  constructor(
    readonly selector: string,
    readonly holder: { readonly pid?: number; readonly command?: string; readonly since?: string },
  ) {
    const { pid, command, since } = holder;
    const who = pid === undefined
      ? "another command"
      : `\`${command}\` (process ${pid}, since ${since})`;
    super(`Cannot use the probe ${selector}: ${who} has it`);
  }
}

function list(candidates: readonly Candidate[]): string {
  return candidates.map(({ selector, name, alias }) =>
    `${selector} (${alias === undefined ? name : `${name} ${alias}`})`
  ).join(", ");
}
