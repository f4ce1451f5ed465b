// Made by `deno task generate` from the crate stm32-metapac; do not edit.
import type { BlockData } from "../peripheral.ts";

/** Registers of crc v3, block CRC. */
export const CRC_V3_CRC = {
  "DR16": { "offset": 0, "access": "rw", "bits": 16, "fields": {} },
  "DR32": { "offset": 0, "access": "rw", "bits": 32, "fields": {} },
  "DR8": { "offset": 0, "access": "rw", "bits": 8, "fields": {} },
  "IDR": { "offset": 4, "access": "rw", "bits": 32, "fields": {} },
  "CR": {
    "offset": 8,
    "access": "rw",
    "bits": 32,
    "fields": { "RESET": [0, 1], "POLYSIZE": [3, 2], "REV_IN": [5, 2], "REV_OUT": [7, 1] },
  },
  "INIT": { "offset": 16, "access": "rw", "bits": 32, "fields": {} },
  "POL": { "offset": 20, "access": "rw", "bits": 32, "fields": {} },
} as const satisfies BlockData;
