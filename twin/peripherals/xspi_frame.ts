import { clocksOf, type Lines, type Signalling } from "../flash/nor_bus.ts";

/** One command as the controller's registers describe it. */
export interface XspiFrame {
  /** Instruction bytes, first sent first, with their signalling; absent without the phase. */
  readonly instruction?: XspiPhase;
  /** Address bytes. */
  readonly address?: XspiPhase;
  /** Alternate bytes. */
  readonly alternate?: XspiPhase;
  /** Dummy clocks. */
  readonly dummy: number;
  /** Signalling of the data; absent without the phase. */
  readonly data?: Signalling;
  /** True when reads sample on the data strobe. */
  readonly strobed: boolean;
}

/** Bytes of one phase and how they are sent. */
export interface XspiPhase extends Signalling {
  /** The bytes, first sent first. */
  readonly bytes: Uint8Array;
}

/** Values of the registers that describe a command. */
export interface XspiCommandRegisters {
  /** CCR, WCCR or WPCCR. */
  readonly ccr: number;
  /** TCR, WTCR or WPTCR. */
  readonly tcr: number;
  /** IR, WIR or WPIR. */
  readonly ir: number;
  /** ABR, WABR or WPABR. */
  readonly abr: number;
}

/** Numbers of lines by IMODE, ADMODE, ABMODE and DMODE; 0 stands for no phase. */
const LINES: readonly (0 | Lines)[] = [0, 1, 2, 4, 8, 0, 0, 0];

/** Reads the frame out of the registers. @see RM0477, XSPI_CCR and XSPI_TCR */
export function frameOf(registers: XspiCommandRegisters, address: number): XspiFrame {
  const { ccr, tcr, ir, abr } = registers;
  return {
    instruction: phase(ccr, ir),
    address: phase(ccr >>> 8, address),
    alternate: phase(ccr >>> 16, abr),
    dummy: tcr & 31,
    data: signalling(ccr >>> 24),
    strobed: (ccr >>> 29 & 1) === 1,
  };
}

function signalling(field: number): Signalling | undefined {
  const lines = LINES[field & 7];
  return lines === 0 ? undefined : { lines, dtr: (field >>> 3 & 1) === 1 };
}

function phase(field: number, value: number): XspiPhase | undefined {
  const how = signalling(field);
  if (!how) return undefined;
  const size = (field >>> 4 & 3) + 1;
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = value >>> (8 * (size - 1 - i));
  return { ...how, bytes };
}

/** Clocks of everything before the data. */
export function headerClocks({ instruction, address, alternate, dummy }: XspiFrame): number {
  const phases = [instruction, address, alternate];
  return phases.reduce((sum, part) => sum + (part ? clocksOf(part.bytes.length, part) : 0), dummy);
}
