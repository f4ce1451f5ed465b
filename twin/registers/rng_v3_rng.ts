// Made by `deno task generate` from the crate stm32-metapac; do not edit.
import type { BlockData } from "../peripheral.ts";

/** Registers of rng v3, block RNG. */
export const RNG_V3_RNG = {
  "CR": {
    "offset": 0,
    "access": "rw",
    "bits": 32,
    "fields": {
      "RNGEN": [2, 1],
      "IE": [3, 1],
      "CED": [5, 1],
      "ARDIS": [7, 1],
      "RNG_CONFIG3": [8, 4],
      "NISTC": [12, 1],
      "RNG_CONFIG2": [13, 3],
      "CLKDIV": [16, 4],
      "RNG_CONFIG1": [20, 6],
      "CONDRST": [30, 1],
      "CONFIGLOCK": [31, 1],
    },
  },
  "SR": {
    "offset": 4,
    "access": "rw",
    "bits": 32,
    "fields": { "DRDY": [0, 1], "CECS": [1, 1], "SECS": [2, 1], "CEIS": [5, 1], "SEIS": [6, 1] },
  },
  "DR": { "offset": 8, "access": "r", "bits": 32, "fields": {} },
  "HTCR": { "offset": 16, "access": "rw", "bits": 32, "fields": { "HTCFG": [0, 32] } },
} as const satisfies BlockData;
