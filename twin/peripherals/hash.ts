import { createHash, createHmac } from "node:crypto";
import { Peripheral, type PeripheralHost } from "../peripheral.ts";
import { HASH_V3_HASH } from "../registers/hash_v3_hash.ts";

/** Algorithms by CR.ALGO. @see RM0477, HASH_CR */
const ALGORITHMS: Readonly<Record<number, string>> = {
  0: "sha1",
  2: "sha224",
  3: "sha256",
  12: "sha384",
  13: "sha512-224",
  14: "sha512-256",
  15: "sha512",
};
const [DINIS, DCIS] = [1, 2];
const INIT = 1 << 2;
const DIGEST_NS = 500;
/** Marks a context that this model saved; the word behind it numbers it. */
const CONTEXT = 0x4841_5348;
/** Saved contexts that are kept; older ones are forgotten. */
const CONTEXTS = 4096;

/** One word of the message, linked to those before it, so that saving a context copies nothing. */
interface Word {
  readonly before: Word | undefined;
  readonly count: number;
  readonly word: number;
}

/** What a saved context holds. */
interface Context {
  readonly words: Word | undefined;
  readonly phase: number;
  readonly key: Uint8Array;
  readonly message: Uint8Array;
}

const EMPTY: Context = {
  words: undefined,
  phase: 0,
  key: new Uint8Array(0),
  message: new Uint8Array(0),
};

/**
 * Digests and keyed digests of words written to DIN, with contexts that can be saved and restored.
 *
 * @see RM0477, HASH
 */
export class Hash extends Peripheral {
  #state: Context = EMPTY;
  #contexts = new Map<number, Context>();
  #saved = 0;
  #epoch = 0;

  constructor(base: number, host: PeripheralHost) {
    super("HASH", base, 0x400, HASH_V3_HASH, {
      resets: { SR: 0x0011_0001 },
      rules: {
        "CR.INIT": "trigger",
        "STR.DCAL": "trigger",
        SR: "ro",
        "SR.DINIS": "w0c",
        "SR.DCIS": "w0c",
      },
    }, host);
  }

  override reset(): void {
    super.reset();
    this.#begin();
  }

  protected override onRead(register: string, index: number, value: number): number {
    if (register === "HRA") return this.get("HR", index);
    if (register === "CSR" && index === 0) this.#save();
    return register === "CSR" ? this.get("CSR", index) : value;
  }

  protected override onWrite(register: string, index: number, written: number, old: number): void {
    switch (register) {
      case "CR":
        if (written & 1 << 3) this.host.unmodelled({ what: "HASH: DMA", kind: "behaviour" });
        if (written & INIT) this.#begin();
        break;
      case "DIN":
        this.#feed(written);
        break;
      case "STR":
        if (!(written & 1 << 8)) break;
        // The number of valid bits is what was there before the write that starts the digest.
        this.set("STR", old & 0x1f);
        this.#close();
        break;
      case "CSR":
        if (index === 1) this.#restore();
        break;
    }
    this.#drive();
  }

  #begin(): void {
    this.#state = EMPTY;
    this.#epoch++;
    this.set("SR", (this.get("SR") & ~DCIS) | DINIS);
    this.#drive();
  }

  #feed(written: number): void {
    const before = this.#state.words;
    const word = this.#swapped(written);
    this.#state = { ...this.#state, words: { before, count: (before?.count ?? 0) + 1, word } };
  }

  /** DATATYPE turns half-words, bytes or bits around. */
  #swapped(word: number): number {
    const bytes = (word >>> 24) | (word >>> 8 & 0xff00) | (word << 8 & 0xff_0000) | word << 24;
    switch (this.field("CR", "DATATYPE")) {
      case 0:
        return word;
      case 1:
        return word >>> 16 | word << 16;
      case 2:
        return bytes;
    }
    let bits = 0;
    for (let i = 0; i < 32; i++) bits |= (word >>> i & 1) << (31 - i);
    return bits;
  }

  /** What came in since the last end, as bytes; the last word has as many bits as NBLW says. */
  #bytes(): Uint8Array {
    const count = this.#state.words?.count ?? 0;
    const valid = this.field("STR", "NBLW");
    if (valid & 7) this.host.unmodelled({ what: "HASH: part of a byte", kind: "behaviour" });
    const bytes = new DataView(new ArrayBuffer(4 * count));
    let link = this.#state.words;
    for (let at = count - 1; link; at--, link = link.before) bytes.setUint32(4 * at, link.word);
    const length = count === 0 || valid === 0 ? 4 * count : 4 * (count - 1) + (valid >>> 3);
    return new Uint8Array(bytes.buffer, 0, length);
  }

  /** The end of a message, or of a key or message of a keyed digest. */
  #close(): void {
    const bytes = this.#bytes();
    const { phase } = this.#state;
    const keyed = this.field("CR", "MODE") === 1;
    if (keyed && phase < 2) {
      this.#state = phase === 0
        ? { ...EMPTY, phase: 1, key: bytes }
        : { ...this.#state, words: undefined, phase: 2, message: bytes };
      this.set("SR", this.get("SR") | DINIS);
      return;
    }
    const algorithm = ALGORITHMS[this.field("CR", "ALGO")];
    if (!algorithm) {
      return this.host.unmodelled({ what: "HASH.CR", kind: "write", value: this.get("CR") });
    }
    const digest = keyed
      ? createHmac(algorithm, this.#state.key).update(this.#state.message).digest()
      : createHash(algorithm).update(bytes).digest();
    const epoch = this.#epoch;
    this.host.clock.after(DIGEST_NS, () => {
      if (epoch !== this.#epoch) return;
      for (let i = 0; i < digest.length / 4; i++) this.set("HR", digest.readUInt32BE(4 * i), i);
      this.set("SR", this.get("SR") | DCIS | DINIS);
      this.#state = EMPTY;
      this.#drive();
    });
  }

  #save(): void {
    const number = ++this.#saved;
    this.#contexts.set(number, this.#state);
    this.#contexts.delete(number - CONTEXTS);
    this.set("CSR", CONTEXT, 0);
    this.set("CSR", number, 1);
  }

  #restore(): void {
    if (this.get("CSR", 0) !== CONTEXT) return;
    const context = this.#contexts.get(this.get("CSR", 1));
    if (context) this.#state = context;
    else this.host.unmodelled({ what: "HASH: context saved long ago", kind: "behaviour" });
  }

  #drive(): void {
    this.host.irq("HASH", (this.get("SR") & this.get("IMR") & (DINIS | DCIS)) !== 0);
  }
}
