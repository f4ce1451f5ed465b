import { IMAGE_REGIONS, LOADER_REGIONS } from "../../chip/memory.ts";
import { COMMANDS } from "../../cli/commands.ts";
import { loadAll } from "../../cli/dispatch.ts";
import { commandsMarkdown, exitCodesMarkdown } from "../../cli/help.ts";
import type { GeneratedFile } from "../generate_registers.ts";

/** The documents that have generated blocks. */
const DOCUMENTS = ["README.md", "ARCHITECTURE.md", "cli/README.md"];

/** Gives the generated blocks by name, in lines. */
async function blocks(): Promise<Record<string, string[]>> {
  return {
    commands: commandsMarkdown(await loadAll(COMMANDS)),
    "exit codes": exitCodesMarkdown(),
    memory: memoryMarkdown(),
  };
}

function memoryMarkdown(): string[] {
  const row = (of: string, regions: typeof IMAGE_REGIONS | typeof LOADER_REGIONS) =>
    Object.entries(regions).map(([name, { start, sizeBytes }]) =>
      `| ${of} | ${name} | \`0x${start.toString(16).padStart(8, "0")}\` | ${sizeBytes / 1024} KB |`
    );
  const head = ["| of | region | address | size |", "|---|---|---|---|"];
  return [...head, ...row("image", IMAGE_REGIONS), ...row("loader", LOADER_REGIONS)];
}

/**
 * Puts generated blocks between `<!-- generated: NAME -->` and `<!-- end -->`.
 *
 * @throws {Error} For a block that does not exist or does not end.
 */
export function fillBlocks(
  path: string,
  text: string,
  known: Readonly<Record<string, readonly string[]>>,
): string {
  const out: string[] = [];
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index++) {
    out.push(lines[index]);
    const name = /^<!-- generated: (.+) -->$/.exec(lines[index])?.[1];
    if (name === undefined) continue;
    const block = known[name];
    if (!block) throw new Error(`Cannot fill ${path}: there is no block "${name}"`);
    const end = lines.indexOf("<!-- end -->", index);
    if (end < 0) throw new Error(`Cannot fill ${path}: block "${name}" has no end`);
    out.push("", ...block, "");
    index = end - 1;
  }
  return out.join("\n");
}

/** The documents with fresh blocks. */
export async function documents(root: string): Promise<GeneratedFile[]> {
  const known = await blocks();
  const files: GeneratedFile[] = [];
  for (const path of DOCUMENTS) {
    const text = await Deno.readTextFile(`${root}/${path}`);
    files.push({ path, text: fillBlocks(path, text, known) });
  }
  return files;
}
