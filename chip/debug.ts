/** How probe-rs knows the chip of the Nucleo; a name of our own, so that the built-in one is never taken for it. */
export const DEBUG_CHIP = {
  name: "STM32H7S3L8_NUCLEO",
  family: "STM32H7RS Nucleo",
  /** JEP106 identity and continuation of STMicroelectronics. */
  manufacturer: { id: 0x20, continuation: 0 },
  /** Access port of the core. */
  accessPort: 1,
} as const;

/**
 * Registers of the core that a debugger uses.
 *
 * @see ARMv7-M Architecture Reference Manual, debug register support in the SCS
 */
export const CORE_DEBUG = {
  DHCSR: 0xe000_edf0,
  DEMCR: 0xe000_edfc,
  DFSR: 0xe000_ed30,
  VTOR: 0xe000_ed08,
  /** Bits of DHCSR as it is read. */
  S_HALT: 1 << 17,
  /** Bits of DEMCR. */
  TRCENA: 1 << 24,
  VC_CORERESET: 1 << 0,
  /** What the upper half of DHCSR must be to write it. */
  DBGKEY: 0xa05f_0000,
  C_DEBUGEN: 1 << 0,
  C_HALT: 1 << 1,
} as const;

/** USB ids of the ST-Links that can sit on a Nucleo, whatever firmware they were given. */
export const ST_LINK = {
  vendorId: 0x0483,
  productIds: {
    0x3742: "ST-Link V2-1",
    0x3748: "ST-Link V2",
    0x374a: "ST-Link V2-1",
    0x374b: "ST-Link V2-1",
    0x374e: "ST-Link V3",
    0x374f: "ST-Link V3",
    0x3752: "ST-Link V2-1",
    0x3753: "ST-Link V3",
    0x3754: "ST-Link V3",
    0x3757: "ST-Link V3PWR",
  },
} as const;

/** USB ids under which probe-rs reaches a debug server over a socket, as the twin has one. */
export const SOCKET_PROBE = "20b7:9db1";
