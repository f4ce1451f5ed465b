import assert from "node:assert/strict";
import type { Elf } from "../elf/image.ts";
import { algorithmOf } from "./own_algorithm.ts";

const NAMES = [
  "Init",
  "UnInit",
  "EraseSector",
  "EraseChip",
  "ProgramPage",
  "Verify",
  "ReadFlash",
  "BlankCheck",
];

function elf(names: readonly string[], segments = 1): Elf {
  return {
    entry: 0,
    flags: 0,
    sections: [],
    segments: Array.from({ length: segments }, (_, i) => ({
      type: 1,
      virtualAddress: 0x2402_0020 + 0x1000 * i,
      physicalAddress: 0x2402_0020 + 0x1000 * i,
      bytes: Uint8Array.of(1, 2, 3, 4),
      memorySizeBytes: 8,
      flags: 5,
      alignment: 4,
    })),
    symbols: new Map(names.map((name, i) => [name, { value: 0x2402_0020 + 4 * i, sizeBytes: 4 }])),
  };
}

Deno.test("algorithmOf() gives entry points as offsets with the Thumb bit, and code with its zeros", () => {
  const { code, entries, loadAddress } = algorithmOf(elf(NAMES));
  assert.deepEqual([...code], [1, 2, 3, 4, 0, 0, 0, 0]);
  assert.equal(loadAddress, 0x2402_0020);
  assert.deepEqual(entries, {
    init: 1,
    uninit: 5,
    eraseSector: 9,
    eraseAll: 13,
    programPage: 17,
    verify: 21,
    read: 25,
    blankCheck: 29,
  });
});

Deno.test("algorithmOf() names a function that is missing, and refuses more than one segment", () => {
  assert.throws(() => algorithmOf(elf(NAMES.slice(0, 5))), /no function "Verify"/);
  assert.throws(() => algorithmOf(elf(NAMES, 2)), /there are 2 to load, not 1/);
});
