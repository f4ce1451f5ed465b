import {
  ChipFileError,
  FlashError,
  LockupError,
  ProbeBusyError,
  ProbeInaccessibleError,
  ProbeNotFoundError,
  ProbeRsError,
  ProbeRsKilledError,
  RemoteError,
  TargetError,
  VerifyMismatchError,
} from "./errors.ts";

type ErrorClass = new (message: string, said: string, code: number) => ProbeRsError;

interface Kind {
  /** Found in what probe-rs said. */
  readonly pattern: RegExp;
  readonly error: ErrorClass;
  /** The message, for `%` the probe. */
  readonly message: string;
}

/**
 * What probe-rs says, and what it means; the first row that matches counts.
 *
 * probe-rs has one exit code for all run-time errors, so its text is all there is to go by.
 */
const KINDS: readonly Kind[] = [
  {
    pattern: /contents do not match|FlashError::Verify|Verification failed|verify.*mismatch/i,
    error: VerifyMismatchError,
    message: "Cannot trust the flash of %: what was read back is not what was written",
  },
  {
    pattern:
      /Failed to connect\n|Failed to parse server URI|Connection closed|WebSocket|HTTP error/,
    error: RemoteError,
    message: "Cannot reach %: the probe-rs server does not answer, or refuses the token",
  },
  {
    pattern:
      /No connected probes were found|Connection refused|device not found|probe.*disconnected/i,
    error: ProbeNotFoundError,
    message: "Cannot find the probe %: it is not there, or was unplugged",
  },
  {
    pattern: /permission denied|os error 13\b|errno 13\b/i,
    error: ProbeInaccessibleError,
    message: "Cannot open the probe %: this user may not",
  },
  {
    pattern: /interface is busy|resource busy|errno 16\b|os error 16\b/i,
    error: ProbeBusyError,
    message: "Cannot open the probe %: another program has it",
  },
  {
    pattern:
      /chip description|deserializing a YAML|was not found in the (database|list)|unable to select a single chip/,
    error: ChipFileError,
    message: "Cannot use the chip file for %",
  },
  {
    pattern:
      /flashing procedure|flash algorithm|Failed to erase|Failed to program|No flash memory/i,
    error: FlashError,
    message: "Cannot flash %",
  },
  {
    pattern: /locked up core/,
    error: LockupError,
    message: "Cannot go on with %: nothing runs there, its core has locked up",
  },
  {
    pattern:
      /Connecting to the chip was unsuccessful|ARM specific|core|target|debug port|register/i,
    error: TargetError,
    message: "Cannot talk to the chip behind %",
  },
];

/** Takes colours, the words `Error:` and `Caused by:`, and the numbers of causes out of what probe-rs said. */
export function plainText(text: string): string {
  return text
    // deno-lint-ignore no-control-regex
    .replaceAll(/\x1b\[[0-9;]*[A-Za-z]/g, "")
    .replace(/\n+Stack backtrace:[^]*$/, "")
    .split("\n")
    .map((line) => line.trim().replace(/^(?:Error|error): /, "").replace(/^\d+: /, ""))
    .filter((line) => line !== "" && line !== "Caused by:" && !/^(WARN|INFO|DEBUG)\b/.test(line))
    .join(": ")
    .replaceAll(/[.:]+: /g, ": ");
}

/**
 * Makes the error that stands for a failed run of probe-rs.
 *
 * @param probe The probe as the user knows it.
 * @param code The exit code; 2 stands for a usage error of this wrapper or of another version.
 * @param isListening For a probe behind a socket: whether something listens there.
 */
export function failureOf(
  probe: string,
  { code, stdout, stderr: logged }: { code: number; stdout: string; stderr: string },
  isListening?: boolean,
): ProbeRsError {
  const stderr = logged.replaceAll(/^ *(?:INFO|DEBUG|TRACE) .*\n?/gm, "");
  const text = `${stderr}\n${stdout}`;
  const said = plainText(stderr) || plainText(stdout).slice(-400);
  if (code === 2 && /^error: /m.test(stderr)) {
    return new ProbeRsError(`Cannot run probe-rs for ${probe}: ${said}`, said, code);
  }
  if (code > 128 && said === "") {
    const state = `probe-rs was ended by signal ${code - 128}`;
    return new ProbeRsKilledError(`Cannot finish with ${probe}: ${state}`, said, code);
  }
  if (code === 101) return new ProbeRsError(`Cannot go on: probe-rs panicked: ${said}`, said, code);
  if (isListening !== undefined && /Failed to open probe/.test(stderr)) {
    // probe-rs tries all its drivers, and tells what the last one said, which is of USB.
    return isListening
      ? new ProbeBusyError(`Cannot use ${probe}: it serves another debugger`, said, code)
      : new ProbeNotFoundError(`Cannot reach ${probe}: nothing listens there`, said, code);
  }
  const kind = KINDS.find(({ pattern }) => pattern.test(text));
  if (!kind) {
    const message = `Cannot finish with ${probe}: probe-rs ended with code ${code}: ${said}`;
    return new ProbeRsError(message, said, code);
  }
  return new kind.error(`${kind.message.replace("%", probe)}: ${said}`, said, code);
}
