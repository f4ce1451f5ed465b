import type { Options } from "./command.ts";

/** Options of every command that works on boards. */
export const BOARD_OPTIONS = {
  probe: {
    type: "probe",
    placeholder: "PROBE",
    env: "USBNVME_PROBE",
    multiple: true,
    help:
      "the board: VID:PID:SERIAL, a serial or its beginning or end, an alias of usbnvme.toml, " +
      "twin:unix:PATH or twin:HOST:PORT; the only ST-Link if left out",
  },
  "probe-rs": {
    type: "path",
    placeholder: "PROGRAM",
    env: "USBNVME_PROBE_RS",
    help: "the program probe-rs; else it is looked for in PATH, then in the project's cache",
  },
  "chip-file": {
    type: "path",
    placeholder: "YAML",
    env: "USBNVME_CHIP_FILE",
    help: "describe the chip to probe-rs by this file in place of the project's own",
  },
  speed: { type: "integer", unit: "kHz", help: "speed of the debug wire" },
  host: {
    type: "string",
    placeholder: "URL",
    env: "USBNVME_HOST",
    help: "use the probes of the probe-rs server at ws://HOST:PORT",
  },
  token: {
    type: "string",
    placeholder: "TOKEN",
    env: "USBNVME_TOKEN",
    secret: true,
    help: "token for that server",
  },
} as const satisfies Options;

/** For commands that can work on many boards at once. */
export const ALL_OPTION = {
  all: {
    type: "boolean",
    default: false,
    insteadOf: "probe",
    help: "every board: all ST-Links, and the aliases of usbnvme.toml that are no ST-Links",
  },
} as const satisfies Options;
