import { PKTSTS } from "./bits.ts";

/** One entry: a status word and, for data, the packet. */
interface Entry {
  readonly status: number;
  readonly words: Uint32Array;
}

/**
 * Words that stay free for SETUP packets of the control endpoint; no other data may use them.
 * RM0477, OTG FIFO RAM allocation: 10 locations.
 */
const SETUP_RESERVE_WORDS = 10;

const NO_WORDS = new Uint32Array(0);

/** The FIFO that all OUT endpoints share: entries in order of arrival, popped through GRXSTSP. */
export class RxFifo {
  #entries: Entry[] = [];
  #usedWords = 0;
  #current: Uint32Array = NO_WORDS;
  #position = 0;
  #lastStatus = 0;

  /** Whether something is left to pop or to read: RXFLVL. */
  get pending(): boolean {
    return this.#entries.length > 0 || this.#position < this.#current.length;
  }

  /** Words that the packet popped last still holds unread. */
  get unreadWords(): number {
    return this.#current.length - this.#position;
  }

  /** Empties it. */
  flush(): void {
    this.#entries = [];
    this.#usedWords = 0;
    this.#current = NO_WORDS;
    this.#position = 0;
  }

  /** Whether an OUT packet and the entry that may follow it fit beside the reserve for SETUP. */
  fitsOut(sizeBytes: number, depthWords: number): boolean {
    const needed = 2 + Math.ceil(sizeBytes / 4);
    return this.#usedWords + needed <= depthWords - SETUP_RESERVE_WORDS;
  }

  /** Whether a SETUP packet and its done entry fit. */
  fitsSetup(depthWords: number): boolean {
    return this.#usedWords + 4 <= depthWords;
  }

  /**
   * Appends an entry.
   *
   * @param kind One of {@link PKTSTS}. @param data The packet, u8[0..1024], copied.
   */
  push(kind: number, endpoint: number, toggle: number, data?: Uint8Array): void {
    const sizeBytes = data?.length ?? 0;
    // DPID: DATA0 0, DATA1 2. PKTSTS 4 bits at 17.
    const status = endpoint | (sizeBytes << 4) | (toggle << 16) | (kind << 17);
    let words = NO_WORDS;
    if (data && sizeBytes > 0) {
      const padded = new Uint8Array((sizeBytes + 3) & ~3);
      padded.set(data);
      words = new Uint32Array(padded.buffer);
    }
    this.#entries.push({ status, words });
    this.#usedWords += 1 + words.length;
  }

  /** Gives the next status word without popping it: GRXSTSR. Empty: the last one again. */
  peek(): number {
    return this.#entries[0]?.status ?? this.#lastStatus;
  }

  /** Pops a status word, GRXSTSP, and lays its packet ready for {@link read}. Empty: undefined. */
  pop(): number | undefined {
    const entry = this.#entries.shift();
    if (!entry) return undefined;
    this.#usedWords -= 1 + this.unreadWords;
    this.#current = entry.words;
    this.#position = 0;
    this.#lastStatus = entry.status;
    return entry.status;
  }

  /** Reads the next word of the popped packet; undefined behind its end. */
  read(): number | undefined {
    if (this.#position >= this.#current.length) return undefined;
    this.#usedWords--;
    return this.#current[this.#position++];
  }
}

/** Gives PKTSTS, endpoint number and byte count of a status word. */
export function statusFields(status: number): { kind: number; endpoint: number; size: number } {
  return { kind: (status >>> 17) & 15, endpoint: status & 15, size: (status >>> 4) & 0x7ff };
}

/** Whether entries of this kind carry data words. */
export function carriesData(kind: number): boolean {
  return kind === PKTSTS.OUT_DATA || kind === PKTSTS.SETUP_DATA;
}
