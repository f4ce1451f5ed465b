import { createHash } from "node:crypto";
import { DEBUG_CHIP } from "../../chip/debug.ts";
import { MEMORIES } from "../../chip/memory.ts";
import type { FlashAlgorithm } from "./flash_algorithm.ts";

const hex = (value: number) => `0x${value.toString(16)}`;

/** One memory of the chip file. */
interface Region {
  readonly kind: "Ram" | "Nvm";
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly extra?: readonly string[];
}

function end({ start, sizeBytes }: { start: number; sizeBytes: number }): number {
  return start + sizeBytes;
}

/** The memories of the Nucleo as probe-rs is to see them. */
function regions(): Region[] {
  const { ITCM, FLASH, DTCM, SRAM1, SRAM4, AHB_SRAM1, AHB_SRAM2, XSPI2 } = MEMORIES;
  return [
    { kind: "Ram", name: "ITCM", start: ITCM.start, end: end(ITCM) },
    {
      kind: "Nvm",
      name: "FLASH",
      start: FLASH.start,
      end: end(FLASH),
      extra: ["access:", "  write: false", "  boot: true"],
    },
    { kind: "Ram", name: "DTCM", start: DTCM.start, end: end(DTCM) },
    { kind: "Ram", name: "AXI_SRAM", start: SRAM1.start, end: end(SRAM4) },
    { kind: "Ram", name: "AHB_SRAM", start: AHB_SRAM1.start, end: end(AHB_SRAM2) },
    // As an alias it is flashed when it is asked for, and spared by `erase`.
    { kind: "Nvm", name: "XSPI2", start: XSPI2.start, end: end(XSPI2), extra: ["is_alias: true"] },
  ];
}

/**
 * Writes probe-rs's description of the Nucleo, with these flash algorithms and no others.
 *
 * probe-rs takes the first algorithm whose range holds a whole memory: its built-in file has one for a
 * bigger flash at the same address, and so writes to this board with the wrong one.
 *
 * @param algorithms One for each flash.
 */
export function chipFile(algorithms: readonly FlashAlgorithm[]): string {
  const { id, continuation } = DEBUG_CHIP.manufacturer;
  const memories = regions().flatMap(({ kind, name, start, end, extra = [] }) => [
    `  - !${kind}`,
    `    name: ${name}`,
    `    range:`,
    `      start: ${hex(start)}`,
    `      end: ${hex(end)}`,
    `    cores:`,
    `    - main`,
    ...extra.map((line) => `    ${line}`),
  ]);
  return [
    `name: ${DEBUG_CHIP.family}`,
    `manufacturer:`,
    `  id: ${hex(id)}`,
    `  cc: ${hex(continuation)}`,
    `variants:`,
    `- name: ${DEBUG_CHIP.name}`,
    `  cores:`,
    `  - name: main`,
    `    type: armv7em`,
    `    core_access_options: !Arm`,
    `      ap: !v1 ${DEBUG_CHIP.accessPort}`,
    `  memory_map:`,
    ...memories,
    `  flash_algorithms:`,
    ...algorithms.map(({ name }) => `  - ${name}`),
    `flash_algorithms:`,
    ...algorithms.flatMap(algorithmLines),
  ].join("\n") + "\n";
}

function algorithmLines(algorithm: FlashAlgorithm): string[] {
  const lines = [`- name: ${algorithm.name}`, `  description: ${algorithm.name}`];
  if (algorithm.isDefault) lines.push(`  default: true`);
  const base64 = btoa(Array.from(algorithm.code, (byte) => String.fromCharCode(byte)).join(""));
  lines.push(`  instructions: ${base64}`);
  if (algorithm.loadAddress !== undefined) {
    lines.push(`  load_address: ${hex(algorithm.loadAddress)}`);
  }
  for (const [name, offset] of Object.entries(algorithm.entries)) {
    if (offset !== undefined) lines.push(`  pc_${snakeCase(name)}: ${hex(offset)}`);
  }
  const { flash } = algorithm;
  return [
    ...lines,
    `  data_section_offset: ${hex(algorithm.dataOffset)}`,
    ...algorithm.stackBytes === undefined ? [] : [`  stack_size: ${hex(algorithm.stackBytes)}`],
    `  flash_properties:`,
    `    address_range:`,
    `      start: ${hex(flash.start)}`,
    `      end: ${hex(flash.start + flash.sizeBytes)}`,
    `    page_size: ${hex(flash.pageBytes)}`,
    `    erased_byte_value: 0xff`,
    `    program_page_timeout: ${flash.programTimeoutMs}`,
    `    erase_sector_timeout: ${flash.eraseTimeoutMs}`,
    `    sectors:`,
    `    - size: ${hex(flash.sectorBytes)}`,
    `      address: 0x0`,
  ];
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Gives the SHA-256 of an algorithm's code in hexadecimal. */
export function codeHash(code: Uint8Array): string {
  return createHash("sha256").update(code).digest("hex");
}
