import type { MemoryRights } from "./cpu.ts";
import type { UnicornLibrary } from "./unicorn_library.ts";

/** Size of a piece that gets the right to execute on its own. */
const CHUNK_BYTES = 16 * 1024;

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

  /** Bytes of the pieces that code was fetched from; it grows with each new piece. */
  get executedBytes(): number {
    let sum = 0;
    for (const { bytes, executed } of this.#chunks.values()) if (executed) sum += bytes.length;
    return sum;
  }

  /** Calls `invalidate` for all that may have been translated. */
  invalidateAll(invalidate: (start: number, sizeBytes: number) => void): void {
    for (const { start, bytes, executed } of this.#chunks.values()) {
      if (executed) invalidate(start, bytes.length);
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

  /** Gives the addresses of all SEV instructions, and of what only looks like one, in executed RAM and flash. */
  *events(): Generator<number> {
    for (const { start, bytes, executed, rights } of this.#chunks.values()) {
      // The big window of external flash is searched only where it is short.
      if (!executed || !rights.execute || bytes.length > 0x10_0000) continue;
      for (let at = 0; at + 1 < bytes.length; at += 2) {
        const narrow = bytes[at] === 0x40 && bytes[at + 1] === 0xbf;
        const wide = bytes[at] === 0xaf && bytes[at + 1] === 0xf3 && bytes[at + 2] === 4 &&
          bytes[at + 3] === 0x80;
        if (narrow || wide) yield start + at;
      }
    }
  }
}
