import type { PeripheralHost } from "./peripheral.ts";

/**
 * A block of registers on the bus; every {@link Peripheral} is one.
 *
 * The board calls it only for offsets below `sizeBytes`, with 1, 2 or 4 bytes, aligned.
 */
export interface BusBlock {
  /** Name of the instance, as in chip/peripherals.ts. */
  readonly name: string;
  /** Address of the first register. */
  readonly base: number;
  /** Length in bytes of the address window. */
  readonly sizeBytes: number;
  /** Answers a bus read: u8, u16 or u32. */
  read(offset: number, size: number): number;
  /** Takes a bus write. */
  write(offset: number, size: number, value: number): void;
  /** Puts the block to its state after a reset of the chip. */
  reset(): void;
  /** Gives the register at an offset by name, for reports. */
  nameAt?(offset: number): string | undefined;
}

/**
 * A memory whose writes (and, while it is not directly mapped, reads) have behaviour: internal
 * flash, and the window of XSPI2.
 */
export interface MemoryDevice {
  /** Answers a read that could not be served by plain memory; throws {@link BusError} to fault. */
  read(address: number, size: number): number;
  /** Takes a write; throws {@link BusError} to fault. */
  write(address: number, size: number, value: number): void;
}

/** Thrown by a block or memory device to make the access fault on the bus. */
export class BusError extends Error {
  override name = "BusError";
}

/** What a board keeps without power. Owned by the board; the bytes are shared with the models. */
export interface BoardState {
  /** Internal flash, u8[65536]. */
  readonly internalFlash: Uint8Array;
  /** The flash part behind XSPI2, u8[33554432]. */
  readonly externalFlash: Uint8Array;
  /** Option bytes as u32 words, by the name of their register: `OBW1SR`, `OBW2SR`, …; absent = factory value. */
  readonly optionBytes: Map<string, number>;
  /** Unique ID, u8[12]. */
  readonly uniqueId: Uint8Array;
}

/** What the board offers to the models of the chip's blocks, beyond {@link PeripheralHost}. */
export interface BoardHost extends PeripheralHost {
  /** What survives a loss of power. */
  readonly state: BoardState;
  /** Sets the split of the shared memories, from the option bytes, at a reset; contents are kept by address. */
  setSplit(itcmKb: number, dtcmKb: number): void;
  /** Maps the external flash's bytes directly into the XSPI2 window (true), or hands its accesses to the device. */
  setXspiMapped(on: boolean): void;
  /** Says that bytes of a flash changed behind the CPU's back, so that translated code is dropped. */
  memoryChanged(address: number, length: number): void;
  /** Reports the level of a pin that an LED hangs on: `LD1`, `LD2` or `LD3`. */
  led(name: "LD1" | "LD2" | "LD3", on: boolean): void;
}

/** What the maker of the system's blocks (`twin/peripherals/system.ts`, `createSystem(host)`) gives. */
export interface SystemWiring {
  /** All blocks but the USB controller. */
  readonly blocks: readonly BusBlock[];
  /** Frequency in Hz of a node of the clock tree, see {@link PeripheralHost.hz}; `CPU` is the core. */
  hz(node: string): number;
  /** Whether an RCC enable bit is set, by chip/peripherals.ts, as in `AHB5ENR.XSPI2EN`. */
  enabled(bit: string): boolean;
  /** Internal flash at 0x08000000. */
  readonly internalFlash: MemoryDevice;
  /** The XSPI2 window at 0x70000000. */
  readonly xspiWindow: MemoryDevice;
  /** Records why the chip was reset (RCC.RSR); `powerOn` for a cold start. Called before the blocks' `reset`. */
  resetCause(cause: string): void;
  /** Sets the level of an input pin from outside, as in `PC13` (the user button). */
  pin(name: string, level: boolean): void;
}
