import { EXIT_CODES } from "./exit_codes.ts";

/** What the user is told of an error, and the exit code that goes with it. */
export interface ErrorReport {
  /** The error's class. */
  readonly kind: string;
  /** What happened. */
  readonly message: string;
  /** What can be done about it; none if the message says it all. */
  readonly remedy?: string;
  /** Exit code of the process. */
  readonly exitCode: number;
}

interface Rule {
  readonly exit: keyof typeof EXIT_CODES;
  /** Makes the remedy from the error's fields. */
  readonly remedy?: (fields: Readonly<Record<string, unknown>>) => string;
}

const TOOL_REMEDIES: Readonly<Record<string, string>> = {
  cargo: "install Rust with rustup, then run `deno task setup`",
  rustc: "install Rust with rustup, then run `deno task setup`",
};

/** What is known about each class of error, by its name. */
const RULES: Readonly<Record<string, Rule>> = {
  UsageError: {
    exit: "USAGE",
    remedy: ({ command }) => command ? `see usbnvme help ${command}` : "see usbnvme help",
  },
  UnknownFeatureError: {
    exit: "USAGE",
    remedy: ({ known }) => `use one of: ${(known as readonly string[]).join(", ")}`,
  },
  EngineSourceError: {
    exit: "USAGE",
    remedy: () => "name the folder of a JerryScript 3.0 checkout, or leave --jerryscript out",
  },
  DeviceFileError: {
    exit: "USAGE",
    remedy: () => "name a TypeScript file; firmware_ts/device/examples/ has some to begin with",
  },
  SourceError: {
    exit: "BUILD",
    remedy: () =>
      "mend the lines above; what the engine offers stands in firmware_ts/engine.d.ts. The old image was left as it is",
  },
  RegionFullError: {
    exit: "BUILD",
    remedy: () => "make the script smaller or leave a feature out. The old image was left as it is",
  },
  ToolMissingError: {
    exit: "TOOL",
    remedy: ({ tool }) => TOOL_REMEDIES[String(tool)] ?? "run `deno task setup`",
  },
  ToolFailedError: { exit: "BUILD" },
  ProbeRsMissingError: {
    exit: "TOOL",
    remedy: () =>
      "run `deno task setup --probe-rs` (some minutes, once), or name one with --probe-rs or USBNVME_PROBE_RS",
  },
  ProbeRsVersionError: {
    exit: "TOOL",
    remedy: () => "run `deno task setup --probe-rs`, and leave the old one out with --probe-rs",
  },
  NotProbeRsError: { exit: "TOOL", remedy: () => "name the program probe-rs with --probe-rs" },
  NoProbeError: {
    exit: "NO_BOARD",
    remedy: ({ found }) =>
      (found as readonly { selector: string; alias?: string }[]).map(({ selector, alias }) =>
        `--probe ${alias ?? selector}`
      ).join(" or ") ||
      "plug the board's CN5 in; `usbnvme doctor` tells what else may be wrong. A twin: usbnvme sim --debug-port",
  },
  AmbiguousProbeError: {
    exit: "AMBIGUOUS",
    remedy: ({ candidates }) =>
      (candidates as readonly { selector: string }[]).map(({ selector }) => `--probe ${selector}`)
        .join(" or "),
  },
  SelectorError: {
    exit: "USAGE",
    remedy: () => "`usbnvme list` shows selectors that can be pasted",
  },
  ProbeLockedError: {
    exit: "BUSY",
    remedy: ({ holder }) =>
      `wait for it, or end it: kill ${(holder as { pid?: number }).pid ?? "PID"}`,
  },
  ProbeNotFoundError: {
    exit: "NO_BOARD",
    remedy: () => "`usbnvme list` shows what is there; a twin has to run: usbnvme sim --debug-port",
  },
  ProbeInaccessibleError: {
    exit: "ACCESS",
    remedy: () => "`usbnvme list` shows the udev rule that lets you; then plug it in again",
  },
  ProbeBusyError: {
    exit: "BUSY",
    remedy: () => "end the other debugger or probe-rs that has the probe",
  },
  TargetError: {
    exit: "PROBE_RS",
    remedy: () => "see to power and cables; `usbnvme reset` frees a core that does not answer",
  },
  LockupError: {
    exit: "PROBE_RS",
    remedy: () => "flash it: usbnvme flash, with --loader if the board is new",
  },
  RamSplitError: {
    exit: "NO_BOOT",
    remedy: () => "`usbnvme flash --loader` once: the loader sets the split",
  },
  FlashError: { exit: "PROBE_RS", remedy: () => "flash again: what was cut off is mended by it" },
  VerifyMismatchError: { exit: "MISMATCH", remedy: () => "flash again" },
  ProbeRsError: { exit: "PROBE_RS" },
  ProbeRsKilledError: {
    exit: "PROBE_RS",
    remedy: () => "do it again; a flash that was cut off is mended by the next one",
  },
  ChipFileError: {
    exit: "CHIP_FILE",
    remedy: () => "make it anew: `deno task chip-file`, and leave --chip-file out",
  },
  TargetDataError: {
    exit: "CHIP_FILE",
    remedy: () => "remove that crate from cargo's registry; `deno task chip-file` fetches it anew",
  },
  RemoteError: {
    exit: "REMOTE",
    remedy: () => "see to `probe-rs serve` on the other machine, to --host and to --token",
  },
  NoLoaderError: { exit: "NO_BOOT", remedy: () => "install it, once: usbnvme flash --loader" },
  NotBootedError: {
    exit: "NO_BOOT",
    remedy: () => "flash again, with --loader if the loader is old; `usbnvme logs` tells more",
  },
  InterruptedError: { exit: "INTERRUPTED" },
  ElfError: { exit: "IMAGE", remedy: () => "build the image again: usbnvme build" },
  UnicornMissingError: {
    exit: "TOOL",
    remedy: () => "run `deno task setup`, or set USBNVME_UNICORN to a libunicorn 2",
  },
  NotStartedError: {
    exit: "IMAGE",
    remedy: () => "build image and loader again: leave --image and --loader out",
  },
  UnmodelledError: {
    exit: "FAILED",
    remedy: () => "leave --strict out to count such accesses and go on",
  },
  BoardFileError: {
    exit: "IMAGE",
    remedy: () => "name another file, or remove it to begin with a new board",
  },
};

/** Tells what to say about an error; classes are known by name, so that no layer has to be loaded for it. */
export function reportError(error: unknown): ErrorReport {
  if (!(error instanceof Error)) {
    return { kind: "Error", message: String(error), exitCode: EXIT_CODES.FAILED.code };
  }
  const rule = RULES[error.name];
  if (!rule) {
    return { kind: error.name, message: error.message, exitCode: EXIT_CODES.FAILED.code };
  }
  return {
    kind: error.name,
    message: error.message,
    remedy: rule.remedy?.(error as unknown as Record<string, unknown>),
    exitCode: EXIT_CODES[rule.exit].code,
  };
}
