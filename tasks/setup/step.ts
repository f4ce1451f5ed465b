import type { RunOptions } from "../../toolkit/process.ts";
import type { SetupHost } from "./host.ts";

/** One thing that the project needs on a machine. */
export interface Step {
  /** What it is, as in "Debian packages". */
  readonly name: string;
  /** What it is for. */
  readonly why: string;
  /** Says in words what is missing; `undefined` if nothing is. Quick, and changes nothing. */
  missing(host: SetupHost): Promise<string | undefined>;
  /** The command that root has to run, if this step needs root. */
  rootCommand?(host: SetupHost): Promise<string>;
  /** Brings what is missing. */
  bring(host: SetupHost): Promise<void>;
}

/** Thrown when a step cannot be done; the message holds the command and the end of what it said. */
export class SetupError extends Error {
  override name = "SetupError";
}

/**
 * Runs a program that has to succeed, with its lines shown.
 *
 * @throws {SetupError} If it fails.
 */
export async function must(
  host: SetupHost,
  command: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await host.run(command, options);
  if (result.code === 0) return result.stdout;
  const said = `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-15).join("\n");
  throw new SetupError(`Cannot run "${command.join(" ")}": code ${result.code}\n${said}`);
}
