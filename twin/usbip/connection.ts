import type { UsbDevice } from "../usb/device.ts";
import type { UsbFault } from "../usb/errors.ts";
import type { Transfer, TransferResult } from "../usb/transfer.ts";
import type { Exporter } from "./exporter.ts";
import {
  CMD,
  decodeCommand,
  decodeOperation,
  encodeImport,
  encodeList,
  encodeReturn,
  encodeUnlinked,
  ERRNO,
  FLAG,
  HEADER_BYTES,
  OP,
  STATUS,
  type Submit,
  type Unlink,
  UsbipError,
} from "./protocol.ts";

const EMPTY = new Uint8Array(0);

const ERRNO_BY_FAULT: Record<UsbFault, number> = {
  stall: ERRNO.PIPE,
  transaction: ERRNO.PROTO,
  babble: ERRNO.OVERFLOW,
  short: ERRNO.REMOTEIO,
  cancelled: ERRNO.CONNRESET,
  disconnected: ERRNO.SHUTDOWN,
  timeout: ERRNO.TIMEDOUT,
};

/** The wire under a connection. */
export interface Wire {
  /** Sends bytes in order. */
  send(bytes: Uint8Array): void;
  /** Closes once all is sent; `error` says why if it is not the peer's wish. */
  close(error?: Error): void;
}

/**
 * One client of an exporter, without I/O: bytes go in through {@link feed}, replies go to the
 * wire. Before an import it answers operations, after it commands.
 */
export class Connection {
  readonly #exporter: Exporter;
  readonly #wire: Wire;
  #buffer: Uint8Array = EMPTY;
  #chunks: Uint8Array[] = [];
  #chunkBytes = 0;
  #needed = 0;
  #device: UsbDevice | undefined;
  #deviceId = 0;
  #gone = false;
  #closed = false;
  #waiting = false;
  #holding = false;
  readonly #pending = new Map<number, Transfer | undefined>();

  constructor(exporter: Exporter, wire: Wire) {
    this.#exporter = exporter;
    this.#wire = wire;
  }

