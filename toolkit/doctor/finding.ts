import type { Run } from "../process.ts";

/** What was found of one thing that the project needs. */
export interface Finding {
  /** The thing. */
  readonly name: string;
  /** `bad` stops work; a `note` only stops work that not everybody does. */
  readonly state: "ok" | "note" | "bad";
  /** What was found. */
  readonly told: string;
  /** What to do about it, in lines to paste or to read. */
  readonly remedy?: readonly string[];
}

/** The machine that is looked at; tests give one of their own. */
export interface Machine {
  /** Root of the repository. */
  readonly repository: string;
  /** Root of the file system. */
  readonly root: string;
  /** Runs programs. */
  readonly run: Run;
  /** Looks an environment variable up. */
  readonly env: (name: string) => string | undefined;
  /** Version of the Deno that runs this. */
  readonly denoVersion: string;
  /** Whether this is the superuser. */
  readonly isRoot: boolean;
}

const SETUP = ["deno task setup"];

/** Makes a finding for a thing that set-up brings, once `before` is done. */
export function fromSetup(
  name: string,
  told: string | undefined,
  missing: string,
  before: readonly string[] = [],
): Finding {
  return told === undefined
    ? { name, state: "bad", told: missing, remedy: [...before, ...SETUP] }
    : { name, state: "ok", told };
}
