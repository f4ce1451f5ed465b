// Made by `deno task generate` from the crate stm32-metapac; do not edit.
import type { BlockData } from "../peripheral.ts";

/** Registers of timer v3, block TIM_BASIC. */
export const TIMER_V3_TIM_BASIC = {
  "CR1": {
    "offset": 0,
    "access": "rw",
    "bits": 16,
    "fields": {
      "CEN": [0, 1],
      "UDIS": [1, 1],
      "URS": [2, 1],
      "OPM": [3, 1],
      "ARPE": [7, 1],
      "UIFREMAP": [11, 1],
    },
  },
  "DIER": { "offset": 12, "access": "rw", "bits": 32, "fields": { "UIE": [0, 1], "UDE": [8, 1] } },
  "SR": { "offset": 16, "access": "rw", "bits": 32, "fields": { "UIF": [0, 1] } },
  "EGR": { "offset": 20, "access": "w", "bits": 16, "fields": { "UG": [0, 1] } },
  "CNT": {
    "offset": 36,
    "access": "rw",
    "bits": 32,
    "fields": { "CNT": [0, 16], "UIFCPY": [31, 1] },
  },
  "PSC": { "offset": 40, "access": "rw", "bits": 16, "fields": {} },
  "ARR": { "offset": 44, "access": "rw", "bits": 32, "fields": { "ARR": [0, 16] } },
  "CR2": { "offset": 4, "access": "rw", "bits": 32, "fields": { "MMS": [4, 3] } },
} as const satisfies BlockData;
