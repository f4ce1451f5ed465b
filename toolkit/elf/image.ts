/** What a program header says about the use of its bytes. */
export const SegmentType = { LOAD: 1, NOTE: 4 } as const;

/** Access rights of a segment, to be added. */
export const SegmentFlag = { EXECUTE: 1, WRITE: 2, READ: 4 } as const;

/** One part of an ELF file that is loaded or read as a note. */
export interface Segment {
  /** One of {@link SegmentType}, or another number of the ELF specification. */
  readonly type: number;
  /** Sum of {@link SegmentFlag}. */
  readonly flags: number;
  /** Address that the program uses. */
  readonly virtualAddress: number;
  /** Address that a loader copies to. */
  readonly physicalAddress: number;
  /** Bytes in the file; a view of it. */
  readonly bytes: Uint8Array;
  /** Bytes in memory, at least those in the file; the rest is zero. */
  readonly memorySizeBytes: number;
  /** Alignment of address and file offset, a power of 2. */
  readonly alignment: number;
}

/** One symbol of an ELF file. */
export interface ElfSymbol {
  /** Value, for most an address. */
  readonly value: number;
  /** Length in bytes, 0 if unknown. */
  readonly sizeBytes: number;
}

/** One section of an ELF file that takes memory. */
export interface Section {
  /** Its name. */
  readonly name: string;
  /** Its address. */
  readonly address: number;
  /** Its length in bytes. */
  readonly sizeBytes: number;
  /** Whether it has bytes in the file. */
  readonly hasBytes: boolean;
}

/** A 32-bit little-endian ARM executable, as far as this project uses it. */
export interface Elf {
  /** Entry point as it stands in the file, for ARM with the Thumb bit. */
  readonly entry: number;
  /** ELF flags of the machine (ARM EABI version and float ABI). */
  readonly flags: number;
  /** Segments in the order of the program headers. */
  readonly segments: readonly Segment[];
  /** Sections with memory, none if the file is stripped. */
  readonly sections: readonly Section[];
  /** Symbols by name, none if the file is stripped. */
  readonly symbols: ReadonlyMap<string, ElfSymbol>;
}
