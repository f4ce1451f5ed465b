import type { MemoryMap } from "./memory/memory_map.ts";

/** The control block's id "SEGGER RTT" and six zeros as u32 words; it is aligned by 4. */
const ID = [0x4747_4553, 0x5220_5245, 0x5454, 0];
const HEADER_BYTES = 24;
const CHANNEL_BYTES = 24;

/** Offsets in a channel's descriptor. */
const CHANNEL = { BUFFER: 4, SIZE: 8, WRITE: 12, READ: 16 } as const;

/** Polls from one search of all RAM to the next: without a block, with one, and after a reset. */
const POLLS_WITHOUT = 4;
const POLLS_WITH = 1000;
const POLLS_EAGER = 10;
/** So many searches after a reset are eager. */
const EAGER_POLLS = 100;

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
  readonly #peek: boolean;
  /** While peeking: place in the ring of each control block up to which text is told. */
  readonly #told = new Map<number, number>();
  /** While peeking: blocks of before a reset, whose rings begin anew with the next text. */
  readonly #stale = new Set<number>();
  readonly #decoder = new TextDecoder();
  #block = -1;
  #text = "";
  #down: number[] = [];
  #searchIn = 0;
  #eager = EAGER_POLLS;
  /** Bytes taken since power-on. */
  bytes = 0;

  /**
   * @param onLine Gets each line, without its line end.
   * @param peek Leaves the text in the ring for a debugger; a ring that is full shows no more.
   */
  constructor(memory: MemoryMap, onLine: (line: string) => void, peek = false) {
    this.#memory = memory;
    this.#onLine = onLine;
    this.#peek = peek;
  }

  /** Address of the control block in use; undefined before one is found. */
  get controlBlock(): number | undefined {
    return this.#block < 0 ? undefined : this.#block;
  }

  /** Forgets the control block, as after a loss of power; a half line is told as it is. */
  reset(): void {
    this.flush();
    this.#block = -1;
    this.#told.clear();
    this.#stale.clear();
    this.#down = [];
    this.expectMove();
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
    if (!this.#usable(this.#block)) this.#drop();
    // A search costs more than a look; with a block in hand a second one is looked for seldom.
    if (this.#searchIn-- <= 0) this.#search();
    if (this.#block < 0) return;
    this.#drain();
    if (this.#down.length > 0) this.#fill();
  }

  /** Says that the chip was reset: its programs set their rings up anew. */
  restarted(): void {
    for (const block of this.#told.keys()) this.#stale.add(block);
    this.expectMove();
  }

  /** Says that another program may have started: its control block is looked for at once. */
  expectMove(): void {
    this.#searchIn = 0;
    this.#eager = EAGER_POLLS;
  }

  #search(): void {
    const eager = this.#eager-- > 0;
    this.#searchIn = this.#block < 0 ? POLLS_WITHOUT : eager ? POLLS_EAGER : POLLS_WITH;
    for (const { start, bytes, writable } of this.#memory.regions) {
      if (!writable) continue;
      const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
      for (let at = words.indexOf(ID[0]); at >= 0; at = words.indexOf(ID[0], at + 1)) {
        const found = start + 4 * at;
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
    const write = this.#word(at + CHANNEL.WRITE);
    return write !== this.#from(block, this.#word(at + CHANNEL.READ), write);
  }

  #word(address: number): number {
    return this.#memory.read32(address) ?? 0;
  }

  #usable(block: number): boolean {
    if (block < 0) return false;
    for (let i = 0; i < ID.length; i++) {
      if (this.#memory.read32(block + 4 * i) !== ID[i]) return false;
    }
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
    const read = this.#from(this.#block, this.#word(channel + CHANNEL.READ), write);
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
    if (this.#peek) this.#told.set(this.#block, write);
    else this.#memory.write32(channel + CHANNEL.READ, write);
    this.#tell();
  }

  /** Where untold text begins. */
  #from(block: number, read: number, write: number): number {
    const told = this.#told.get(block);
    if (told === undefined) return read;
    if (this.#stale.has(block)) {
      if (write === told) return told;
      this.#stale.delete(block);
      this.#told.set(block, 0);
      return 0;
    }
    // A ring that nobody has read from cannot have wrapped: the target has set it up anew.
    return read === 0 && write < told ? 0 : told;
  }

  #drop(): void {
    this.#told.delete(this.#block);
    this.#stale.delete(this.#block);
    this.#block = -1;
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
