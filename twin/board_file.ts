import { MEMORIES } from "../chip/memory.ts";
import type { BoardState } from "./wiring.ts";

const MAGIC = "usbnvme board 1\n";
const PAGE_BYTES = 4096;

/** The head of a board file: what is small, and which pages follow. */
interface BoardFileHead {
  readonly uniqueId: string;
  readonly optionBytes: Record<string, number>;
  /** Numbers of the pages that are not all 0xFF, in the order in which they follow. */
  readonly internalFlash: readonly number[];
  readonly externalFlash: readonly number[];
}

/** Thrown for a board file that is damaged or of another version. */
export class BoardFileError extends Error {
  override name = "BoardFileError";
}

/** Gives a board as it leaves the factory: erased flashes, option bytes as the chip has them. */
export function newBoardState(uniqueId: Uint8Array): BoardState {
  if (uniqueId.length !== MEMORIES.UNIQUE_ID.sizeBytes) {
    throw new RangeError(`Cannot take a unique ID of ${uniqueId.length} bytes: it has 12`);
  }
  return {
    internalFlash: new Uint8Array(MEMORIES.FLASH.sizeBytes).fill(0xff),
    externalFlash: new Uint8Array(MEMORIES.XSPI2.sizeBytes).fill(0xff),
    optionBytes: new Map(),
    uniqueId: uniqueId.slice(),
  };
}

function usedPages(bytes: Uint8Array): number[] {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const pages: number[] = [];
  for (let page = 0; page * PAGE_BYTES < bytes.length; page++) {
    const from = page * PAGE_BYTES / 4;
    for (let i = from; i < from + PAGE_BYTES / 4; i++) {
      if (words[i] !== 0xffff_ffff) {
        pages.push(page);
        break;
      }
    }
  }
  return pages;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Writes a board into one file: a line that names the format, a line of JSON, then the flash pages
 * of 4 KB that are not erased.
 *
 * @returns The whole file.
 */
export function encodeBoardFile(state: BoardState): Uint8Array {
  const internal = usedPages(state.internalFlash);
  const external = usedPages(state.externalFlash);
  const head: BoardFileHead = {
    uniqueId: hex(state.uniqueId),
    optionBytes: Object.fromEntries(state.optionBytes),
    internalFlash: internal,
    externalFlash: external,
  };
  const text = new TextEncoder().encode(`${MAGIC}${JSON.stringify(head)}\n`);
  const file = new Uint8Array(text.length + (internal.length + external.length) * PAGE_BYTES);
  file.set(text);
  let at = text.length;
  const put = (bytes: Uint8Array, page: number) => {
    file.set(bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES), at);
    at += PAGE_BYTES;
  };
  internal.forEach((page) => put(state.internalFlash, page));
  external.forEach((page) => put(state.externalFlash, page));
  return file;
}

/** Reads a board file. @throws {BoardFileError} If it is not one, or not whole. */
export function decodeBoardFile(file: Uint8Array): BoardState {
  const start = new TextDecoder().decode(file.subarray(0, MAGIC.length));
  if (start !== MAGIC) throw new BoardFileError("Cannot read the board file: not of this format");
  const end = file.indexOf(0x0a, MAGIC.length);
  if (end < 0) throw new BoardFileError("Cannot read the board file: its head is cut");
  const head = readHead(new TextDecoder().decode(file.subarray(MAGIC.length, end)));
  const state = newBoardState(
    Uint8Array.from(head.uniqueId.match(/../g) ?? [], (pair) => parseInt(pair, 16)),
  );
  for (const [name, value] of Object.entries(head.optionBytes)) state.optionBytes.set(name, value);
  const pages = head.internalFlash.length + head.externalFlash.length;
  if (file.length !== end + 1 + pages * PAGE_BYTES) {
    throw new BoardFileError("Cannot read the board file: its pages are cut");
  }
  let at = end + 1;
  const take = (bytes: Uint8Array, page: number) => {
    bytes.set(file.subarray(at, at + PAGE_BYTES), page * PAGE_BYTES);
    at += PAGE_BYTES;
  };
  head.internalFlash.forEach((page) => take(state.internalFlash, page));
  head.externalFlash.forEach((page) => take(state.externalFlash, page));
  return state;
}

function readHead(text: string): BoardFileHead {
  let head: BoardFileHead;
  try {
    head = JSON.parse(text);
  } catch {
    throw new BoardFileError("Cannot read the board file: its head is damaged");
  }
  const pages = (list: unknown, bytes: number) =>
    Array.isArray(list) &&
    list.every((page) => Number.isInteger(page) && page >= 0 && page < bytes / PAGE_BYTES);
  const ok = /^[0-9a-f]{24}$/.test(head?.uniqueId) && typeof head.optionBytes === "object" &&
    pages(head.internalFlash, MEMORIES.FLASH.sizeBytes) &&
    pages(head.externalFlash, MEMORIES.XSPI2.sizeBytes);
  if (!ok) throw new BoardFileError("Cannot read the board file: its head is damaged");
  return head;
}

/** Reads the board file at `path`; undefined if there is none. */
export function loadBoardFile(path: string): BoardState | undefined {
  try {
    return decodeBoardFile(Deno.readFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Writes a board to `path` by way of a file beside it, so that a crash leaves the old one whole. */
export function saveBoardFile(path: string, state: BoardState): void {
  const beside = `${path}.${crypto.randomUUID().slice(0, 8)}.new`;
  try {
    Deno.writeFileSync(beside, encodeBoardFile(state));
    Deno.renameSync(beside, path);
  } catch (error) {
    try {
      Deno.removeSync(beside);
    } catch {
      // It was never made.
    }
    throw error;
  }
}
