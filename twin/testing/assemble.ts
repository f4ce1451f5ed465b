/** Text that starts every program: Cortex-M7, Thumb, double FPU, and names of the registers used. */
const PRELUDE = `
.syntax unified
.thumb
.cpu cortex-m7
.fpu fpv5-d16
.equ REPORT, 0x40000000
.equ RAISE, 0x40000004
.equ LOWER, 0x40000008
.equ SCS, 0xe000e000
.macro report value
  ldr r7, =REPORT
  ldr r6, =\\value
  str r6, [r7]
.endm
.macro report_register register
  ldr r7, =REPORT
  str \\register, [r7]
.endm
.macro poke address, value
  ldr r7, =\\address
  ldr r6, =\\value
  str r6, [r7]
.endm
`;

async function run(command: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`Cannot assemble: ${new TextDecoder().decode(stderr)}`);
}

/**
 * Assembles a program for address 0 with GNU as.
 *
 * @returns Its bytes.
 * @throws {Deno.errors.NotFound} If arm-none-eabi-as is not installed.
 */
export async function assemble(source: string): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a.s`, `${PRELUDE}\n${source}\n.pool\n`);
    await run("arm-none-eabi-as", ["-o", `${folder}/a.o`, `${folder}/a.s`]);
    await run("arm-none-eabi-ld", ["-Ttext=0", "-e0", "-o", `${folder}/a.elf`, `${folder}/a.o`]);
    await run("arm-none-eabi-objcopy", ["-O", "binary", `${folder}/a.elf`, `${folder}/a.bin`]);
    return await Deno.readFile(`${folder}/a.bin`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Vector table with the handlers named; others lead to `unexpected`, which a program must have. */
export function vectors(handlers: Record<number, string>, count = 32): string {
  const words = ["0x20010000", "start"];
  for (let i = 2; i < count; i++) words.push(`${handlers[i] ?? "unexpected"}`);
  return words.map((word, i) => i === 0 ? `.word ${word}` : `.word ${word} + 1`).join("\n");
}
