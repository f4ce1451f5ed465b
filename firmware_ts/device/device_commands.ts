/**
 * Console lines that change the device while it runs, and the lines that it does at times of its own.
 *
 * @module
 */
import { LogLevel, type OnLine, type Port } from "../port.ts";
import { type Subsystem, VALUE_NAMES } from "../nvme/subsystem.ts";
import type { ShellCommand } from "../shell.ts";
import type { Timers } from "../timers.ts";
import type { DeviceEvent } from "./description.ts";
import { FAULT_USAGE, parseFault } from "./fault_line.ts";
import type { Faults } from "./faults.ts";

/** A build of `--locked` refuses these commands; what its device file says happens all the same. */
export const LOCKED_FEATURE = "locked";

/** The most that can be set of the first values of {@link VALUE_NAMES}: temperature, spare, used, warning. */
const MOST: readonly number[] = [1000, 100, 255, 63];

/** Makes the commands that change the device; where it is `locked` they are refused. */
export function deviceCommands(
  port: Port,
  subsystem: Subsystem,
  faults: Faults,
  locked: boolean,
): readonly ShellCommand[] {
  const command = (
    name: string,
    summary: string,
    run: (rest: string, nowMs: number) => string,
  ): ShellCommand => ({
    name,
    summary,
    run: (rest, nowMs) => {
      if (locked) port.log(LogLevel.WARN, `${name}: refused, the build is locked`);
      else port.log(LogLevel.INFO, `${name}: ${run(rest, nowMs)}`);
    },
  });
  return [
    command("set", `${VALUE_NAMES.join("|")} NUMBER`, (rest, nowMs) => {
      const [name, text, more] = rest.split(" ");
      const value = Number(text);
      if (text === undefined || text === "" || more !== undefined || value !== value) {
        return "say a name and a number";
      }
      const which = VALUE_NAMES.indexOf(name);
      if (which < 0) return `no value ${name}`;
      const least = which === 0 ? -273 : 0;
      const most = which < MOST.length ? MOST[which] : 9007199254740991;
      if (value < least || value > most) return `${name}: not from ${least} to ${most}`;
      subsystem.setValue(name, value, nowMs);
      return rest;
    }),
    command("fault", FAULT_USAGE.slice(6) + ", or clear", (rest) => {
      if (rest === "clear") {
        faults.clear();
        return "cleared";
      }
      const rule = parseFault(rest);
      if (rule === undefined) return `not understood, say ${FAULT_USAGE}`;
      return faults.add(rule) ? `added ${rest}` : `no command ${rule.on}`;
    }),
    {
      name: "faults",
      summary: "show the fault rules, and how often each has struck",
      run: () => {
        const lines = faults.list();
        if (lines.length === 0) port.log(LogLevel.INFO, "faults: none");
        for (const line of lines) port.log(LogLevel.INFO, `fault ${line}`);
      },
    },
  ];
}

/** Does each event's line at its time; `events` need no order. */
export function runEvents(events: readonly DeviceEvent[], timers: Timers, onLine: OnLine): void {
  if (events.length === 0) return;
  const ordered = events.slice().sort((a, b) => a.atMs - b.atMs);
  let next = 0;
  const slot: number = timers.slot((nowMs) => {
    while (next < ordered.length && ordered[next].atMs <= nowMs) {
      onLine(ordered[next++].line, nowMs);
    }
    if (next < ordered.length) timers.set(slot, ordered[next].atMs);
  });
  timers.set(slot, ordered[0].atMs);
}
