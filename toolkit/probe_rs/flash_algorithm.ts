/**
 * A flash algorithm: code that probe-rs loads into RAM and calls to erase and program one flash.
 *
 * @see CMSIS-Pack, flash programming, algorithm functions
 */
export interface FlashAlgorithm {
  /** Its name in the chip file. */
  readonly name: string;
  /** Code, constants and zeros, as they lie in RAM. */
  readonly code: Uint8Array;
  /** Where the code has to lie; anywhere if left out. */
  readonly loadAddress?: number;
  /** Entry points as offsets into `code`, with the Thumb bit. */
  readonly entries: {
    readonly init: number;
    readonly uninit: number;
    readonly programPage: number;
    readonly eraseSector: number;
    readonly eraseAll?: number;
    readonly verify?: number;
    readonly read?: number;
    readonly blankCheck?: number;
  };
  /** Offset of the data, which R9 is set to. */
  readonly dataOffset: number;
  /** Stack that it needs, in bytes; probe-rs's own default if left out. */
  readonly stackBytes?: number;
  /** Whether it is taken where several would do. */
  readonly isDefault?: boolean;
  /** The flash that it is for. */
  readonly flash: {
    readonly start: number;
    readonly sizeBytes: number;
    readonly pageBytes: number;
    readonly sectorBytes: number;
    readonly programTimeoutMs: number;
    readonly eraseTimeoutMs: number;
  };
}
