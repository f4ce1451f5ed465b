import type { BlockData } from "../peripheral.ts";
import { TIMER_V3_TIM_1CH } from "../registers/timer_v3_tim_1ch.ts";
import { TIMER_V3_TIM_1CH_CMP } from "../registers/timer_v3_tim_1ch_cmp.ts";
import { TIMER_V3_TIM_2CH } from "../registers/timer_v3_tim_2ch.ts";
import { TIMER_V3_TIM_2CH_CMP } from "../registers/timer_v3_tim_2ch_cmp.ts";
import { TIMER_V3_TIM_ADV } from "../registers/timer_v3_tim_adv.ts";
import { TIMER_V3_TIM_BASIC } from "../registers/timer_v3_tim_basic.ts";
import { TIMER_V3_TIM_GP16 } from "../registers/timer_v3_tim_gp16.ts";
import { TIMER_V3_TIM_GP32 } from "../registers/timer_v3_tim_gp32.ts";

/** What one timer instance can do. */
export interface TimKind {
  /** Its registers. */
  readonly data: BlockData;
  /** Width of its counter in bits. */
  readonly bits: 16 | 32;
  /** Number of its compare channels. */
  readonly channels: number;
}

const ADVANCED: TimKind = { data: TIMER_V3_TIM_ADV, bits: 16, channels: 4 };
const BASIC: TimKind = { data: TIMER_V3_TIM_BASIC, bits: 16, channels: 0 };
const GENERAL_16: TimKind = { data: TIMER_V3_TIM_GP16, bits: 16, channels: 4 };
const GENERAL_32: TimKind = { data: TIMER_V3_TIM_GP32, bits: 32, channels: 4 };
const ONE: TimKind = { data: TIMER_V3_TIM_1CH, bits: 16, channels: 1 };
const ONE_BREAK: TimKind = { data: TIMER_V3_TIM_1CH_CMP, bits: 16, channels: 1 };
const TWO: TimKind = { data: TIMER_V3_TIM_2CH, bits: 16, channels: 2 };
const TWO_BREAK: TimKind = { data: TIMER_V3_TIM_2CH_CMP, bits: 16, channels: 2 };

/** The timers of the STM32H7S3 and their kinds. @see RM0477, timers; the crate stm32-metapac 21 */
export const TIMERS: Readonly<Record<string, TimKind>> = {
  TIM1: ADVANCED,
  TIM2: GENERAL_32,
  TIM3: GENERAL_16,
  TIM4: GENERAL_16,
  TIM5: GENERAL_32,
  TIM6: BASIC,
  TIM7: BASIC,
  TIM9: TWO,
  TIM12: TWO,
  TIM13: ONE,
  TIM14: ONE,
  TIM15: TWO_BREAK,
  TIM16: ONE_BREAK,
  TIM17: ONE_BREAK,
};
