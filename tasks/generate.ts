/**
 * `deno task generate`: writes all files that are made from others. With `--check` it writes nothing
 * and ends with code 1 if one is stale.
 */
import { exists, writeAtomically } from "../toolkit/cache.ts";
import { documents } from "./generate/documents.ts";
import { memoryFiles } from "./generate/memory_x.ts";
import { type GeneratedFile, generateRegisters } from "./generate_registers.ts";
import { thisRoot } from "./support.ts";

/** Gives all generated files as they should be. */
export async function generated(root: string): Promise<GeneratedFile[]> {
  const written = [...await generateRegisters(), ...await documents(root)];
  return [...memoryFiles(), ...await formatted(root, written)];
}

/** Puts files in the form of `deno fmt`. */
async function formatted(root: string, files: readonly GeneratedFile[]): Promise<GeneratedFile[]> {
  const folder = await Deno.makeTempDir();
  try {
    for (const { path, text } of files) writeAtomically(`${folder}/${path}`, text);
    const args = ["fmt", "--quiet", "--config", `${root}/deno.json`, folder];
    const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    if (!success) throw new Error(`Cannot format: ${new TextDecoder().decode(stderr)}`);
    return files.map(({ path }) => ({ path, text: Deno.readTextFileSync(`${folder}/${path}`) }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Names the generated files that differ from what they should be. */
export async function stale(root: string): Promise<GeneratedFile[]> {
  return (await generated(root)).filter(({ path, text }) => {
    const there = exists(`${root}/${path}`) ? Deno.readTextFileSync(`${root}/${path}`) : undefined;
    return there !== text;
  });
}

if (import.meta.main) {
  const root = thisRoot();
  const files = await stale(root);
  const check = Deno.args.includes("--check");
  for (const { path, text } of files) {
    if (!check) writeAtomically(`${root}/${path}`, text);
    console.error(check ? `stale: ${path}: run \`deno task generate\`` : `wrote ${path}`);
  }
  if (files.length === 0) console.error("generate: all files are fresh");
  if (check && files.length > 0) Deno.exit(1);
}
