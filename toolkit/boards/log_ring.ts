import { IMAGE_REGIONS } from "../../chip/memory.ts";
import type { CallOptions } from "../probe_rs/probe_rs.ts";
import type { Board } from "./board.ts";

/** What the ring of a board's log holds. */
export interface LogRing {
  /** What a reader had taken already, and nothing has overwritten yet; begins with a whole line. */
  readonly taken: string;
  /** What nobody has taken. */
  readonly fresh: string;
}

const ID = "SEGGER RTT\0\0\0\0\0\0";
/** Fields of the control block, whose first channel goes up. */
const UP_COUNT = 16;
const CHANNEL = { BUFFER: 28, SIZE: 32, WRITE: 36, READ: 40 } as const;

/**
 * Reads what the log's ring in a board's RAM still holds, without taking any of it.
 *
 * @returns `undefined` where no log has begun yet, or something wrote over it.
 * @throws {ProbeRsError} A subclass that says what went wrong.
 */
export async function readLogRing(
  { probeRs, target }: Board,
  options: CallOptions = {},
): Promise<LogRing | undefined> {
  const { start, sizeBytes } = IMAGE_REGIONS.LOG;
  const words = await probeRs.read32(target, start, sizeBytes / 4, options);
  return logRing(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), start);
}

/**
 * Takes the text out of a region that begins with an RTT control block, its first ring inside it.
 *
 * @param region The bytes of the region.
 * @param start Its address.
 */
export function logRing(region: Uint8Array, start: number): LogRing | undefined {
  const view = new DataView(region.buffer, region.byteOffset, region.byteLength);
  const field = (offset: number) => view.getUint32(offset, true);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (region.length < 48 || text(region.subarray(0, ID.length)) !== ID) return undefined;
  const [size, write, read] = [field(CHANNEL.SIZE), field(CHANNEL.WRITE), field(CHANNEL.READ)];
  const begin = field(CHANNEL.BUFFER) - start;
  const isWhole = field(UP_COUNT) > 0 && begin >= 0 && begin + size <= region.length &&
    write < size && read < size;
  if (!isWhole) return undefined;
  const ring = region.subarray(begin, begin + size);
  // The oldest byte stands where the next one goes.
  const inOrder = new Uint8Array(size);
  inOrder.set(ring.subarray(write));
  inOrder.set(ring.subarray(0, write), size - write);
  const takenBytes = size - (write - read + size) % size;
  return {
    taken: wholeLines(text(inOrder.subarray(0, takenBytes))),
    fresh: text(inOrder.subarray(takenBytes)),
  };
}

/** Leaves out what was never written, or else the rest of a line whose beginning was overwritten. */
function wholeLines(text: string): string {
  const written = text.replace(/^\0+/, "");
  return written.length < text.length ? written : text.slice(text.indexOf("\n") + 1);
}
