import type { Board } from "../board.ts";
import { closeQuietly, isHangUp, sendAll } from "../sockets.ts";
import { Pacer } from "../usbip/pacer.ts";
import { BoardTarget, type ProgramRun } from "./board_target.ts";
import { GlasgowProbe, GOODBYE } from "./glasgow.ts";

/** Where a debug server listens: the path of a Unix socket, or a TCP address. */
export type DebugAddress =
  | { readonly path: string }
  | { readonly hostname: string; readonly port: number };

/** What is served, and where. */
export interface DebugServerOptions {
  /** The board. Nobody but `pacedBy` may run it meanwhile. */
  readonly board: Board;
  /** Where to listen; port 0 takes a free one. A socket's path must not exist yet. */
  readonly address: DebugAddress;
  /** Who lets virtual time follow wall time, as a USB/IP server does; default this server itself. */
  readonly pacedBy?: { hold(held: boolean): void };
  /** Cycles that a register access costs a program of the debugger's; default 1000, 0 is exact. */
  readonly accessCycles?: number;
  /** Gets each program of the debugger's that has ended: calls of a flash algorithm. */
  readonly onProgram?: (run: ProgramRun) => void;
  /** Gets errors: a client's malformed packets (`PacketError`), or what the board threw. */
  readonly onError?: (error: unknown) => void;
}

/** Virtual time behind wall time that is not worth a turn: a debugger sees no difference. */
const LEAST_NS = 5_000_000;
/** USB ids of a Glasgow Interface Explorer, by which probe-rs finds its network transport. */
const SELECTOR = "20b7:9db1";

/**
 * The twin's debug connector with a probe on it, for the stock probe-rs: a Glasgow with the
 * `probe-rs` applet, served over a socket.
 *
 * One client at a time, as with a probe on USB; another one is told so and can do nothing.
 *
 * @example
 * ```ts
 * const board = Board.create({ image, ram: true, peek: true });
 * const server = new DebugServer({ board, address: { hostname: "127.0.0.1", port: 0 } });
 * console.log(`probe-rs reset --chip STM32H7S3L8 --probe ${server.selector}`);
 * ```
 */
export class DebugServer {
  readonly #listener: Deno.Listener;
  readonly #target: BoardTarget;
  readonly #pacer: Pacer | undefined;
  readonly #onError: (error: unknown) => void;
  readonly #peers = new Map<Deno.Conn, Promise<void>>();
  readonly #accepting: Promise<void>;
  #user: Deno.Conn | undefined;

  /** Starts to listen and to let time pass. @throws {Deno.errors.AddrInUse} If the address is taken. */
  constructor(options: DebugServerOptions) {
    const { board, address, pacedBy, onProgram = () => {}, onError = () => {} } = options;
    this.#onError = onError;
    this.#listener = "path" in address
      ? Deno.listen({ transport: "unix", path: address.path })
      : Deno.listen({ transport: "tcp", ...address });
    this.#target = new BoardTarget(board, options.accessCycles);
    this.#target.onProgram = onProgram;
    this.#pacer = pacedBy
      ? undefined
      : new Pacer(board.core.clock, (untilNs, until) => board.advance(untilNs, until), LEAST_NS);
    const pacer = pacedBy ?? this.#pacer!;
    this.#target.onRunning = (on) => pacer.hold(on);
    this.#pacer?.start(onError);
    this.#accepting = this.#accept();
  }

  /** What to give to probe-rs as `--probe`. */
  get selector(): string {
    const { addr } = this.#listener;
    if ("path" in addr) return `${SELECTOR}:unix:${addr.path}`;
    const { hostname, port } = addr as Deno.NetAddr;
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    return `${SELECTOR}:tcp:${host}:${port}`;
  }

  /** Whether a debugger is connected. */
  get inUse(): boolean {
    return this.#user !== undefined;
  }

  /** Stops: ends all connections and takes the socket away. Then time stands still. */
  async close(): Promise<void> {
    const { addr } = this.#listener;
    this.#listener.close();
    for (const peer of this.#peers.keys()) await hangUp(peer);
    await Promise.all([...this.#peers.values()]);
    await this.#accepting;
    await this.#pacer?.stop();
    this.#target.close();
    if ("path" in addr && addr.path) await Deno.remove(addr.path).catch(ignoreMissing);
  }

  async #accept(): Promise<void> {
    for (;;) {
      let peer: Deno.Conn;
      try {
        peer = await this.#listener.accept();
      } catch (error) {
        // Closed by close(), or a client that was gone before it was accepted.
        if (error instanceof Deno.errors.BadResource) return;
        this.#onError(error);
        continue;
      }
      if ("setNoDelay" in peer) (peer as Deno.TcpConn).setNoDelay(true);
      this.#peers.set(peer, this.#serve(peer).finally(() => this.#peers.delete(peer)));
    }
  }

  async #serve(peer: Deno.Conn): Promise<void> {
    const isUser = this.#user === undefined;
    if (isUser) this.#user = peer;
    const probe = new GlasgowProbe(isUser ? this.#target : undefined);
    const chunk = new Uint8Array(65536);
    try {
      for (;;) {
        const size = await peer.read(chunk);
        if (size === null) break;
        for (const answer of probe.feed(chunk.subarray(0, size))) await sendAll(peer, answer);
      }
    } catch (error) {
      if (!isHangUp(error)) {
        this.#onError(error);
        await hangUp(peer);
      }
    } finally {
      if (isUser) this.#leave();
      closeQuietly(peer);
    }
  }

  /** The client is gone: a reset that it held is let go, as the pull-up of nRST does. */
  #leave(): void {
    this.#user = undefined;
    this.#target.reset(false);
  }
}

/** Ends a connection so that a client which waits for an answer ends too: at an end of file it would not. */
async function hangUp(peer: Deno.Conn): Promise<void> {
  await sendAll(peer, GOODBYE).catch(() => {});
  closeQuietly(peer);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
