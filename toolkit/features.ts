import { UnknownFeatureError } from "./errors.ts";

/** One feature that a build can have. */
export interface Feature {
  /** What it changes, for the help. */
  readonly help: string;
  /** The Cargo feature of the native part that it needs; none if the script alone differs. */
  readonly cargo?: string;
}

/** All features by name. */
export const FEATURES: Readonly<Record<string, Feature>> = {
  "no-offload": {
    help: "cut and join MCTP messages in TypeScript, not in native code",
    cargo: "no-offload",
  },
  "mctp-bench": { help: "send and receive bench messages (vendor subtype 0xF1)" },
  "spanning": { help: "DSP0283 1.1 in place of 1.0: packets of up to 8,191 bytes, subclass 2" },
  "locked": { help: "refuse console lines that change the device; the same as --locked" },
};

/**
 * Checks feature names and puts them in order, each once.
 *
 * @throws {UnknownFeatureError} For the first name that {@link FEATURES} lacks.
 */
export function checkFeatures(names: readonly string[]): string[] {
  for (const name of names) {
    if (!(name in FEATURES)) throw new UnknownFeatureError(name, Object.keys(FEATURES));
  }
  return [...new Set(names)].sort();
}
