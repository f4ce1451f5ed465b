import assert from "node:assert/strict";
import { failureOf, plainText } from "./failure.ts";

/** What the stock probe-rs 0.32.0 said, by what had happened. */
const SAID: readonly [string, number, string, RegExp][] = [
  ["ProbeNotFoundError", 1, "Error: No connected probes were found.", /Cannot find the probe P/],
  [
    "ProbeNotFoundError",
    1,
    "Error: Failed to open probe: Failed to open the debug probe.\n\nCaused by:\n    0: The debug probe could not be created.\n    1: A USB error occurred.\n    2: device not found (errno 2)",
    /A USB error occurred: device not found \(errno 2\)$/,
  ],
  [
    "ProbeInaccessibleError",
    1,
    "Error: Failed to open probe: Failed to open the debug probe.\n\nCaused by:\n    0: The debug probe could not be created.\n    1: A USB error occurred.\n    2: permission denied (errno 13)",
    /this user may not/,
  ],
  [
    "ProbeBusyError",
    1,
    "Error: Failed to open probe: Failed to open the debug probe.\n\nCaused by:\n    0: The debug probe could not be created.\n    1: A USB error occurred.\n    2: interface is busy (errno 16)",
    /another program has it/,
  ],
  [
    "ChipFileError",
    1,
    "Error: Failed to read chip description from /nope.yaml\n\nCaused by:\n    No such file or directory (os error 2)",
    /\/nope\.yaml/,
  ],
  [
    "ChipFileError",
    1,
    "Error: An error occurred while deserializing a YAML target description file.\n\nCaused by:\n    variants: invalid type: integer `3`, expected a sequence at line 2 column 11",
    /line 2 column 11/,
  ],
  [
    "ChipFileError",
    1,
    "Error: The chip 'NOPE' was not found in the database.\n\nCaused by:\n    The requested chip 'NOPE' was not found in the list of known targets.",
    /'NOPE'/,
  ],
  [
    "TargetError",
    1,
    "Error: Connecting to the chip was unsuccessful.\n\nCaused by:\n    0: An ARM specific error occurred.\n    1: The debug port did not answer",
    /Cannot talk to the chip behind P/,
  ],
  [
    "FlashError",
    1,
    "Error: An error with the flashing procedure has occurred.\n\nCaused by:\n    0: Failed to erase flash sector at address 0x70000000.\n    1: Something during the interaction with the core went wrong\n    2: A timeout occurred.",
    /0x70000000: Something during the interaction/,
  ],
  [
    "RemoteError",
    1,
    "Error: Failed to connect\n\nCaused by:\n    0: IO error: Connection refused (os error 111)\n    1: Connection refused (os error 111)",
    /probe-rs server/,
  ],
  ["RemoteError", 1, "Error: Connection closed", /refuses the token/],
  [
    "RemoteError",
    1,
    "Error: Failed to parse server URI\n\nCaused by:\n    invalid format",
    /server/,
  ],
  ["ProbeRsError", 2, "error: unexpected argument '--x' found", /Cannot run probe-rs for P/],
  ["ProbeRsError", 101, "thread 'main' panicked at x", /probe-rs panicked/],
  ["ProbeRsError", 1, "Error: Something new", /ended with code 1: Something new$/],
];

Deno.test("failureOf() names what probe-rs ended with", () => {
  for (const [name, code, stderr, message] of SAID) {
    const error = failureOf("P", { code, stdout: "", stderr });
    assert.equal(error.name, name, stderr);
    assert.match(error.message, message);
    assert.equal(error.code, code);
    assert.ok(!error.message.includes("Caused by"), error.message);
  }
});

Deno.test("failureOf() makes nothing of what probe-rs logs on its way", () => {
  const stderr = " INFO probe_rs::flashing::flasher: Erasing sector at address 0x70000000\n" +
    "Error: Something new";
  const error = failureOf("P", { code: 1, stdout: "", stderr });
  assert.equal(error.message, "Cannot finish with P: probe-rs ended with code 1: Something new");
});

Deno.test("failureOf() tells a socket that nobody serves from one that is taken", () => {
  const stderr = "Error: Failed to open probe: Failed to open the debug probe.\n\nCaused by:\n" +
    "    0: The debug probe could not be created.\n    1: A USB error occurred.\n" +
    "    2: /sys/bus/usb/devices/ not found (errno 2)";
  const said = { code: 1, stdout: "", stderr };
  assert.equal(failureOf("P", said, false).name, "ProbeNotFoundError");
  assert.equal(failureOf("P", said, true).name, "ProbeBusyError");
});

Deno.test("plainText() takes colours, stack traces and log lines out", () => {
  const text = "\x1b[33m WARN\x1b[0m probe_rs: what\nError: It broke.\n\nCaused by:\n    0: A.\n" +
    "    1: B\n\nStack backtrace:\n   0: main\n";
  assert.equal(plainText(text), "It broke: A: B");
});
