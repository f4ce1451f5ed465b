// Made by `deno task generate` from the crate stm32-metapac; do not edit.
import type { BlockData } from "../peripheral.ts";

/** Registers of iwdg v3, block IWDG. */
export const IWDG_V3_IWDG = {
  "KR": { "offset": 0, "access": "rw", "bits": 32, "fields": { "KEY": [0, 16] } },
  "PR": { "offset": 4, "access": "rw", "bits": 32, "fields": { "PR": [0, 4] } },
  "RLR": { "offset": 8, "access": "rw", "bits": 32, "fields": { "RL": [0, 12] } },
  "SR": {
    "offset": 12,
    "access": "rw",
    "bits": 32,
    "fields": { "PVU": [0, 1], "RVU": [1, 1], "WVU": [2, 1], "EWU": [3, 1], "EWIF": [14, 1] },
  },
  "WINR": { "offset": 16, "access": "rw", "bits": 32, "fields": { "WIN": [0, 12] } },
  "EWCR": {
    "offset": 20,
    "access": "rw",
    "bits": 32,
    "fields": { "EWIT": [0, 12], "EWIC": [14, 1], "EWIE": [15, 1] },
  },
} as const satisfies BlockData;
