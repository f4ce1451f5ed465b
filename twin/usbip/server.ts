import type { Clock } from "../clock.ts";
import { closeQuietly, isHangUp, sendAll } from "../sockets.ts";
import type { Pump } from "../usb/host.ts";
import type { UsbPort } from "../usb/port.ts";
import { Connection } from "./connection.ts";
import { Exporter } from "./exporter.ts";
import { Pacer } from "./pacer.ts";
import { DEFAULT_PORT } from "./protocol.ts";

/** What is served, and where. */
export interface UsbipOptions {
  /** The port whose device is exported. */
  readonly usb: UsbPort;
  /** Virtual time of the board behind it. */
  readonly clock: Clock;
  /** Lets the board run. The server paces it to wall time; nobody else may pump meanwhile. */
  readonly pump: Pump;
  /** Address to listen on; default 127.0.0.1. */
  readonly hostname?: string;
  /** TCP port; default 3240, 0 takes a free one. */
  readonly port?: number;
  /** Gets errors: a client's malformed input ({@link UsbipError}), or what the board threw. */
  readonly onError?: (error: unknown) => void;
}

/**
 * A USB/IP server (protocol 1.1.1) that exports the device of one port as bus id 1-1, so that
 * `usbip attach -r HOST -b 1-1` works; each twin has a server and a TCP port of its own.
 *
 * Every import starts with a bus reset. Isochronous transfers are refused with -EINVAL.
 */
export class UsbipServer {
  readonly #listener: Deno.TcpListener;
  readonly #exporter: Exporter;
  readonly #pacer: Pacer;
  readonly #onError: (error: unknown) => void;
  readonly #peers = new Map<Deno.TcpConn, Promise<void>>();
  readonly #accepting: Promise<void>;

  /** Starts to listen and to let time pass. @throws {Deno.errors.AddrInUse} If the port is taken. */
  constructor(options: UsbipOptions) {
    const { usb, clock, pump, hostname = "127.0.0.1", port = DEFAULT_PORT } = options;
    this.#onError = options.onError ?? (() => {});
    this.#listener = Deno.listen({ hostname, port });
    this.#exporter = new Exporter(usb, clock);
    this.#pacer = new Pacer(clock, pump);
    this.#pacer.start((error) => this.#onError(error));
    this.#accepting = this.#accept();
  }

  /** Where it listens. */
  get address(): { hostname: string; port: number } {
    const { hostname, port } = this.#listener.addr as Deno.NetAddr;
    return { hostname, port };
  }

  /** Clients that are connected. */
  get clients(): number {
    return this.#peers.size;
  }

  /** Somebody else moves virtual time (true), or does so no longer. */
  hold(held: boolean): void {
    this.#pacer.hold(held);
  }

  /** Stops: closes all connections, then time stands still. */
  async close(): Promise<void> {
    this.#listener.close();
    for (const peer of this.#peers.keys()) closeQuietly(peer);
    await Promise.all([...this.#peers.values()]);
    await this.#accepting;
    await this.#pacer.stop();
    this.#exporter.close();
  }

  async #accept(): Promise<void> {
    for (;;) {
      let peer: Deno.TcpConn;
      try {
        peer = await this.#listener.accept();
      } catch (error) {
        // Closed by close(), or a client that was gone before it was accepted.
        if (error instanceof Deno.errors.BadResource) return;
        this.#onError(error);
        continue;
      }
      peer.setNoDelay(true);
      this.#peers.set(peer, this.#serve(peer).finally(() => this.#peers.delete(peer)));
    }
  }

  async #serve(peer: Deno.TcpConn): Promise<void> {
    let sending: Promise<void> = Promise.resolve();
    const connection = new Connection(this.#exporter, {
      send: (bytes) => {
        this.#pacer.relax();
        sending = sending.then(() => sendAll(peer, bytes)).catch(() => closeQuietly(peer));
      },
      close: (error) => {
        if (error) this.#onError(error);
        sending = sending.then(() => closeQuietly(peer));
      },
    });
    const chunk = new Uint8Array(65536);
    try {
      for (;;) {
        const size = await peer.read(chunk);
        if (size === null) break;
        connection.feed(chunk.subarray(0, size));
        this.#pacer.wake();
      }
    } catch (error) {
      // The peer reset the connection, or this side closed it.
      if (!isHangUp(error)) this.#onError(error);
    } finally {
      connection.end();
      await sending;
      closeQuietly(peer);
    }
  }
}
