import { CMD, HEADER_BYTES, OP } from "../../../twin/usbip/protocol.ts";

/** What a submit brought. */
export interface Returned {
  readonly status: number;
  readonly actual: number;
  readonly data: Uint8Array;
}

/** A USB/IP client for tests that keeps several submits under way. */
export class UsbipClient {
  readonly #connection: Deno.TcpConn;
  #sequence = 0;
  #input = new Map<number, boolean>();
  #returned = new Map<number, Returned>();
  #unlinked = new Map<number, number>();
  #open = true;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async connect(port: number): Promise<UsbipClient> {
    return new UsbipClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  close(): void {
    if (this.#open) this.#connection.close();
    this.#open = false;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  async read(sizeBytes: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(sizeBytes);
    for (let at = 0; at < sizeBytes;) {
      const size = await this.#connection.read(bytes.subarray(at));
      if (size === null) throw new Error("closed by the peer");
      at += size;
    }
    return bytes;
  }

  operation(code: number, payload: Uint8Array = new Uint8Array(0)): Promise<void> {
    const bytes = new Uint8Array(8 + payload.length);
    bytes.set([1, 0x11, code >> 8, code & 255]);
    bytes.set(payload, 8);
    return this.write(bytes);
  }

  /** Imports; gives the status. */
  async import(busId: string): Promise<number> {
    const name = new Uint8Array(32);
    name.set(new TextEncoder().encode(busId));
    await this.operation(OP.REQ_IMPORT, name);
    const head = await this.read(8);
    if (head[7] === 0) await this.read(312);
    return head[7];
  }

  /** Submits; gives the sequence number. @param what OUT bytes, or the length to read. */
  async submit(
    endpoint: number,
    input: boolean,
    what: Uint8Array | number,
    flags = 0,
    setup: readonly number[] = [],
  ): Promise<number> {
    const data = typeof what === "number" ? new Uint8Array(0) : what;
    const bytes = new Uint8Array(HEADER_BYTES + data.length);
    const view = new DataView(bytes.buffer);
    const sequence = ++this.#sequence;
    view.setUint32(0, CMD.SUBMIT);
    view.setUint32(4, sequence);
    view.setUint32(8, 0x0001_0002);
    view.setUint32(12, input ? 1 : 0);
    view.setUint32(16, endpoint);
    view.setUint32(20, flags);
    view.setUint32(24, typeof what === "number" ? what : what.length);
    bytes.set(setup, 40);
    bytes.set(data, HEADER_BYTES);
    this.#input.set(sequence, input);
    await this.write(bytes);
    return sequence;
  }

  async #receive(): Promise<void> {
    const head = await this.read(HEADER_BYTES);
    const view = new DataView(head.buffer);
    const sequence = view.getUint32(4);
    const status = view.getInt32(20);
    if (view.getUint32(0) === CMD.RET_UNLINK) {
      this.#unlinked.set(sequence, status);
      return;
    }
    const actual = view.getInt32(24);
    const data = await this.read(this.#input.get(sequence) ? actual : 0);
    this.#returned.set(sequence, { status, actual, data });
  }

  /** Waits for the reply to a submit. */
  async finish(sequence: number): Promise<Returned> {
    for (;;) {
      const returned = this.#returned.get(sequence);
      if (returned) return returned;
      await this.#receive();
    }
  }

  /** Whether a reply to a submit has come. */
  returned(sequence: number): boolean {
    return this.#returned.has(sequence);
  }

  /** Unlinks; gives the status. */
  async unlink(victim: number): Promise<number> {
    const bytes = new Uint8Array(HEADER_BYTES);
    const view = new DataView(bytes.buffer);
    const sequence = ++this.#sequence;
    view.setUint32(0, CMD.UNLINK);
    view.setUint32(4, sequence);
    view.setUint32(8, 0x0001_0002);
    view.setUint32(20, victim);
    view.setUint32(20, victim);
    await this.write(bytes);
    while (!this.#unlinked.has(sequence)) await this.#receive();
    return this.#unlinked.get(sequence)!;
  }

  /** Does a control transfer; an OUT one without data. */
  async control(setup: readonly number[]): Promise<Returned> {
    const input = setup[0] >= 0x80;
    const length = setup[6] | setup[7] << 8;
    return this.finish(await this.submit(0, input, input ? length : new Uint8Array(0), 0, setup));
  }
}
