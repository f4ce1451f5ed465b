/**
 * What the USB controller needs of the chip around it besides interrupts and time. The board makes
 * one from its RCC and PWR models; the functions are called whenever a host looks at the port.
 */
export interface OtgSurroundings {
  /** Hz of the reference clock that reaches the PHY: RCC mux USBPHYCSEL, 0 if its source stands or USBPHYCEN or USB_OTG_HSEN is off. */
  phyReferenceHz(): number;
  /** RCC_AHBPERCKSELR.USBREFCKSEL: the frequency that the PHY's PLL is told to expect, as its code. */
  phyReferenceCode(): number;
  /** Whether PWR_CSR2 has USB33DEN set with USB33RDY, and USBHSREGEN. */
  usbPowered(): boolean;
}

/** Hz by code of USBREFCKSEL. RM0477, RCC_AHBPERCKSELR. */
export const PHY_REFERENCE_HZ: Readonly<Record<number, number>> = {
  0x3: 16_000_000,
  0x8: 19_200_000,
  0x9: 20_000_000,
  0xa: 24_000_000,
  0xb: 32_000_000,
  0xe: 26_000_000,
};

/** Says why the PHY does not run; empty if it does. */
export function phyFault(surroundings: OtgSurroundings): string {
  const hz = surroundings.phyReferenceHz();
  const wanted = PHY_REFERENCE_HZ[surroundings.phyReferenceCode()];
  if (!surroundings.usbPowered()) return "USB is not powered (PWR_CSR2: USB33DEN, USBHSREGEN)";
  if (hz === 0) return "the PHY's reference clock stands still (RCC: USBPHYCEN, USBPHYCSEL)";
  if (wanted === undefined) return "RCC_AHBPERCKSELR.USBREFCKSEL holds a reserved code";
  // A crystal or PLL may be off by rounding; a wrong select is off by percents.
  if (Math.abs(hz - wanted) > wanted * 0.0025) {
    return `the PHY's reference is ${hz} Hz, but USBREFCKSEL says ${wanted} Hz`;
  }
  return "";
}
