/** A board with a USB host at its port, and MCTP requests over it: for `start`, the bench and tests. */
import { MCTP_INTERFACE, MCTP_SPANNING_SUBCLASS } from "../../chip/usb.ts";
import type { Board } from "../../twin/board.ts";
import type { Enumerated } from "../../twin/usb/enumerate.ts";
import { UsbHost } from "../../twin/usb/host.ts";
import type { UsbPort } from "../../twin/usb/port.ts";
import { type HostRequest, MctpHost } from "./mctp_host.ts";

/** What one request cost. */
export interface Cost {
  /** Instructions that the core executed from the first bit of the request to the end of the reply. */
  readonly instructions: number;
  /** Virtual time of the same span. */
  readonly ns: number;
}

/** A running board, enumerated, with its MCTP function found. */
export class TwinSession {
  /** The board. */
  readonly board: Board;
  /** Its USB host. */
  readonly usb: UsbHost;
  /** The host's MCTP. */
  readonly mctp: MctpHost;
  /** What enumeration found. */
  readonly enumerated: Enumerated;
  readonly #out: number;
  readonly #in: number;

  /**
   * Enumerates a board's device, at `port` if something stands between the board and the host.
   *
   * @throws {Error} If it has no MCTP function with a bulk endpoint each way.
   */
  constructor(board: Board, mctp: MctpHost = new MctpHost(), port: UsbPort = board.usb) {
    this.board = board;
    this.usb = UsbHost.on({ usb: port, core: board.core, run: (options) => board.run(options) });
    this.mctp = mctp;
    this.enumerated = this.usb.enumerate();
    const found = this.enumerated.configurations[0].interfaces.find((one) =>
      one.interfaceClass === MCTP_INTERFACE.class &&
      (one.interfaceSubClass === MCTP_INTERFACE.subclass ||
        one.interfaceSubClass === MCTP_SPANNING_SUBCLASS) &&
      one.interfaceProtocol === MCTP_INTERFACE.protocol
    );
    const bulk = found?.endpoints.filter(({ type }) => type === "bulk") ?? [];
    const input = bulk.find(({ address }) => address & 0x80)?.address;
    const output = bulk.find(({ address }) => !(address & 0x80))?.address;
    if (input === undefined || output === undefined) {
      throw new Error("Cannot talk MCTP: the device has no MCTP function");
    }
    if (found?.interfaceSubClass === MCTP_SPANNING_SUBCLASS) {
      mctp.spanning = true;
      mctp.payload = 8183;
    }
    this.#in = input;
    this.#out = output;
  }

  /** Writes one bulk transfer as it is. */
  send(transfer: Uint8Array): void {
    this.usb.bulkOut(this.#out, transfer, { zeroPacket: this.mctp.spanning });
  }

  /** Queues one bulk transfer to be written while the board runs. */
  queue(transfer: Uint8Array): void {
    this.usb.queueOut(this.#out, transfer, { zeroPacket: this.mctp.spanning });
  }

  /** Reads one bulk transfer. @throws {TimeoutError} If none comes within `timeoutMs` of virtual time. */
  receive(timeoutMs = 100): Uint8Array {
    return this.usb.bulkIn(this.#in, this.mctp.spanning ? 8704 : 512, { timeoutMs });
  }

  /** Reads one bulk transfer; gives undefined if none comes within `timeoutMs` of virtual time. */
  tryReceive(timeoutMs: number): Uint8Array | undefined {
    try {
      return this.receive(timeoutMs);
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError") return undefined;
      throw error;
    }
  }

  /** Sends a request and waits for its reply. */
  ask<T>(request: HostRequest<T>): T {
    for (const transfer of request.transfers) this.send(transfer);
    for (;;) {
      for (const message of this.mctp.receive(this.receive())) {
        if (this.mctp.isReply(request, message)) return request.parse(message.body);
      }
    }
  }

  /** Sends a request, waits for its reply, and says what that cost. */
  measure<T>(request: HostRequest<T>): { readonly reply: T; readonly cost: Cost } {
    const { instructions, nowNs } = this.board;
    const reply = this.ask(request);
    const cost = {
      instructions: this.board.instructions - instructions,
      ns: this.board.nowNs - nowNs,
    };
    return { reply, cost };
  }

  /** Sends a line over RTT and gives the next log line that holds `answer`. */
  command(line: string, answer: string): string {
    const from = this.board.log.length;
    this.board.rttWrite(`${line}\n`);
    const found = this.board.runUntilLog(answer, 200e6, from);
    if (!found) throw new Error(`Cannot get an answer to "${line}": no line with "${answer}"`);
    return found.text;
  }

  /** Lets go of the board's port; the board stays. */
  close(): void {
    this.usb.close();
  }
}
