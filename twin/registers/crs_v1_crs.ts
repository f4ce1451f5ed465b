// Made by `deno task generate` from the crate stm32-metapac; do not edit.
import type { BlockData } from "../peripheral.ts";

/** Registers of crs v1, block CRS. */
export const CRS_V1_CRS = {
  "CR": {
    "offset": 0,
    "access": "rw",
    "bits": 32,
    "fields": {
      "SYNCOKIE": [0, 1],
      "SYNCWARNIE": [1, 1],
      "ERRIE": [2, 1],
      "ESYNCIE": [3, 1],
      "CEN": [5, 1],
      "AUTOTRIMEN": [6, 1],
      "SWSYNC": [7, 1],
      "TRIM": [8, 6],
    },
  },
  "CFGR": {
    "offset": 4,
    "access": "rw",
    "bits": 32,
    "fields": {
      "RELOAD": [0, 16],
      "FELIM": [16, 8],
      "SYNCDIV": [24, 3],
      "SYNCSRC": [28, 2],
      "SYNCPOL": [31, 1],
    },
  },
  "ISR": {
    "offset": 8,
    "access": "r",
    "bits": 32,
    "fields": {
      "SYNCOKF": [0, 1],
      "SYNCWARNF": [1, 1],
      "ERRF": [2, 1],
      "ESYNCF": [3, 1],
      "SYNCERR": [8, 1],
      "SYNCMISS": [9, 1],
      "TRIMOVF": [10, 1],
      "FEDIR": [15, 1],
      "FECAP": [16, 16],
    },
  },
  "ICR": {
    "offset": 12,
    "access": "rw",
    "bits": 32,
    "fields": { "SYNCOKC": [0, 1], "SYNCWARNC": [1, 1], "ERRC": [2, 1], "ESYNCC": [3, 1] },
  },
} as const satisfies BlockData;
