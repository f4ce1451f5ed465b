import { ToolkitError } from "../errors.ts";

export { InterruptedError } from "../errors.ts";

/** There is no probe-rs where it is looked for. */
export class ProbeRsMissingError extends ToolkitError {
  override name = "ProbeRsMissingError";
  /** @param places Where it was looked for. */
  constructor(readonly places: readonly string[]) {
    super(`Cannot find probe-rs: it is not at ${places.join(", nor at ")}`);
  }
}

/** The probe-rs that was found cannot be used. */
export class ProbeRsVersionError extends ToolkitError {
  override name = "ProbeRsVersionError";
  /**
   * @param path The program.
   * @param version Its version, or what it said in place of one.
   * @param minimum The oldest version that will do.
   */
  constructor(readonly path: string, readonly version: string, readonly minimum: string) {
    super(`Cannot use "${path}": it is probe-rs ${version}, older than ${minimum}`);
  }
}

/** A program that was named as probe-rs does not answer like one. */
export class NotProbeRsError extends ToolkitError {
  override name = "NotProbeRsError";
  /**
   * @param path The program.
   * @param said What it said when it was asked for its version.
   */
  constructor(readonly path: string, readonly said: string) {
    super(`Cannot use "${path}": it is no probe-rs; it said "${said}"`);
  }
}

/** Base of all that probe-rs itself ends with; `said` is what it wrote, without its decoration. */
export class ProbeRsError extends ToolkitError {
  override name = "ProbeRsError";
  /**
   * @param message What happened.
   * @param said What probe-rs wrote.
   * @param code Its exit code.
   */
  constructor(message: string, readonly said: string, readonly code: number) {
    super(message);
  }
}

/** Somebody or something ended probe-rs in the middle of its work. */
export class ProbeRsKilledError extends ProbeRsError {
  override name = "ProbeRsKilledError";
}

/** probe-rs sees no such probe, or nothing listens at the address of a twin. */
export class ProbeNotFoundError extends ProbeRsError {
  override name = "ProbeNotFoundError";
}

/** This user may not open the probe. */
export class ProbeInaccessibleError extends ProbeRsError {
  override name = "ProbeInaccessibleError";
}

/** Another program has the probe. */
export class ProbeBusyError extends ProbeRsError {
  override name = "ProbeBusyError";
}

/** The probe is there, but the chip behind it does not answer. */
export class TargetError extends ProbeRsError {
  override name = "TargetError";
}

/** The core has locked up: what its memories hold does not run. */
export class LockupError extends TargetError {
  override name = "LockupError";
}

/** The chip file is missing, damaged, or lacks the chip. */
export class ChipFileError extends ProbeRsError {
  override name = "ChipFileError";
}

/** Flashing failed. */
export class FlashError extends ProbeRsError {
  override name = "FlashError";
}

/** What was read back is not what was written. */
export class VerifyMismatchError extends ProbeRsError {
  override name = "VerifyMismatchError";
}

/** The probe-rs server of `--host` is out of reach or refuses. */
export class RemoteError extends ProbeRsError {
  override name = "RemoteError";
}
