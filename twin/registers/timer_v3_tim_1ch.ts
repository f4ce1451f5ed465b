// Made by `deno task generate` from the crate stm32-metapac; do not edit.
import type { BlockData } from "../peripheral.ts";

/** Registers of timer v3, block TIM_1CH. */
export const TIMER_V3_TIM_1CH = {
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
      "CKD": [8, 2],
      "UIFREMAP": [11, 1],
    },
  },
  "DIER": {
    "offset": 12,
    "access": "rw",
    "bits": 32,
    "fields": { "UIE": [0, 1], "CCIE": [1, 1, 1, 1] },
  },
  "SR": {
    "offset": 16,
    "access": "rw",
    "bits": 32,
    "fields": { "UIF": [0, 1], "CCIF": [1, 1, 1, 1], "CCOF": [9, 1, 1, 1] },
  },
  "EGR": {
    "offset": 20,
    "access": "w",
    "bits": 16,
    "fields": { "UG": [0, 1], "CCG": [1, 1, 1, 1] },
  },
  "CNT": {
    "offset": 36,
    "access": "rw",
    "bits": 32,
    "fields": { "CNT": [0, 16], "UIFCPY": [31, 1] },
  },
  "PSC": { "offset": 40, "access": "rw", "bits": 16, "fields": {} },
  "ARR": { "offset": 44, "access": "rw", "bits": 32, "fields": { "ARR": [0, 16] } },
  "CCMR_INPUT": {
    "offset": 24,
    "count": 1,
    "stride": 4,
    "access": "rw",
    "bits": 32,
    "fields": { "CCS": [0, 2, 1, 8], "ICPSC": [2, 2, 1, 8], "ICF": [4, 4, 1, 8] },
  },
  "CCMR_OUTPUT": {
    "offset": 24,
    "count": 1,
    "stride": 4,
    "access": "rw",
    "bits": 32,
    "fields": {
      "CCS": [0, 2, 1, 8],
      "OCFE": [2, 1, 1, 8],
      "OCPE": [3, 1, 1, 8],
      "OCM_0": [4, 3],
      "OCM_1": [16, 1],
    },
  },
  "CCER": {
    "offset": 32,
    "access": "rw",
    "bits": 32,
    "fields": { "CCE": [0, 1, 1, 4], "CCP": [1, 1, 1, 4], "CCNP": [3, 1, 1, 4] },
  },
  "CCR": {
    "offset": 52,
    "count": 1,
    "stride": 4,
    "access": "rw",
    "bits": 32,
    "fields": { "CCR": [0, 16] },
  },
  "OR": { "offset": 80, "access": "rw", "bits": 32, "fields": {} },
  "TISEL": { "offset": 104, "access": "rw", "bits": 32, "fields": { "TISEL": [0, 4, 1, 8] } },
} as const satisfies BlockData;
