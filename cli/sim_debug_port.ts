import type { Board } from "../twin/board.ts";
import type { DebugAddress, DebugServer, DebugServerOptions } from "../twin/debug/server.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./errors.ts";
import { listenAt } from "./listen.ts";

/** Reads `unix:PATH` or `HOST:PORT`. @throws {UsageError} If it is neither. */
export function parseDebugAddress(text: string): DebugAddress {
  if (text.startsWith("unix:") && text.length > 5) return { path: text.slice(5) };
  const match = /^(?:tcp:)?(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  if (!match || Number(match[3]) > 65535) {
    throw new UsageError(
      `Cannot use "${text}" for --debug-port: it is neither unix:PATH nor HOST:PORT`,
      "sim",
    );
  }
  return { hostname: match[1] ?? match[2], port: Number(match[3]) };
}

/** An open debug port, and the error of the board's that ended it. */
export interface DebugPort {
  readonly server: DebugServer;
  /** What the board threw; undefined while all is well. */
  failed(): unknown;
}

/** Serves the board's debug connector and prints what to give to probe-rs. */
export async function openDebugPort(
  context: Context,
  board: Board,
  address: DebugAddress,
  pacedBy?: DebugServerOptions["pacedBy"],
): Promise<DebugPort> {
  const { DebugServer } = await import("../twin/debug/server.ts");
  let failed: unknown;
  if ("path" in address) await removeStale(address.path);
  const where = "path" in address ? address.path : `${address.hostname}:${address.port}`;
  const server = listenAt(where, "debug-port", () =>
    new DebugServer({
      board,
      address,
      pacedBy,
      onError: (error) => {
        const isPacket = error instanceof Error && error.name === "PacketError";
        if (!isPacket) failed ??= error;
        context.progress(`debug port: ${error instanceof Error ? error.message : error}`);
      },
    }));
  if (context.json) context.printJson({ debugPort: server.selector });
  context.progress(`debug port: probe-rs … --probe ${server.selector}`);
  return { server, failed: () => failed };
}

/** Takes a socket away that nobody listens on: its owner was killed. */
async function removeStale(path: string): Promise<void> {
  try {
    if (!(await Deno.lstat(path)).isSocket) return;
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) await Deno.remove(path);
    else if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
