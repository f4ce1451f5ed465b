/**
 * Writes twin/registers/*.ts and chip/peripherals.ts from the register data of the crate
 * `stm32-metapac`, so that names, offsets and bit positions are those that real drivers use.
 */
import { parseRustLiteral, type RustValue } from "./rust_literal.ts";

const CHIP = "stm32h7s3l8";
/** Blocks that the twin models; the others stay in the address map by name alone. */
const MODELLED = new Set(
  ("rcc pwr flash syscfg gpio timer iwdg rng hash crc crs otg xspi xspim dbgmcu exti wwdg")
    .split(" "),
);

type Struct = { [key: string]: RustValue };

/** One generated file: its path from the repository's root and its text. */
export interface GeneratedFile {
  /** Path from the root of the repository. */
  readonly path: string;
  /** The whole text; `generate.ts` puts it in `deno fmt`'s form. */
  readonly text: string;
}

async function metapacFolder(): Promise<string> {
  const { stdout, success } = await new Deno.Command("cargo", {
    args: ["metadata", "--format-version", "1", "--locked"],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot find stm32-metapac: cargo metadata failed");
  const { packages } = JSON.parse(new TextDecoder().decode(stdout)) as {
    packages: { name: string; manifest_path: string }[];
  };
  const found = packages.find(({ name }) => name === "stm32-metapac");
  if (!found) throw new Error("Cannot find stm32-metapac: no crate of the workspace uses it");
  return found.manifest_path.replace(/Cargo\.toml$/, "src");
}

function statics(text: string, name: string): RustValue {
  const match = new RegExp(`static ${name}: [^=]+=`).exec(text);
  if (!match) throw new Error(`Cannot find the static ${name}`);
  return parseRustLiteral(text, match.index + match[0].length);
}

type Registers = Record<string, Struct>;

function arrayOf(array: RustValue): Struct {
  if (array === null) return {};
  const { $, 0: inner } = array as Struct;
  const { len, stride, offsets } = inner as Struct;
  return $ === "Regular" ? { count: len, stride } : { offsets };
}

/** Gives the fields as `[bit, width]`, or `[bit, width, count, stride]` for arrays. */
function fieldsOf(ir: Struct, name: RustValue): Struct {
  const set = (ir.fieldsets as Struct[]).find((candidate) => candidate.name === name);
  if (!set) return {};
  const base = set.extends ? fieldsOf(ir, set.extends) : {};
  for (const field of set.fields as Struct[]) {
    const bit = (field.bit_offset as Struct)[0] as RustValue;
    const { count, stride, offsets } = arrayOf(field.array);
    const name = String(field.name).toUpperCase();
    const { ranges, offset: start } = bit as Struct;
    if (ranges) {
      // A field cut in pieces: one name for each, lowest first.
      (ranges as string[]).forEach((range, i) => {
        const [low, high] = range.split("..=").map(Number);
        base[`${name}_${i}`] = [low, high - low + 1];
      });
      continue;
    }
    if (offsets) {
      (offsets as number[]).forEach((offset, i) =>
        base[`${name}${i}`] = [Number(start) + offset, field.bit_size]
      );
    } else base[name] = count ? [start, field.bit_size, count, stride] : [start, field.bit_size];
  }
  return base;
}

function registersOf(ir: Struct, blockName: RustValue, at = 0): Registers {
  const block =
    (ir.blocks as Struct[]).find(({ name }) =>
      String(name).toLowerCase() === String(blockName).toLowerCase().replaceAll("_", "")
    ) ?? (ir.blocks as Struct[]).find(({ name }) =>
      String(name).toLowerCase().replaceAll("_", "") ===
        String(blockName).toLowerCase().replaceAll("_", "")
    );
  if (!block) throw new Error(`Cannot find the register block ${blockName}`);
  const result: Registers = block.extends ? registersOf(ir, block.extends, at) : {};
  for (const item of block.items as Struct[]) {
    const { $, 0: inner } = item.inner as Struct;
    const offset = at + Number(item.byte_offset);
    const name = String(item.name).toUpperCase();
    if ($ === "Block") {
      const { count = 1, stride = 0 } = arrayOf(item.array);
      for (let i = 0; i < Number(count); i++) {
        const nested = registersOf(ir, (inner as Struct).block, offset + i * Number(stride));
        for (const [key, register] of Object.entries(nested)) {
          result[`${name}${i}_${key}`] = register;
        }
      }
      continue;
    }
    const { access, bit_size, fieldset } = inner as Struct;
    const { offsets, ...array } = arrayOf(item.array);
    const data = {
      access: { Read: "r", Write: "w", ReadWrite: "rw" }[String(access)]!,
      bits: bit_size,
      fields: fieldsOf(ir, fieldset),
    };
    if (offsets) {
      (offsets as number[]).forEach((extra, i) =>
        result[`${name}${i}`] = { offset: offset + extra, ...data }
      );
    } else result[name] = { offset, ...array, ...data };
  }
  return result;
}

const HEADER = "// Made by `deno task generate` from the crate stm32-metapac; do not edit.\n";

/** Makes every generated register and peripheral file in memory. */
export async function generateRegisters(): Promise<GeneratedFile[]> {
  const source = await metapacFolder();
  const chip = await Deno.readTextFile(`${source}/chips/${CHIP}/metadata.rs`);
  const shared = /include!\("\.\.\/(metadata_\d+\.rs)"\)/.exec(chip)![1];
  const metadata = await Deno.readTextFile(`${source}/chips/${shared}`);
  const peripherals = statics(metadata, "PERIPHERALS") as Struct[];
  const interrupts = statics(metadata, "INTERRUPTS") as Struct[];

  const files: GeneratedFile[] = [];
  const made = new Set<string>();
  const list: Struct = {};
  for (const { name, address, registers, rcc, interrupts: lines } of peripherals) {
    if (registers === null) continue;
    const { kind, version, block } = registers as Struct;
    const { enable, kernel_clock, bus_clock } = (rcc ?? {}) as Struct;
    const enabled = enable as Struct | null | undefined;
    const mux = (kernel_clock as Struct | undefined)?.$ === "Mux"
      ? (kernel_clock as Struct)[0] as Struct
      : undefined;
    list[String(name)] = {
      address,
      block: `${kind}_${version}`,
      ...(bus_clock ? { busClock: bus_clock } : {}),
      ...(mux ? { kernelMux: `${mux.register}.${mux.field}` } : {}),
      ...(enabled ? { enable: `${enabled.register}.${enabled.field}` } : {}),
      interrupts: [...new Set((lines as Struct[]).map(({ interrupt }) => interrupt))],
    };
    const file = `${kind}_${version}_${String(block).toLowerCase()}`;
    if (!MODELLED.has(String(kind)) || made.has(file)) continue;
    made.add(file);
    const ir = statics(
      await Deno.readTextFile(`${source}/registers/${kind}_${version}.rs`),
      "REGISTERS",
    ) as Struct;
    const data = registersOf(ir, block);
    files.push({
      path: `twin/registers/${file}.ts`,
      text: `${HEADER}import type { BlockData } from "../peripheral.ts";\n\n` +
        `/** Registers of ${kind} ${version}, block ${block}. */\n` +
        `export const ${file.toUpperCase()} = ${
          JSON.stringify(data)
        } as const satisfies BlockData;\n`,
    });
  }
  files.push({
    path: "chip/peripherals.ts",
    text:
      `${HEADER}/** Where a peripheral stands and what feeds it. */\nexport interface PeripheralFacts {\n` +
      `/** Address of its first register. */ readonly address: number;\n` +
      `/** Register block and its version. */ readonly block: string;\n` +
      `/** Bus clock's name. */ readonly busClock?: string;\n` +
      `/** RCC register and field that choose its kernel clock. */ readonly kernelMux?: string;\n` +
      `/** RCC register and field that enable its clock. */ readonly enable?: string;\n` +
      `/** Names of its interrupt lines. */ readonly interrupts: readonly string[];\n}\n\n` +
      `/** All peripherals of the STM32H7S3L8. */\nexport const PERIPHERALS: Readonly<Record<string, PeripheralFacts>> = ${
        JSON.stringify(list)
      };\n\n/** Interrupt numbers (exception number minus 16). */\nexport const INTERRUPTS: Readonly<Record<string, number>> = ${
        JSON.stringify(Object.fromEntries(interrupts.map(({ name, number }) => [name, number])))
      };\n`,
  });
  return files;
}
