import { IMAGE_REGIONS, LOADER_REGIONS, type MemoryRange } from "../../chip/memory.ts";
import type { GeneratedFile } from "../generate_registers.ts";

/**
 * Writes the MEMORY command of a linker script.
 *
 * @param regions Regions by name.
 * @see GNU ld manual, MEMORY command
 */
export function memoryX(regions: Readonly<Record<string, MemoryRange>>): string {
  const lines = Object.entries(regions).map(([name, { start, sizeBytes }]) =>
    `  ${name} : ORIGIN = 0x${start.toString(16).padStart(8, "0")}, LENGTH = ${sizeBytes / 1024}K`
  );
  const note = "/* Made by `deno task generate` from chip/memory.ts; do not edit. */";
  return [note, "MEMORY", "{", ...lines, "}", ""].join("\n");
}

/** The linker's memory maps of the image and of the loader. */
export function memoryFiles(): GeneratedFile[] {
  return [
    { path: "native/firmware/memory.x", text: memoryX(IMAGE_REGIONS) },
    { path: "xspiloader/memory.x", text: memoryX(LOADER_REGIONS) },
  ];
}
