import { CORE_MAX_HZ } from "../../chip/clocks.ts";

/** Highest frequencies in Hz by voltage scale. @see RM0477, RCC clock limits; STM32H7S3 datasheet, general operating conditions */
export const CLOCK_LIMITS_HZ = {
  high: { CPU: CORE_MAX_HZ, HCLK: 300e6, PCLK: 150e6 },
  low: { CPU: 400e6, HCLK: 200e6, PCLK: 100e6 },
} as const;

/** Highest HCLK in Hz that one more flash wait state allows. @see RM0477, FLASH recommended wait states */
export const FLASH_STEP_HZ = { high: 40e6, low: 36e6 } as const;

/** What {@link checkClocks} looks at. */
export interface ClockSituation {
  /** Gives a node's frequency in Hz. */
  hz(node: string): number;
  /** True in voltage scale HIGH. */
  readonly high: boolean;
  /** Wait states of FLASH_ACR. */
  readonly latency: number;
}

/**
 * Names what is driven outside its limits.
 *
 * @returns One sentence a fault; none when all is well.
 */
export function checkClocks({ hz, high, latency }: ClockSituation): string[] {
  const scale = high ? "high" : "low";
  const limits = CLOCK_LIMITS_HZ[scale];
  const faults: string[] = [];
  const check = (node: string, limit: number) => {
    if (hz(node) > limit) {
      faults.push(`${node} at ${mhz(hz(node))}, ${scale} scale allows ${mhz(limit)}`);
    }
  };
  check("CPU", limits.CPU);
  check("HCLK", limits.HCLK);
  for (const bus of [1, 2, 4, 5]) check(`PCLK${bus}`, limits.PCLK);
  const needed = Math.max(0, Math.ceil(hz("HCLK") / FLASH_STEP_HZ[scale]) - 1);
  if (latency < needed) {
    faults.push(`FLASH latency ${latency}, HCLK at ${mhz(hz("HCLK"))} needs ${needed}`);
  }
  return faults;
}

function mhz(hz: number): string {
  return `${Math.round(hz / 1e3) / 1e3} MHz`;
}
