/** One address range of the chip. */
export interface MemoryRange {
  /** First byte address. */
  readonly start: number;
  /** Length in bytes. */
  readonly sizeBytes: number;
}

const KB = 1024;

/**
 * The memories of the STM32H7S3L8 at their largest.
 *
 * ITCM and SRAM1 share 192 KB, DTCM and SRAM3 share another 192 KB; see {@link splits}.
 *
 * @see RM0477, memory organization, memory map table
 */
export const MEMORIES = {
  ITCM: { start: 0x0000_0000, sizeBytes: 192 * KB },
  FLASH: { start: 0x0800_0000, sizeBytes: 64 * KB },
  UNIQUE_ID: { start: 0x08ff_f800, sizeBytes: 12 },
  DTCM: { start: 0x2000_0000, sizeBytes: 192 * KB },
  SRAM1: { start: 0x2400_0000, sizeBytes: 128 * KB },
  SRAM2: { start: 0x2402_0000, sizeBytes: 128 * KB },
  SRAM3: { start: 0x2404_0000, sizeBytes: 128 * KB },
  SRAM4: { start: 0x2406_0000, sizeBytes: 72 * KB },
  AHB_SRAM1: { start: 0x3000_0000, sizeBytes: 16 * KB },
  AHB_SRAM2: { start: 0x3000_4000, sizeBytes: 16 * KB },
  BACKUP_SRAM: { start: 0x3880_0000, sizeBytes: 4 * KB },
  XSPI2: { start: 0x7000_0000, sizeBytes: 32 * 1024 * KB },
} as const satisfies Record<string, MemoryRange>;

/** Option-byte codes of a TCM size in KB, the same for ITCM_AXI_SHARE and DTCM_AXI_SHARE. */
export const TCM_SHARE_CODES = { 64: 0b000, 128: 0b001, 192: 0b010 } as const;

/** A tightly coupled memory's size in KB that the option bytes can give. */
export type TcmSizeKb = keyof typeof TCM_SHARE_CODES;

/** The split that our image needs; the loader programs it when the option bytes differ. */
export const IMAGE_SPLIT = { itcmKb: 192, dtcmKb: 64 } as const satisfies Record<string, TcmSizeKb>;

/**
 * Address of FLASH_OBW2SR, the split in force: ITCM_AXI_SHARE in bits 2:0, DTCM_AXI_SHARE in bits 6:4.
 *
 * @see RM0477, FLASH option bytes word 2 status register
 */
export const SPLIT_STATUS = 0x5200_2268;

/** Where the image puts what: the source of native/firmware/memory.x. */
export const IMAGE_REGIONS = {
  ITCM: { start: 0x0000_0000, sizeBytes: 192 * KB },
  DTCM: { start: 0x2000_0000, sizeBytes: 58 * KB },
  LOG: { start: 0x2000_e800, sizeBytes: 5 * KB },
  CRASH: { start: 0x2000_fc00, sizeBytes: 1 * KB },
  AXI: { start: 0x2402_0000, sizeBytes: 328 * KB },
  AHB: { start: 0x3000_0000, sizeBytes: 32 * KB },
} as const satisfies Record<string, MemoryRange>;

/**
 * The least script heap, in bytes, that must be left beside the script as it starts; the heap grows over each
 * piece of the script that has run.
 */
export const MINIMUM_SCRIPT_HEAP_BYTES = 64 * KB;

/** Where the loader lives: the source of xspiloader/memory.x. */
export const LOADER_REGIONS = {
  FLASH: { start: 0x0800_0000, sizeBytes: 64 * KB },
  RAM: { start: 0x2406_e000, sizeBytes: 16 * KB },
} as const satisfies Record<string, MemoryRange>;

/**
 * Gives the RAM ranges that exist under one split of the shared memories.
 *
 * @param itcmKb ITCM size in KB; SRAM1 has what is left of 192, at most 128.
 * @param dtcmKb DTCM size in KB; SRAM3 has what is left of 192, at most 128.
 * @see RM0477, FLASH option bytes, ITCM_AXI_SHARE and DTCM_AXI_SHARE
 */
export function splits(itcmKb: TcmSizeKb, dtcmKb: TcmSizeKb): Record<string, MemoryRange> {
  return {
    ITCM: { start: MEMORIES.ITCM.start, sizeBytes: itcmKb * KB },
    DTCM: { start: MEMORIES.DTCM.start, sizeBytes: dtcmKb * KB },
    SRAM1: { start: MEMORIES.SRAM1.start, sizeBytes: (192 - itcmKb) * KB },
    SRAM3: { start: MEMORIES.SRAM3.start, sizeBytes: (192 - dtcmKb) * KB },
  };
}
