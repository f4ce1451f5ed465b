/** A transmit FIFO: words in, words out, a depth that its DIEPTXF register sets. */
export class TxFifo {
  readonly #words: number[] = [];
  #head = 0;
  /** Words that it can hold. */
  depthWords = 0;

  /** Words that it holds. */
  get usedWords(): number {
    return this.#words.length - this.#head;
  }

  /** Words that still fit: DTXFSTS. */
  get freeWords(): number {
    return Math.max(0, this.depthWords - this.usedWords);
  }

  /** Empties it. */
  flush(): void {
    this.#words.length = 0;
    this.#head = 0;
  }

  /** Appends a word; false if it is full and the word is lost. */
  push(word: number): boolean {
    if (this.freeWords === 0) return false;
    this.#words.push(word);
    return true;
  }

  /** Gives the first `sizeBytes` bytes, in little-endian order, and leaves them in the FIFO. */
  peek(sizeBytes: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes);
    for (let i = 0; i < sizeBytes; i++) {
      bytes[i] = this.#words[this.#head + (i >> 2)] >>> ((i & 3) * 8);
    }
    return bytes;
  }

  /** Drops the words of a packet of `sizeBytes`. */
  drop(sizeBytes: number): void {
    this.#head += (sizeBytes + 3) >> 2;
    if (this.#head > 512 || this.#head >= this.#words.length) {
      this.#words.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
