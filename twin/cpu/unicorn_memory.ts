import type { MemoryRights } from "./cpu.ts";
import type { UnicornLibrary } from "./unicorn_library.ts";

/** Size of a piece that gets the right to execute on its own. */
const CHUNK_BYTES = 16 * 1024;

/** Encodings of SEV. */
const SEV = 0xbf40;
const SEV_WIDE = [0xf3af, 0x8004] as const;

/** A piece of mapped memory. */
interface Chunk {
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly rights: MemoryRights;
  executed: boolean;
}

/**
 * Maps memory in pieces, each without the right to execute until code is first fetched from it:
 * unicorn writes to memory that cannot execute a third faster, and what was executed is known.
 */
export class UnicornMemory {
  readonly #library: UnicornLibrary;
  readonly #uc: Deno.PointerObject;
  readonly #chunks = new Map<number, Chunk>();
  readonly #whole = new Map<number, Uint8Array>();

  constructor(library: UnicornLibrary, uc: Deno.PointerObject) {
    this.#library = library;
    this.#uc = uc;
  }

  #mapChunk({ start, bytes, rights, executed }: Chunk): void {
    const bits = 1 + (rights.write ? 2 : 0) + (executed ? 4 : 0);
    const { uc_mem_map_ptr } = this.#library.symbols;
    const error = uc_mem_map_ptr(this.#uc, BigInt(start), BigInt(bytes.length), bits, bytes);
    if (error) throw new Error(`Cannot map 0x${start.toString(16)}: unicorn error ${error}`);
  }

  #unmapChunk({ start, bytes }: Chunk): void {
    this.#library.symbols.uc_mem_unmap(this.#uc, BigInt(start), BigInt(bytes.length));
  }

  /** Maps bytes at an address. */
  map(start: number, bytes: Uint8Array, rights: MemoryRights): void {
    this.#whole.set(start, bytes);
    // A memory that is never written gains nothing from pieces; 2.0 looks through all pieces on
    // each access and loses more than it gains.
    const pieces = rights.write && this.#library.version !== "2.0";
    const step = pieces ? CHUNK_BYTES : bytes.length;
    for (let at = 0; at < bytes.length; at += step) {
      const part = bytes.subarray(at, at + step);
      const chunk = { start: start + at, bytes: part, rights, executed: !pieces };
      this.#mapChunk(chunk);
      this.#chunks.set(chunk.start, chunk);
    }
  }

  /** Takes a mapping away. */
  unmap(start: number, sizeBytes: number): void {
    this.#whole.delete(start);
    for (const chunk of [...this.#chunks.values()]) {
      if (chunk.start < start || chunk.start >= start + sizeBytes) continue;
      this.#unmapChunk(chunk);
      this.#chunks.delete(chunk.start);
    }
  }

  /** Whether anything is mapped as memory from `start` on. */
  has(start: number): boolean {
    return this.#whole.has(start);
  }

  /** Lets code run from the piece at an address; false if that is not what kept it from running. */
  allowExecute(address: number): boolean {
    for (const chunk of this.#chunks.values()) {
      const at = address - chunk.start;
      if (at < 0 || at >= chunk.bytes.length) continue;
      if (chunk.executed || !chunk.rights.execute) return false;
      this.#unmapChunk(chunk);
      chunk.executed = true;
      this.#mapChunk(chunk);
      return true;
    }
    return false;
  }

  /** Keeps the bytes of a range as they are now; the function that it gives puts them back. */
  keep(address: number, length: number): () => void {
    for (const [start, bytes] of this.#whole) {
      const at = address - start;
      if (at < 0 || at >= bytes.length) continue;
      const kept = bytes.slice(at, at + length);
      return () => bytes.set(kept, at);
    }
    return () => {};
  }

  /** Gives the ranges that code may have been translated from, as [start, length]. */
  *executed(): Generator<[number, number]> {
    for (const { start, bytes, executed } of this.#chunks.values()) {
      if (executed) yield [start, bytes.length];
    }
  }

  /** Reads a halfword of code, -1 where no memory stands. */
  halfword(address: number): number {
    for (const [start, bytes] of this.#whole) {
      const at = address - start;
      if (at >= 0 && at + 2 <= bytes.length) return bytes[at] | bytes[at + 1] << 8;
    }
    return -1;
  }

  /** Gives the addresses in a mapped range that hold an SEV, or what looks like one. */
  *events(start: number): Generator<number> {
    const bytes = this.#whole.get(start);
    if (!bytes) return;
    const codes = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
    for (const code of [SEV, SEV_WIDE[1]]) {
      for (let at = codes.indexOf(code); at >= 0; at = codes.indexOf(code, at + 1)) {
        if (code === SEV) yield start + 2 * at;
        else if (codes[at - 1] === SEV_WIDE[0]) yield start + 2 * at - 2;
      }
    }
  }

  /** Gives the size in bytes of the SEV at an address, 0 if something else is there. */
  eventSize(address: number): 0 | 2 | 4 {
    const code = this.halfword(address);
    if (code === SEV) return 2;
    return code === SEV_WIDE[0] && this.halfword(address + 2) === SEV_WIDE[1] ? 4 : 0;
  }
}
