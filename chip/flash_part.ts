/**
 * The external flash of the Nucleo: Macronix MX25UW25645G, 1.8 V, octal.
 *
 * @see MX25UW25645G data sheet, features and read identification
 */
export const FLASH_PART = {
  name: "MX25UW25645G",
  sizeBytes: 32 * 1024 * 1024,
  pageBytes: 256,
  sectorBytes: 4 * 1024,
  blockBytes: 64 * 1024,
  /** Answer to RDID: manufacturer, type, density. */
  id: [0xc2, 0x81, 0x39],
  erasedByte: 0xff,
} as const;
