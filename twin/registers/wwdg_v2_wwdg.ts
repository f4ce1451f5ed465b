// Made by `deno task generate` from the crate stm32-metapac; do not edit.
import type { BlockData } from "../peripheral.ts";

/** Registers of wwdg v2, block WWDG. */
export const WWDG_V2_WWDG = {
  "CR": { "offset": 0, "access": "rw", "bits": 32, "fields": { "T": [0, 7], "WDGA": [7, 1] } },
  "CFR": {
    "offset": 4,
    "access": "rw",
    "bits": 32,
    "fields": { "W": [0, 7], "EWI": [9, 1], "WDGTB": [11, 3] },
  },
  "SR": { "offset": 8, "access": "rw", "bits": 32, "fields": { "EWIF": [0, 1] } },
} as const satisfies BlockData;
