import type { UnicornLibrary } from "./unicorn_library.ts";

/** An address that no instruction has: a run never ends by reaching it. */
export const NEVER = 0xffff_ffffn;

/** How much of unicorn's state is looked at to find the counters; they stand at 1.3 KB. */
const SEARCH_BYTES = 8192;
/** MVFR0 to MVFR2 of the Cortex-M7 with double FPU: how the translator knows what the FPU has. */
const FPU_ID = [0x1011_0221, 0x1200_0011, 0x40];
/** What R4 to R7 are set to, one after the other, to find where they stand. */
const MARKS = [
  [0x5eb0_a4c1, 0x17d2_93f6, 0xc83e_6d05, 0x9a41_f27b],
  [0x2f96_d80e, 0xe15b_4c3a, 0x70a9_1b62, 0x4dc7_85f3],
] as const;
const UC_R4 = 70;
/** How far into unicorn's model of the core its identification may stand. */
const CORE_BYTES = 0x2_0000;

/**
 * Finds unicorn's private instruction counter and the limit behind it, by two runs of known length.
 *
 * The engine must have nothing mapped at 0x10000000.
 *
 * @returns A live view: [counter, high, limit, high], u32 words.
 * @throws {Error} If there is no such pair, or more than one.
 */
export function findCounters(library: UnicornLibrary, uc: Deno.PointerObject): Uint32Array {
  const { symbols } = library;
  const page = new Uint8Array(1024);
  page.set([0xfe, 0xe7]); // b .
  symbols.uc_mem_map_ptr(uc, 0x1000_0000n, 1024n, 7, page);
  const words = new Uint32Array(Deno.UnsafePointerView.getArrayBuffer(uc, SEARCH_BYTES));
  let found: number[] | undefined;
  for (const length of [54321, 777]) {
    symbols.uc_emu_start(uc, 0x1000_0001n, NEVER, 0n, BigInt(length));
    const places: number[] = [];
    for (let i = 0; i + 3 < words.length; i += 2) {
      const high = words[i + 1] | words[i + 3];
      if (words[i] === length + 1 && words[i + 2] === length && high === 0) places.push(i);
    }
    found = found ? found.filter((place) => places.includes(place)) : places;
  }
  symbols.uc_mem_unmap(uc, 0x1000_0000n, 1024n);
  if (found?.length !== 1) {
    throw new Error(
      `Cannot find the instruction counter of ${library.path} (version ${library.version}): ` +
        "use unicorn 2.0.1 or 2.1.4",
    );
  }
  return words.subarray(found[0], found[0] + 4);
}

/** Gives the ends of the readable memory areas of this process, as [start, end). */
function readableAreas(): [bigint, bigint][] {
  const areas: [bigint, bigint][] = [];
  for (const line of Deno.readTextFileSync("/proc/self/maps").split("\n")) {
    const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    if (start) areas.push([BigInt(`0x${start}`), BigInt(`0x${end}`)]);
  }
  return areas;
}

/**
 * Finds the words that tell unicorn's translator what the FPU can do; with zeros there the FPU's
 * instructions are undefined, as they are on a core that keeps the FPU closed.
 *
 * They stand behind the core's registers, which are found by what is written to them: the memory of
 * an engine that was closed looks alike, and belongs to somebody else by now. Only pointers into this
 * process's own writable memory are followed. Registers R4 to R7 are 0 afterwards.
 *
 * @returns A live view of MVFR0 to MVFR2; undefined where the system does not tell its memory
 * areas or the words are not found.
 */
export function findFpuId(
  library: UnicornLibrary,
  uc: Deno.PointerObject,
): Uint32Array | undefined {
  let areas: [bigint, bigint][];
  try {
    areas = readableAreas();
  } catch {
    return undefined;
  }
  const pointers = new BigUint64Array(Deno.UnsafePointerView.getArrayBuffer(uc, SEARCH_BYTES));
  const mark = (words: readonly number[]) => setRegisters(library, uc, words);
  try {
    for (const pointer of new Set(pointers)) {
      const area = areas.find(([start, end]) => pointer >= start && pointer < end);
      if (!area || pointer & 7n) continue;
      const length = Math.min(CORE_BYTES, Number(area[1] - pointer)) & ~3;
      const start = Deno.UnsafePointer.create(pointer)!;
      const words = new Uint32Array(Deno.UnsafePointerView.getArrayBuffer(start, length));
      const registers = findLive(words, mark);
      if (registers === undefined) continue;
      const at = indexOfAll(words, FPU_ID, registers);
      if (at >= 0) return words.subarray(at, at + FPU_ID.length);
    }
  } finally {
    mark([0, 0, 0, 0]);
  }
  return undefined;
}

/** Finds the place that takes on what is written to the registers, each time. */
function findLive(
  words: Uint32Array,
  mark: (words: readonly number[]) => void,
): number | undefined {
  mark(MARKS[0]);
  let at = indexOfAll(words, MARKS[0], 0);
  while (at >= 0) {
    mark(MARKS[1]);
    const isLive = indexOfAll(words.subarray(at, at + MARKS[1].length), MARKS[1], 0) === 0;
    mark(MARKS[0]);
    if (isLive) return at;
    at = indexOfAll(words, MARKS[0], at + 1);
  }
  return undefined;
}

/** Finds words in a row. */
function indexOfAll(words: Uint32Array, wanted: readonly number[], from: number): number {
  let at = words.indexOf(wanted[0], from);
  while (at >= 0 && !wanted.every((word, i) => words[at + i] === word)) {
    at = words.indexOf(wanted[0], at + 1);
  }
  return at;
}

function setRegisters(
  { symbols }: UnicornLibrary,
  uc: Deno.PointerObject,
  words: readonly number[],
): void {
  const value = new Uint32Array(2);
  for (const [i, word] of words.entries()) {
    value[0] = word;
    symbols.uc_reg_write(uc, UC_R4 + i, value);
  }
}

/** Writes what the FPU has, or nothing. */
export function setFpuId(words: Uint32Array, open: boolean): void {
  FPU_ID.forEach((word, i) => words[i] = open ? word : 0);
}
