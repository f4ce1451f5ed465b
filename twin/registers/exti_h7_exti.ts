// Made by `deno task generate` from the crate stm32-metapac; do not edit.
import type { BlockData } from "../peripheral.ts";

/** Registers of exti h7, block EXTI. */
export const EXTI_H7_EXTI = {
  "RTSR": {
    "offset": 0,
    "count": 1,
    "stride": 0,
    "access": "rw",
    "bits": 32,
    "fields": { "LINE": [0, 1, 32, 1] },
  },
  "FTSR": {
    "offset": 4,
    "count": 1,
    "stride": 0,
    "access": "rw",
    "bits": 32,
    "fields": { "LINE": [0, 1, 32, 1] },
  },
  "SWIER": {
    "offset": 8,
    "count": 1,
    "stride": 0,
    "access": "rw",
    "bits": 32,
    "fields": { "LINE": [0, 1, 32, 1] },
  },
  "IMR": {
    "offset": 128,
    "count": 1,
    "stride": 0,
    "access": "rw",
    "bits": 32,
    "fields": { "LINE": [0, 1, 32, 1] },
  },
  "EMR": {
    "offset": 132,
    "count": 1,
    "stride": 0,
    "access": "rw",
    "bits": 32,
    "fields": { "LINE": [0, 1, 32, 1] },
  },
  "PR": {
    "offset": 136,
    "count": 1,
    "stride": 0,
    "access": "rw",
    "bits": 32,
    "fields": { "LINE": [0, 1, 32, 1] },
  },
} as const satisfies BlockData;
