/**
 * What the USB controller needs of the chip around it besides interrupts and time; the functions
 * are called whenever a host looks at the port. {@link createOtgHs} makes one for the board.
 */
export interface OtgSurroundings {
  /** Hz of the reference clock that reaches the PHY: RCC mux USBPHYCSEL, 0 if its source stands or USBPHYCEN or USB_OTG_HSEN is off. */
  phyReferenceHz(): number;
  /** Hz that the PHY's PLL is told to expect by RCC_AHBPERCKSELR.USBREFCKSEL, 0 for a reserved code. */
  phyExpectedHz(): number;
  /** Whether PWR_CSR2 has USB33DEN set with USB33RDY, and USBHSREGEN. */
  usbPowered(): boolean;
}

/** Says why the PHY does not run; empty if it does. */
export function phyFault(surroundings: OtgSurroundings): string {
  const hz = surroundings.phyReferenceHz();
  const wanted = surroundings.phyExpectedHz();
  if (!surroundings.usbPowered()) return "USB is not powered (PWR_CSR2: USB33DEN, USBHSREGEN)";
  if (hz === 0) return "the PHY's reference clock stands still (RCC: USBPHYCEN, USBPHYCSEL)";
  if (wanted === 0) return "RCC_AHBPERCKSELR.USBREFCKSEL holds a reserved code";
  // A PLL may be off by rounding; a wrong select is off by percents.
  if (Math.abs(hz - wanted) > wanted * 0.0025) {
    return `the PHY's reference is ${hz} Hz, but USBREFCKSEL says ${wanted} Hz`;
  }
  return "";
}
