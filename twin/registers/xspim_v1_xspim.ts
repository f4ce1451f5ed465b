// Made by `deno task generate` from the crate stm32-metapac; do not edit.
import type { BlockData } from "../peripheral.ts";

/** Registers of xspim v1, block XSPIM. */
export const XSPIM_V1_XSPIM = {
  "CR": {
    "offset": 0,
    "access": "rw",
    "bits": 32,
    "fields": {
      "MUXEN": [0, 1],
      "MODE": [1, 1],
      "CSSEL_OVR_EN": [4, 1],
      "CSSEL_OVR_O1": [5, 1],
      "CSSEL_OVR_O2": [6, 1],
      "REQ2ACK_TIME": [16, 8],
    },
  },
} as const satisfies BlockData;
