import { IMAGE_REGIONS, LOADER_REGIONS, type MemoryRange } from "../chip/memory.ts";
import { SIZE_BUDGETS } from "./budgets.ts";
import { type Elf, SegmentType } from "./elf/image.ts";

/** How full one region is. */
export interface RegionUse {
  /** Name of the region. */
  readonly region: string;
  /** First address. */
  readonly start: number;
  /** Bytes in use. */
  readonly usedBytes: number;
  /** Bytes that may be in use. */
  readonly budgetBytes: number;
  /** Bytes that the region has. */
  readonly sizeBytes: number;
}

/** Adds up what the load segments of an image take in each region, against the budget. */
export function imageSizes(elf: Elf): RegionUse[] {
  return (["ITCM", "DTCM", "AXI"] as const).map((region) =>
    use(elf, region, IMAGE_REGIONS[region], SIZE_BUDGETS[region])
  );
}

/** Adds up what the loader takes in internal flash and in its RAM. */
export function loaderSizes(elf: Elf): RegionUse[] {
  return [
    use(elf, "FLASH", LOADER_REGIONS.FLASH, SIZE_BUDGETS.loader),
    use(elf, "RAM", LOADER_REGIONS.RAM, LOADER_REGIONS.RAM.sizeBytes),
  ];
}

function use(elf: Elf, region: string, range: MemoryRange, budgetBytes: number): RegionUse {
  const end = range.start + range.sizeBytes;
  let usedBytes = 0;
  for (const { type, physicalAddress, virtualAddress, memorySizeBytes, bytes } of elf.segments) {
    if (type !== SegmentType.LOAD) continue;
    if (virtualAddress >= range.start && virtualAddress < end) usedBytes += memorySizeBytes;
    // Start values of data that runs elsewhere.
    else if (physicalAddress >= range.start && physicalAddress < end) usedBytes += bytes.length;
  }
  return { region, start: range.start, usedBytes, budgetBytes, sizeBytes: range.sizeBytes };
}

/** Names the regions that are fuller than their budget. */
export function overBudget(uses: readonly RegionUse[]): RegionUse[] {
  return uses.filter(({ usedBytes, budgetBytes }) => usedBytes > budgetBytes);
}
