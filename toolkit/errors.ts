/** Base of all errors that the toolkit throws on purpose; the CLI keys its remedies by class. */
export class ToolkitError extends Error {
  override name = "ToolkitError";
}

/** A program that is needed is not on this machine. */
export class ToolMissingError extends ToolkitError {
  override name = "ToolMissingError";
  /** @param tool Name of the program, as called. */
  constructor(readonly tool: string) {
    super(`Cannot run "${tool}": no such program`);
  }
}

/** A program ended with a failure. */
export class ToolFailedError extends ToolkitError {
  override name = "ToolFailedError";
  /**
   * @param tool Name of the program.
   * @param code Its exit code.
   * @param output The end of what it said.
   */
  constructor(readonly tool: string, readonly code: number, readonly output: string) {
    super(`Cannot finish "${tool}": it ended with code ${code}\n${output}`.trimEnd());
  }
}

/** One fault in a source file. Line and column count from 1. */
export interface SourceFault {
  /** Path of the file, relative to the repository where it lies inside. */
  readonly file: string;
  /** Line number from 1; 0 if unknown. */
  readonly line: number;
  /** Column number from 1; 0 if unknown. */
  readonly column: number;
  /** What is wrong. */
  readonly text: string;
}

/** Writes a fault as `file:line:column: text`. */
export function formatFault({ file, line, column, text }: SourceFault): string {
  return line ? `${file}:${line}:${column}: ${text}` : `${file}: ${text}`;
}

/** The firmware's TypeScript does not pass the check of the engine's subset, or does not bundle. */
export class SourceError extends ToolkitError {
  override name = "SourceError";
  /** @param faults All faults, in the order of files and lines. */
  constructor(readonly faults: readonly SourceFault[]) {
    super(faults.map(formatFault).join("\n"));
  }
}

/** A feature was asked for that no part of the build knows. */
export class UnknownFeatureError extends ToolkitError {
  override name = "UnknownFeatureError";
  /**
   * @param feature The name that was given.
   * @param known The names that exist.
   */
  constructor(readonly feature: string, readonly known: readonly string[]) {
    super(`Cannot build feature "${feature}": no such feature`);
  }
}

/** A region of memory cannot hold what should go there. */
export class RegionFullError extends ToolkitError {
  override name = "RegionFullError";
  /**
   * @param region Name of the region.
   * @param neededBytes What should go in.
   * @param availableBytes What is there.
   */
  constructor(
    readonly region: string,
    readonly neededBytes: number,
    readonly availableBytes: number,
  ) {
    super(`Cannot fit ${neededBytes} bytes in ${region}: it has ${availableBytes} bytes`);
  }
}

/** A file is not the ELF it should be. */
export class ElfError extends ToolkitError {
  override name = "ElfError";
  /**
   * @param field The part of the file that is wrong.
   * @param offset Byte offset of that part in the file.
   * @param state What is wrong with it.
   */
  constructor(readonly field: string, readonly offset: number, readonly state: string) {
    super(`Cannot read ELF ${field} at offset 0x${offset.toString(16)}: ${state}`);
  }
}

/** A folder given as the engine's source is not a checkout of JerryScript. */
export class EngineSourceError extends ToolkitError {
  override name = "EngineSourceError";
  /** @param folder The folder that was given. */
  constructor(readonly folder: string) {
    super(`Cannot use "${folder}" as JerryScript: it has no jerry-core/include/jerryscript.h`);
  }
}

/** A device file that is not there. */
export class DeviceFileError extends ToolkitError {
  override name = "DeviceFileError";
  /** @param path The file that was given. */
  constructor(readonly path: string) {
    super(`Cannot find the device file "${path}"`);
  }
}

/** The work was ended by its user. */
export class InterruptedError extends ToolkitError {
  override name = "InterruptedError";
  /** @param what What was under way. */
  constructor(readonly what: string) {
    super(`Cannot finish ${what}: it was interrupted`);
  }
}

/** @throws {InterruptedError} If `signal` is aborted. */
export function checkInterrupted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new InterruptedError(what);
}
