/** Oscillators of the chip and the Nucleo, in Hz. @see RM0477, RCC; UM3276, HSE clock */
export const OSCILLATORS_HZ = {
  /** Internal RC, the clock after a reset. */
  HSI: 64_000_000,
  /** Internal RC of the USB clock recovery. */
  HSI48: 48_000_000,
  /** Internal low-power RC. */
  CSI: 4_000_000,
  /** Crystal of the Nucleo. */
  HSE: 24_000_000,
  /** Internal low-speed RC, the watchdog's clock. */
  LSI: 32_000,
  /** Low-speed crystal of the Nucleo. */
  LSE: 32_768,
} as const;

/** Highest core clock in Hz, with voltage scale high. @see STM32H7S3L8 data sheet, general operating conditions */
export const CORE_MAX_HZ = 600_000_000;

/** References in Hz that the high-speed USB PHY takes. @see RM0477, USBPHYC */
export const USB_PHY_REFERENCES_HZ = [
  16_000_000,
  19_200_000,
  20_000_000,
  24_000_000,
  26_000_000,
  32_000_000,
] as const;

/** Rate of the time driver in Hz. */
export const TICK_HZ = 32_768;
