/** What a command of the flash part does. */
export type NorAction =
  | "read"
  | "id"
  | "status"
  | "configuration"
  | "security"
  | "sfdp"
  | "read-cr2"
  | "write-cr2"
  | "write-status"
  | "write-enable"
  | "write-disable"
  | "program"
  | "erase-sector"
  | "erase-block"
  | "erase-chip"
  | "reset-enable"
  | "reset"
  | "nop";

/** One command: its action, address bytes, and the clocks before its output. */
export interface NorCommand {
  /** What it does. */
  readonly action: NorAction;
  /** Bytes of its address. */
  readonly address: 0 | 3 | 4;
  /** Dummy clocks; `array`: as CR2 says. */
  readonly dummy: number | "array";
}

const command = (
  action: NorAction,
  address: NorCommand["address"] = 0,
  dummy: NorCommand["dummy"] = 0,
): NorCommand => ({ action, address, dummy });

/** Commands in SPI mode. @see MX25UW25645G datasheet, command set, SPI */
export const SPI_COMMANDS: Readonly<Record<number, NorCommand>> = {
  0x00: command("nop"),
  0x01: command("write-status"),
  0x02: command("program", 3),
  0x03: command("read", 3),
  0x04: command("write-disable"),
  0x05: command("status"),
  0x06: command("write-enable"),
  0x0b: command("read", 3, 8),
  0x0c: command("read", 4, 8),
  0x12: command("program", 4),
  0x13: command("read", 4),
  0x15: command("configuration"),
  0x20: command("erase-sector", 3),
  0x21: command("erase-sector", 4),
  0x2b: command("security"),
  0x5a: command("sfdp", 3, 8),
  0x60: command("erase-chip"),
  0x66: command("reset-enable"),
  0x71: command("read-cr2", 4),
  0x72: command("write-cr2", 4),
  0x99: command("reset"),
  0x9f: command("id"),
  0xc7: command("erase-chip"),
  0xd8: command("erase-block", 3),
  0xdc: command("erase-block", 4),
};

/** Dummy clocks of register reads in octal modes: 4 at single rate, 5 at double rate. */
export const REGISTER_DUMMY = { single: 4, double: 5 } as const;

/** Commands in octal modes, both bytes. @see MX25UW25645G datasheet, command set, OPI */
export const OPI_COMMANDS: Readonly<Record<number, NorCommand>> = {
  0x00ff: command("nop"),
  0x01fe: command("write-status", 4),
  0x04fb: command("write-disable"),
  0x05fa: command("status", 4, REGISTER_DUMMY.single),
  0x06f9: command("write-enable"),
  0x12ed: command("program", 4),
  0x15ea: command("configuration", 4, REGISTER_DUMMY.single),
  0x21de: command("erase-sector", 4),
  0x2bd4: command("security", 4, REGISTER_DUMMY.single),
  0x5aa5: command("sfdp", 4, 20),
  0x609f: command("erase-chip"),
  0x6699: command("reset-enable"),
  0x718e: command("read-cr2", 4, REGISTER_DUMMY.single),
  0x728d: command("write-cr2", 4),
  0x9966: command("reset"),
  0x9f60: command("id", 4, REGISTER_DUMMY.single),
  0xc738: command("erase-chip"),
  0xdc23: command("erase-block", 4),
  0xec13: command("read", 4, "array"),
  0xee11: command("read", 4, "array"),
};

/** Array dummy clocks by the code in CR2 at 0x300. */
export const ARRAY_DUMMY = [20, 18, 16, 14, 12, 10, 8, 6] as const;

/** Command codes that the part has and the model has not: suspend, power-down, write buffer, protection. */
export const UNMODELLED_CODES: ReadonlySet<number> = new Set([
  0xb0,
  0x30,
  0xb9,
  0xab,
  0xc0,
  0xb1,
  0xc1,
  0x16,
  0x17,
  0x18,
  0x2f,
  0x2d,
  0x2c,
  0xe0,
  0xe1,
  0xe2,
  0xe3,
  0xe4,
  0x68,
  0x7e,
  0x98,
  0x27,
  0x28,
  0x29,
  0x25,
  0x22,
  0x24,
  0x31,
]);
