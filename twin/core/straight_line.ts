import type { MemoryMap } from "../memory/memory_map.ts";

/** No run of instructions is looked at further than this. */
const MOST = 64;

/**
 * Counts the instructions from `pc` on that surely follow each other and neither branch nor touch
 * the interrupt masks: so many may run before the masks have to be looked at again.
 *
 * Unsure cases end the count; it is at least 1.
 */
export function straightLine(memory: MemoryMap, pc: number): number {
  let at = pc;
  for (let count = 1; count < MOST; count++) {
    const first = halfword(memory, at);
    if (first === undefined) return count;
    const wide = first >>> 11 >= 0x1d;
    const turns = wide ? isWideTurn(first, halfword(memory, at + 2) ?? -1) : isNarrowTurn(first);
    if (turns) return count;
    at += wide ? 4 : 2;
  }
  return MOST;
}

/** 16-bit: branches, IT, hints, CPS, BKPT, SVC, and whatever can write PC. */
function isNarrowTurn(code: number): boolean {
  const top = code >>> 12;
  if (top === 0xd || code >>> 11 === 0x1c) return true; // B<c>, SVC, UDF, B
  if (top === 0xb) {
    // CBZ, CBNZ, CPS, POP with PC, BKPT, IT and hints.
    return (code & 0x0500) === 0x0100 || (code & 0xffe0) === 0xb660 || (code & 0xff00) >= 0xbd00;
  }
  return (code & 0xfc00) === 0x4400; // ADD, CMP, MOV on high registers, BX, BLX
}

/** 32-bit: branches, MSR, barriers, and loads that can write PC. */
function isWideTurn(first: number, second: number): boolean {
  if ((first & 0xf800) === 0xf000) return (second & 0x8000) !== 0;
  if ((first & 0xfe00) === 0xe800) return true; // LDM, LDRD, TBB, exclusives
  return (first & 0xff70) === 0xf850; // LDR
}

function halfword(memory: MemoryMap, address: number): number | undefined {
  const word = memory.read32(address & ~3);
  return word === undefined ? undefined : address & 2 ? word >>> 16 : word & 0xffff;
}
