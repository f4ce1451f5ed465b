import type { UsbFault } from "./errors.ts";

/** Transfer type of an endpoint that this host can serve. */
export type TransferType = "control" | "bulk" | "interrupt";

/** What a transfer brought. */
export interface TransferResult {
  /** How it failed; undefined when it went well. */
  readonly fault?: UsbFault;
  /** Bytes read; empty for OUT. Owned by whoever submitted. */
  readonly data: Uint8Array;
  /** Bytes that moved, in the data stage if it is a control transfer. */
  readonly actualBytes: number;
}

/** A transfer to be queued on an endpoint. */
export interface TransferRequest {
  /** Device address. */
  readonly address: number;
  /** Endpoint with direction bit; 0 for control transfers of either direction. */
  readonly endpoint: number;
  /** Type. */
  readonly type: TransferType;
  /** wMaxPacketSize of the endpoint. */
  readonly maxPacket: number;
  /** Microframes (high speed) or frames from one poll of an interrupt endpoint to the next. */
  readonly interval?: number;
  /** SETUP packet, u8[8], of a control transfer. */
  readonly setup?: Uint8Array;
  /** OUT: the bytes; not changed, must stay as they are until the transfer has ended. */
  readonly data?: Uint8Array;
  /** IN: the most bytes to read. */
  readonly length?: number;
  /** OUT: a zero-length packet follows if the last packet is full. */
  readonly zeroPacket?: boolean;
  /** IN: a short packet is a fault. */
  readonly shortNotOk?: boolean;
  /** Called once when it has ended. */
  readonly onEnd: (result: TransferResult) => void;
}

/** One step on the bus. */
export interface Step {
  /** Token of its transaction. */
  readonly token: "setup" | "out" | "in";
  /** OUT: the packet. */
  readonly data?: Uint8Array;
}

const EMPTY = new Uint8Array(0);

/** A queued transfer: which packet is next, and what has come so far. */
export class Transfer {
  /** What was asked for. */
  readonly request: TransferRequest;
  /** Consecutive attempts without a handshake. */
  errors = 0;
  /** The queue waits until the device says that the endpoint may be ready. */
  parked = false;
  #stage: "setup" | "data" | "status";
  #moved = 0;
  #tailSent = false;
  readonly #received: Uint8Array;
  readonly #in: boolean;

  /** Starts at the first step. */
  constructor(request: TransferRequest) {
    this.request = request;
    const { setup, endpoint, length = 0 } = request;
    this.#stage = setup ? "setup" : "data";
    this.#in = setup ? (setup[0] & 0x80) !== 0 : (endpoint & 0x80) !== 0;
    this.#received = this.#in ? new Uint8Array(length) : EMPTY;
  }

  get #control(): boolean {
    return this.request.setup !== undefined;
  }

  /** The next step. */
  get step(): Step {
    const { setup, data = EMPTY, maxPacket } = this.request;
    if (this.#stage === "setup") return { token: "setup", data: setup };
    if (this.#stage === "status") {
      return this.#statusIn ? { token: "in" } : { token: "out", data: EMPTY };
    }
    if (this.#in) return { token: "in" };
    return { token: "out", data: data.subarray(this.#moved, this.#moved + maxPacket) };
  }

  get #statusIn(): boolean {
    return !this.#in || this.request.length === 0;
  }

  /** Endpoint address that the next step polls. */
  get pollAddress(): number {
    const number = this.request.endpoint & 15;
    return this.step.token === "in" ? number | 0x80 : number;
  }

  /** Whether the data toggle starts at DATA1 with this step. */
  get startsAtData1(): boolean {
    return this.#control && (this.#stage === "status" || this.#moved === 0);
  }

  /** The step's packet was acknowledged; true when the transfer is complete. */
  sent(): boolean {
    const { data = EMPTY, maxPacket, length = 0, zeroPacket } = this.request;
    if (this.#stage === "setup") {
      const hasData = this.#in ? length > 0 : data.length > 0;
      this.#stage = hasData ? "data" : "status";
      return false;
    }
    if (this.#stage === "status") return true;
    const size = Math.min(maxPacket, data.length - this.#moved);
    this.#moved += size;
    const wantsTail = zeroPacket && size === maxPacket && !this.#tailSent;
    if (this.#moved < data.length) return false;
    if (wantsTail) {
      this.#tailSent = true;
      return false;
    }
    return this.#endData();
  }

  /** A packet came; `babble` if it is too much, true when the transfer is complete. */
  received(packet: Uint8Array): boolean | UsbFault {
    const { maxPacket, shortNotOk } = this.request;
    if (this.#stage === "status") return packet.length === 0 || "babble";
    const room = this.#received.length - this.#moved;
    this.#received.set(packet.subarray(0, room), this.#moved);
    this.#moved += Math.min(room, packet.length);
    if (packet.length > maxPacket || packet.length > room) return "babble";
    const short = packet.length < maxPacket;
    if (short && shortNotOk && this.#moved < this.#received.length) return "short";
    return short || this.#moved === this.#received.length ? this.#endData() : false;
  }

  #endData(): boolean {
    if (!this.#control) return true;
    this.#stage = "status";
    return false;
  }

  /** Ends it. */
  end(fault?: UsbFault): void {
    const data = this.#in ? this.#received.subarray(0, this.#moved) : EMPTY;
    this.request.onEnd({ fault, data, actualBytes: this.#moved });
  }
}
