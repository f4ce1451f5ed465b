import type { MemoryMap } from "./memory/memory_map.ts";

/** "SEGGER RTT" as the control block's id, followed by six zeros. */
const ID = [...new TextEncoder().encode("SEGGER RTT"), 0, 0, 0, 0, 0, 0];
const HEADER_BYTES = 24;
const CHANNEL_BYTES = 24;

/** Offsets in a channel's descriptor. */
const CHANNEL = { BUFFER: 4, SIZE: 8, WRITE: 12, READ: 16 } as const;

/** Longest line that is kept together; a longer one is told in pieces. */
const LONGEST_LINE = 16_384;

/**
 * A debugger's view of RTT: finds the control block in RAM, takes what up channel 0 holds and
 * fills down channel 0. Never changes the target's time.
 *
 * A control block may move (a loader's, then an image's): all RAM is searched again and again,
 * and the block that moves is read. What an earlier block still holds is read first.
 */
export class RttReader {
  readonly #memory: MemoryMap;
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #block = -1;
  #text = "";
  #down: number[] = [];
  #searchIn = 0;
  /** Bytes taken since power-on. */
  bytes = 0;

  /** @param onLine Gets each line, without its line end. */
  constructor(memory: MemoryMap, onLine: (line: string) => void) {
    this.#memory = memory;
    this.#onLine = onLine;
  }

  /** Address of the control block in use; undefined before one is found. */
  get controlBlock(): number | undefined {
    return this.#block < 0 ? undefined : this.#block;
  }

  /** Forgets the control block, as after a loss of power; a half line is told as it is. */
  reset(): void {
    this.flush();
    this.#block = -1;
    this.#searchIn = 0;
    this.#down = [];
  }

  /** Tells a half line. */
  flush(): void {
    if (this.#text.length > 0) this.#onLine(this.#text);
    this.#text = "";
  }

  /** Queues text for the target, UTF-8. */
  write(text: string): void {
    this.#down.push(...new TextEncoder().encode(text));
  }

  /** Looks at the target; call it often. */
  poll(): void {
    if (!this.#usable(this.#block)) this.#block = -1;
    // A search costs more than a look; with a block in hand a second one is looked for seldom.
    if (this.#searchIn-- <= 0) this.#search();
    if (this.#block < 0) return;
    this.#drain();
    if (this.#down.length > 0) this.#fill();
  }

  #search(): void {
    this.#searchIn = this.#block < 0 ? 20 : 200;
    for (const { start, bytes, writable } of this.#memory.regions) {
      if (!writable) continue;
      for (let at = bytes.indexOf(ID[0]); at >= 0; at = bytes.indexOf(ID[0], at + 1)) {
        if (!ID.every((byte, i) => bytes[at + i] === byte)) continue;
        const found = start + at;
        if (found === this.#block || !this.#usable(found) || !this.#hasText(found)) continue;
        if (this.#block >= 0) this.#drain();
        this.#block = found;
        return;
      }
    }
  }

  /** Whether a block's up channel 0 holds text; a stale block of an earlier program holds none. */
  #hasText(block: number): boolean {
    if (this.#block < 0) return true;
    const at = block + HEADER_BYTES;
    return this.#word(at + CHANNEL.WRITE) !== this.#word(at + CHANNEL.READ);
  }

  #word(address: number): number {
    return this.#memory.read32(address) ?? 0;
  }

  #usable(block: number): boolean {
    if (block < 0) return false;
    const id = this.#memory.read(block, ID.length);
    if (!id || !ID.every((byte, i) => id[i] === byte)) return false;
    const up = this.#word(block + 16);
    const down = this.#word(block + 20);
    if (up === 0 || up > 32 || down > 32) return false;
    return this.#channelOk(block + HEADER_BYTES);
  }

  #channelOk(channel: number): boolean {
    const size = this.#word(channel + CHANNEL.SIZE);
    const inside = (offset: number) => this.#word(channel + offset) < size;
    return size > 0 && inside(CHANNEL.WRITE) && inside(CHANNEL.READ) &&
      this.#memory.find(this.#word(channel + CHANNEL.BUFFER), size) !== undefined;
  }

  #drain(): void {
    const channel = this.#block + HEADER_BYTES;
    if (!this.#channelOk(channel)) return;
    const write = this.#word(channel + CHANNEL.WRITE);
    const read = this.#word(channel + CHANNEL.READ);
    if (write === read) return;
    const size = this.#word(channel + CHANNEL.SIZE);
    const buffer = this.#word(channel + CHANNEL.BUFFER);
    const take = (from: number, to: number) => {
      const bytes = this.#memory.read(buffer + from, to - from) ?? new Uint8Array(0);
      this.bytes += bytes.length;
      this.#text += this.#decoder.decode(bytes, { stream: true });
    };
    if (write > read) take(read, write);
    else {
      take(read, size);
      take(0, write);
    }
    this.#memory.write32(channel + CHANNEL.READ, write);
    this.#tell();
  }

  #tell(): void {
    const lines = this.#text.split("\n");
    this.#text = lines.pop()!;
    for (const line of lines) this.#onLine(line.replace(/\r$/, ""));
    if (this.#text.length > LONGEST_LINE) this.flush();
  }

  #fill(): void {
    const up = this.#word(this.#block + 16);
    if (this.#word(this.#block + 20) === 0) return;
    const channel = this.#block + HEADER_BYTES + up * CHANNEL_BYTES;
    if (!this.#channelOk(channel)) return;
    const size = this.#word(channel + CHANNEL.SIZE);
    const buffer = this.#word(channel + CHANNEL.BUFFER);
    const read = this.#word(channel + CHANNEL.READ);
    let write = this.#word(channel + CHANNEL.WRITE);
    while (this.#down.length > 0 && (write + 1) % size !== read) {
      this.#memory.write(buffer + write, Uint8Array.of(this.#down.shift()!));
      write = (write + 1) % size;
    }
    this.#memory.write32(channel + CHANNEL.WRITE, write);
  }
}
