/** GDB's remote serial protocol, as far as a test needs it. */
export class GdbClient implements Disposable {
  readonly #conn: Deno.Conn;
  #text = "";

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Connects to a server that may not listen yet; gives up when `ended` says that it never will. */
  static async connect(port: number, ended: () => boolean): Promise<GdbClient> {
    for (;;) {
      try {
        return new GdbClient(await Deno.connect({ hostname: "127.0.0.1", port }));
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused) || ended()) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Sends a command and gives the answer. */
  async ask(command: string): Promise<string> {
    await this.send(command);
    return await this.answer();
  }

  /** Sends a command whose answer comes later. */
  async send(command: string): Promise<void> {
    await this.#write(`$${command}#${checksum(command)}`);
  }

  /** Waits for the next packet; the server's notifications and acknowledgements are passed over. */
  async answer(): Promise<string> {
    for (;;) {
      const match = /\$([^#]*)#([0-9a-f]{2})/.exec(this.#text);
      if (match) {
        this.#text = this.#text.slice(match.index + match[0].length);
        if (checksum(match[1]) !== match[2]) throw new Error(`Cannot take ${match[0]}: bad sum`);
        await this.#write("+");
        return match[1];
      }
      const chunk = new Uint8Array(65536);
      const size = await this.#conn.read(chunk);
      if (size === null) throw new Error(`Cannot read an answer: the server hung up`);
      this.#text += new TextDecoder("latin1").decode(chunk.subarray(0, size));
    }
  }

  /** Reads a register by its number: u32. */
  async register(number: number): Promise<number> {
    return word(await this.ask(`p${number.toString(16)}`));
  }

  /** Reads a word of memory. */
  async memory(address: number): Promise<number> {
    return word(await this.ask(`m${address.toString(16)},4`));
  }

  [Symbol.dispose](): void {
    this.#conn.close();
  }

  async #write(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }
}

function checksum(text: string): string {
  const sum = [...text].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) & 0xff;
  return sum.toString(16).padStart(2, "0");
}

/** Turns eight hexadecimal digits, lowest byte first, into a number. */
function word(text: string): number {
  if (!/^[0-9a-f]{8}$/.test(text)) throw new Error(`Cannot take "${text}" for a word`);
  const bytes = text.match(/../g)!.reverse().join("");
  return parseInt(bytes, 16);
}
