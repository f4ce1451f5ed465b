import { type BuildContext, buildCrate, type BuiltCrate } from "./cargo.ts";
import { FEATURES } from "./features.ts";

/** What selects a base image. */
export interface BaseImageOptions {
  /** With assertions, overflow checks and debug lines. */
  readonly debug: boolean;
  /** With the log on a CDC-ACM serial port. */
  readonly serialLog: boolean;
  /** Features of the build, checked. */
  readonly features: readonly string[];
  /** A checkout of JerryScript to compile in place of the crate's copy. */
  readonly jerryscript?: string;
}

/** Gives the image without a script: native drivers and the engine. Throws what {@link buildCrate} throws. */
export function baseImage(options: BaseImageOptions, context: BuildContext): Promise<BuiltCrate> {
  const features = options.features.flatMap((name) => FEATURES[name].cargo ?? []);
  if (options.serialLog) features.push("serial-log");
  if (options.debug) features.push("debug");
  return buildCrate({
    package: "usbnvme-firmware",
    sources: ["native"],
    profile: options.debug ? "image-debug" : "release",
    features: features.sort(),
    jerryscript: options.jerryscript,
  }, context);
}

/** Gives the loader for internal flash. Throws what {@link buildCrate} throws. */
export function loader(context: BuildContext): Promise<BuiltCrate> {
  return buildCrate({
    package: "xspiloader",
    sources: ["xspiloader"],
    profile: "release",
    features: [],
  }, context);
}