  /** Takes bytes as they come; malformed ones close the connection with a {@link UsbipError}. */
  feed(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#chunks.push(bytes.slice());
    this.#chunkBytes += bytes.length;
    if (this.#buffer.length + this.#chunkBytes >= this.#needed) this.#advance();
  }

  /** The peer hung up: takes all back. */
  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pending.clear();
    if (this.#holding) this.#exporter.release();
    this.#holding = false;
    this.#device = undefined;
  }

  #advance(): void {
    try {
      this.#gather();
      while (!this.#closed && !this.#waiting && this.#step());
    } catch (error) {
      if (!(error instanceof UsbipError)) throw error;
      this.#close(error);
    }
  }

  /** Joins what has come, once per whole message. */
  #gather(): void {
    if (this.#chunks.length === 0) return;
    const joined = new Uint8Array(this.#buffer.length + this.#chunkBytes);
    joined.set(this.#buffer);
    let at = this.#buffer.length;
    for (const chunk of this.#chunks) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    this.#buffer = joined;
    this.#chunks = [];
    this.#chunkBytes = this.#needed = 0;
  }

  #close(error?: Error): void {
    if (this.#closed) return;
    this.end();
    this.#wire.close(error);
  }

  /** Handles one whole message; false if the buffer holds none. */
  #step(): boolean {
    return this.#device ? this.#command() : this.#operation();
  }

  #take(sizeBytes: number): void {
    this.#buffer = this.#buffer.slice(sizeBytes);
  }

  #operation(): boolean {
    if (this.#buffer.length < 8) return false;
    const code = decodeOperation(this.#buffer);
    if (code === OP.REQ_DEVLIST) {
      this.#take(8);
      this.#list();
      return true;
    }
    if (code !== OP.REQ_IMPORT) {
      throw new UsbipError(`Cannot serve operation 0x${code.toString(16)}: unknown`);
    }
    if (this.#buffer.length < 40) return false;
    const name = this.#buffer.subarray(8, 40);
    const end = name.indexOf(0);
    const busId = new TextDecoder().decode(end < 0 ? name : name.subarray(0, end));
    this.#take(40);
    this.#import(busId);
    return true;
  }

  #list(): void {
    this.#waiting = true;
    this.#exporter.describe((entry) => {
      this.#waiting = false;
      if (this.#closed) return;
      this.#wire.send(encodeList(entry ? [entry] : []));
      this.#advance();
    });
  }

  #import(busId: string): void {
    if (busId !== "1-1") return this.#wire.send(encodeImport(STATUS.NO_DEVICE));
    if (this.#exporter.taken) return this.#wire.send(encodeImport(STATUS.BUSY));
    this.#waiting = this.#holding = true;
    this.#exporter.take(() => this.#detached(), (outcome) => {
      this.#waiting = false;
      if (this.#closed) return;
      if ("error" in outcome) {
        this.#holding = false;
        this.#wire.send(encodeImport(STATUS.ERROR));
      } else {
        const { device, entry } = outcome;
        this.#gone = false;
        this.#device = device;
        this.#deviceId = (entry.busNumber << 16) | entry.deviceNumber;
        this.#wire.send(encodeImport(STATUS.OK, entry));
      }
      this.#advance();
    });
  }

  /** The device is gone: its transfers have ended, the client is told by the closed connection. */
  #detached(): void {
    this.#gone = true;
    if (this.#device) this.#close();
  }

  #command(): boolean {
    if (this.#buffer.length < HEADER_BYTES) return false;
    const command = decodeCommand(this.#buffer);
    if (command.deviceId !== this.#deviceId) {
      throw new UsbipError(`Cannot serve device 0x${command.deviceId.toString(16)}: not imported`);
    }
    if (command.command === CMD.UNLINK) {
      this.#take(HEADER_BYTES);
      this.#unlink(command);
      return true;
    }
    const data = command.input ? 0 : command.length;
    const iso = this.#isochronous(command) ? command.packets * 16 : 0;
    if (iso > 16 * 1024) {
      throw new UsbipError(`Cannot read ${command.packets} isochronous packets: over 1024`);
    }
    const whole = HEADER_BYTES + data + iso;
    if (this.#buffer.length < whole) {
      this.#needed = whole;
      return false;
    }
    const payload = this.#buffer.slice(HEADER_BYTES, HEADER_BYTES + data);
    this.#take(whole);
    this.#submit(command, payload);
    return true;
  }

  #isochronous({ endpoint, input, packets }: Submit): boolean {
    const address = endpoint | (input ? 0x80 : 0);
    return packets !== 0 && packets !== 0xffff_ffff &&
      this.#device?.endpoint(address)?.type === "isochronous";
  }

  #submit(submit: Submit, data: Uint8Array): void {
    const { sequence, endpoint, input, flags, length, setup } = submit;
    if (this.#pending.has(sequence)) {
      throw new UsbipError(`Cannot submit ${sequence}: it is under way`);
    }
    const device = this.#device;
    if (!device || this.#gone) return this.#refuse(sequence, ERRNO.NODEV);
    if (this.#isochronous(submit)) return this.#refuse(sequence, ERRNO.INVAL);
    const onEnd = (result: TransferResult) => this.#ended(submit, result);
    const options = {
      shortNotOk: (flags & FLAG.SHORT_NOT_OK) !== 0,
      zeroPacket: (flags & FLAG.ZERO_PACKET) !== 0,
    };
    this.#pending.set(sequence, undefined);
    let transfer: Transfer | undefined;
    if (endpoint === 0) {
      // The address belongs to this side; a client's kernel keeps its own.
      if (setup[0] === 0x00 && setup[1] === 5) return this.#refuse(sequence, 0);
      transfer = device.submitControl(setup, data, onEnd, options);
    } else if (input) transfer = device.submitIn(endpoint | 0x80, length, onEnd, options);
    else transfer = device.submitOut(endpoint, data, onEnd, options);
    if (!transfer) return this.#refuse(sequence, ERRNO.PIPE);
    if (this.#pending.has(sequence)) this.#pending.set(sequence, transfer);
  }

  #refuse(sequence: number, errno: number): void {
    this.#pending.delete(sequence);
    this.#wire.send(encodeReturn(sequence, -errno, 0, EMPTY));
  }

  #ended({ sequence, length }: Submit, result: TransferResult): void {
    if (!this.#pending.delete(sequence)) return; // Unlinked, or the peer is gone.
    const { fault, data } = result;
    let status = fault ? -ERRNO_BY_FAULT[fault] : 0;
    if (data.length > length) status = -ERRNO.OVERFLOW;
    const shown = data.subarray(0, length);
    this.#wire.send(encodeReturn(sequence, status, Math.min(result.actualBytes, length), shown));
  }

  /** Takes a transfer back: -ECONNRESET if it had not ended, 0 if its reply is out already. */
  #unlink({ sequence, victim }: Unlink): void {
    const transfer = this.#pending.get(victim);
    this.#pending.delete(victim);
    const taken = transfer !== undefined && this.#exporter.controller.cancel(transfer);
    this.#wire.send(encodeUnlinked(sequence, taken ? -ERRNO.CONNRESET : 0));
  }
}
