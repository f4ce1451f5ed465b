// Made by `deno task generate` from the crate stm32-metapac; do not edit.
import type { BlockData } from "../peripheral.ts";

/** Registers of dbgmcu h7, block DBGMCU. */
export const DBGMCU_H7_DBGMCU = {
  "IDC": {
    "offset": 0,
    "access": "r",
    "bits": 32,
    "fields": { "DEV_ID": [0, 12], "REV_ID": [16, 16] },
  },
  "CR": {
    "offset": 4,
    "access": "rw",
    "bits": 32,
    "fields": {
      "DBGSLEEP_D1": [0, 1],
      "DBGSTOP_D1": [1, 1],
      "DBGSTBY_D1": [2, 1],
      "TRACECLKEN": [20, 1],
      "D1DBGCKEN": [21, 1],
      "D3DBGCKEN": [22, 1],
      "TRGOEN": [28, 1],
    },
  },
  "APB3FZR1": { "offset": 52, "access": "rw", "bits": 32, "fields": { "WWDG1": [6, 1] } },
  "APB1LFZR1": {
    "offset": 60,
    "access": "rw",
    "bits": 32,
    "fields": {
      "TIM2": [0, 1],
      "TIM3": [1, 1],
      "TIM4": [2, 1],
      "TIM5": [3, 1],
      "TIM6": [4, 1],
      "TIM7": [5, 1],
      "TIM12": [6, 1],
      "TIM13": [7, 1],
      "TIM14": [8, 1],
      "LPTIM1": [9, 1],
      "I2C1": [21, 1],
      "I2C2": [22, 1],
      "I2C3": [23, 1],
    },
  },
  "APB2FZR1": {
    "offset": 76,
    "access": "rw",
    "bits": 32,
    "fields": {
      "TIM1": [0, 1],
      "TIM8": [1, 1],
      "TIM15": [16, 1],
      "TIM16": [17, 1],
      "TIM17": [18, 1],
      "HRTIM": [29, 1],
    },
  },
  "APB4FZR1": {
    "offset": 84,
    "access": "rw",
    "bits": 32,
    "fields": {
      "I2C4": [7, 1],
      "LPTIM2": [9, 1],
      "LPTIM3": [10, 1],
      "LPTIM4": [11, 1],
      "LPTIM5": [12, 1],
      "RTC": [16, 1],
      "IWDG1": [18, 1],
    },
  },
} as const satisfies BlockData;
