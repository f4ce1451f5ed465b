/**
 * Lines typed at the device, over the RTT down channel or the serial console.
 *
 * @module
 */
import { DROP_REASONS, MESSAGE_DROPS } from "./mctp/counters.ts";
import { LogLevel, type Port } from "./port.ts";

/** Does one command with the rest of its line. */
export type Command = (rest: string, nowMs: number) => void;

/** A command's name, what it does, and how. */
export interface ShellCommand {
  readonly name: string;
  readonly summary: string;
  readonly run: Command;
}

/** Makes the handler of lines for `commands`, and `help`. Every line is answered in the log. */
export function createShell(
  port: Port,
  commands: readonly ShellCommand[],
): (text: string, nowMs: number) => void {
  return (text, nowMs) => {
    const line = text.trim();
    const space = line.indexOf(" ");
    const name = space < 0 ? line : line.slice(0, space);
    if (name === "") return;
    if (name === "help") {
      for (const one of commands) port.log(LogLevel.INFO, `${one.name}: ${one.summary}`);
      return;
    }
    for (const one of commands) {
      if (one.name === name) {
        one.run(space < 0 ? "" : line.slice(space + 1).trim(), nowMs);
        return;
      }
    }
    port.log(LogLevel.WARN, `unknown command '${name}', try help`);
  };
}

/** Makes the commands that show the device's state. */
export function stateCommands(
  port: Port,
  transportDrops: Uint32Array,
  messageDrops: Uint32Array,
  eid: () => number,
): readonly ShellCommand[] {
  function show(names: readonly string[], counts: Uint32Array): number {
    let shown = 0;
    for (let i = 0; i < names.length; i++) {
      if (counts[i] === 0) continue;
      port.log(LogLevel.INFO, `counter ${names[i]} ${counts[i]}`);
      shown++;
    }
    return shown;
  }
  return [
    {
      name: "counters",
      summary: "show what was dropped, and how often",
      run: () => {
        const shown = show(DROP_REASONS, transportDrops) + show(MESSAGE_DROPS, messageDrops);
        if (shown === 0) port.log(LogLevel.INFO, "counters are all 0");
      },
    },
    {
      name: "eid",
      summary: "show the own endpoint ID",
      run: () => port.log(LogLevel.INFO, `eid ${eid()}`),
    },
    {
      name: "heap",
      summary: "show the script heap",
      run: () => {
        const [used, peak, size, free] = [port.heap(0), port.heap(1), port.heap(2), port.heap(3)];
        port.log(
          LogLevel.INFO,
          `heap ${used} of ${size} bytes in use, at most ${peak}, free at least ${free}`,
        );
      },
    },
    {
      name: "reset",
      summary: "reset the device",
      run: () => port.reset(),
    },
  ];
}
