/** Endpoint control register bits, DIEPCTLx and DOEPCTLx. RM0477, OTG device registers. */
export const CTL = {
  MPSIZ: 0x7ff,
  USBAEP: 1 << 15,
  DPID: 1 << 16,
  NAKSTS: 1 << 17,
  EPTYP_BIT: 18,
  EPTYP: 3 << 18,
  SNPM: 1 << 20,
  STALL: 1 << 21,
  TXFNUM_BIT: 22,
  TXFNUM: 15 << 22,
  CNAK: 1 << 26,
  SNAK: 1 << 27,
  SD0PID: 1 << 28,
  SD1PID: 1 << 29,
  EPDIS: 1 << 30,
  EPENA: 1 << 31,
} as const;

/** Interrupt bits of DIEPINTx. */
export const IN_INT = {
  XFRC: 1 << 0,
  EPDISD: 1 << 1,
  TOC: 1 << 3,
  ITTXFE: 1 << 4,
  INEPNE: 1 << 6,
  TXFE: 1 << 7,
  NAK: 1 << 13,
} as const;

/** Interrupt bits of DOEPINTx. */
export const OUT_INT = {
  XFRC: 1 << 0,
  EPDISD: 1 << 1,
  STUP: 1 << 3,
  OTEPDIS: 1 << 4,
  B2BSTUP: 1 << 6,
  BERR: 1 << 12,
  NAK: 1 << 13,
} as const;

/** Bits of GINTSTS and GINTMSK. */
export const GINT = {
  CMOD: 1 << 0,
  OTGINT: 1 << 2,
  SOF: 1 << 3,
  RXFLVL: 1 << 4,
  NPTXFE: 1 << 5,
  GINAKEFF: 1 << 6,
  GONAKEFF: 1 << 7,
  ESUSP: 1 << 10,
  USBSUSP: 1 << 11,
  USBRST: 1 << 12,
  ENUMDNE: 1 << 13,
  EOPF: 1 << 15,
  IEPINT: 1 << 18,
  OEPINT: 1 << 19,
  RSTDET: 1 << 23,
  PTXFE: 1 << 26,
  SRQINT: 1 << 30,
  WKUPINT: 1 << 31,
} as const;

/** Those of {@link GINT} that stay until a 1 is written; the others are levels. */
export const GINT_LATCHED = GINT.SOF | GINT.ESUSP | GINT.USBSUSP | GINT.USBRST | GINT.ENUMDNE |
  GINT.EOPF | GINT.RSTDET | GINT.SRQINT | GINT.WKUPINT;

/** Bits of DCTL. */
export const DCTL = {
  RWUSIG: 1 << 0,
  SDIS: 1 << 1,
  GINSTS: 1 << 2,
  GONSTS: 1 << 3,
  SGINAK: 1 << 7,
  CGINAK: 1 << 8,
  SGONAK: 1 << 9,
  CGONAK: 1 << 10,
} as const;

/** PKTSTS of GRXSTSP in device mode. */
export const PKTSTS = {
  GLOBAL_OUT_NAK: 1,
  OUT_DATA: 2,
  OUT_DONE: 3,
  SETUP_DONE: 4,
  SETUP_DATA: 6,
} as const;

/** Endpoint numbers 0..8. */
export const ENDPOINTS = 9;

/** Words of FIFO memory (4 KB). */
export const FIFO_WORDS = 1024;
