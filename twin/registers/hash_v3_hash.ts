// Made by `deno task generate` from the crate stm32-metapac; do not edit.
import type { BlockData } from "../peripheral.ts";

/** Registers of hash v3, block HASH. */
export const HASH_V3_HASH = {
  "CR": {
    "offset": 0,
    "access": "rw",
    "bits": 32,
    "fields": {
      "INIT": [2, 1],
      "DMAE": [3, 1],
      "DATATYPE": [4, 2],
      "MODE": [6, 1],
      "NBW": [8, 4],
      "DINNE": [12, 1],
      "MDMAT": [13, 1],
      "LKEY": [16, 1],
      "ALGO": [17, 4],
    },
  },
  "DIN": { "offset": 4, "access": "w", "bits": 32, "fields": {} },
  "STR": { "offset": 8, "access": "rw", "bits": 32, "fields": { "NBLW": [0, 5], "DCAL": [8, 1] } },
  "HRA": { "offset": 12, "count": 5, "stride": 4, "access": "r", "bits": 32, "fields": {} },
  "IMR": {
    "offset": 32,
    "access": "rw",
    "bits": 32,
    "fields": { "DINIE": [0, 1], "DCIE": [1, 1] },
  },
  "SR": {
    "offset": 36,
    "access": "rw",
    "bits": 32,
    "fields": {
      "DINIS": [0, 1],
      "DCIS": [1, 1],
      "DMAS": [2, 1],
      "BUSY": [3, 1],
      "NBWP": [9, 5],
      "DINNE": [15, 1],
      "NBWE": [16, 5],
    },
  },
  "CSR": { "offset": 248, "count": 103, "stride": 4, "access": "rw", "bits": 32, "fields": {} },
  "HR": { "offset": 784, "count": 16, "stride": 4, "access": "r", "bits": 32, "fields": {} },
} as const satisfies BlockData;
