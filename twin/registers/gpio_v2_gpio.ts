// Made by `deno task generate` from the crate stm32-metapac; do not edit.
import type { BlockData } from "../peripheral.ts";

/** Registers of gpio v2, block GPIO. */
export const GPIO_V2_GPIO = {
  "MODER": { "offset": 0, "access": "rw", "bits": 32, "fields": { "MODER": [0, 2, 16, 2] } },
  "OTYPER": { "offset": 4, "access": "rw", "bits": 32, "fields": { "OT": [0, 1, 16, 1] } },
  "OSPEEDR": { "offset": 8, "access": "rw", "bits": 32, "fields": { "OSPEEDR": [0, 2, 16, 2] } },
  "PUPDR": { "offset": 12, "access": "rw", "bits": 32, "fields": { "PUPDR": [0, 2, 16, 2] } },
  "IDR": { "offset": 16, "access": "r", "bits": 32, "fields": { "IDR": [0, 1, 16, 1] } },
  "ODR": { "offset": 20, "access": "rw", "bits": 32, "fields": { "ODR": [0, 1, 16, 1] } },
  "BSRR": {
    "offset": 24,
    "access": "w",
    "bits": 32,
    "fields": { "BS": [0, 1, 16, 1], "BR": [16, 1, 16, 1] },
  },
  "LCKR": {
    "offset": 28,
    "access": "rw",
    "bits": 32,
    "fields": { "LCK": [0, 1, 16, 1], "LCKK": [16, 1] },
  },
  "AFR": {
    "offset": 32,
    "count": 2,
    "stride": 4,
    "access": "rw",
    "bits": 32,
    "fields": { "AFR": [0, 4, 8, 4] },
  },
} as const satisfies BlockData;
