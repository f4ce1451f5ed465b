/** Data lines of one phase. */
export type Lines = 1 | 2 | 4 | 8;

/** Lines that nobody drives read as 1. */
export const FLOATING = 0xff;

/** One phase's signalling: how many lines, and whether both clock edges carry data. */
export interface Signalling {
  /** Number of data lines. */
  readonly lines: Lines;
  /** True at double transfer rate. */
  readonly dtr: boolean;
}

/**
 * Spreads bytes over clock edges, as a part sees them on its eight data lines.
 *
 * @returns u8[2n]: rising and falling level of IO7..IO0 for each of n clocks.
 */
export function spread(bytes: Uint8Array, { lines, dtr }: Signalling): Uint8Array {
  const samples: number[] = [];
  const idle = FLOATING & ~((1 << lines) - 1);
  for (const byte of bytes) {
    for (let shift = 8 - lines; shift >= 0; shift -= lines) {
      samples.push(idle | (byte >>> shift & ((1 << lines) - 1)));
    }
  }
  if (!dtr) return Uint8Array.from(samples.flatMap((sample) => [sample, sample]));
  if (samples.length & 1) samples.push(samples[samples.length - 1]);
  return Uint8Array.from(samples);
}

/**
 * Gathers bytes from clock edges, as a controller samples them; on one line it listens to IO1.
 *
 * @param edges u8[2n]: rising and falling level of IO7..IO0 for each of n clocks.
 * @param count How many bytes are wanted.
 */
export function gather(edges: Uint8Array, count: number, { lines, dtr }: Signalling): Uint8Array {
  const bytes = new Uint8Array(count);
  const step = dtr ? 1 : 2;
  let edge = 0;
  for (let i = 0; i < count; i++) {
    let byte = 0;
    for (let bits = 0; bits < 8; bits += lines) {
      const level = edges[edge] ?? FLOATING;
      const sample = lines === 1 ? level >>> 1 & 1 : level & ((1 << lines) - 1);
      byte = byte << lines | sample;
      edge += step;
    }
    bytes[i] = byte;
  }
  return bytes;
}

/** Clocks that a phase of so many bytes takes. */
export function clocksOf(bytes: number, { lines, dtr }: Signalling): number {
  return Math.ceil(bytes * 8 / lines / (dtr ? 2 : 1));
}
