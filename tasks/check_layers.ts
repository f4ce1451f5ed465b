/**
 * Holds the layer table of ARCHITECTURE.md over the real import graph.
 *
 * Run: `deno run -A tasks/check_layers.ts`; prints each forbidden edge and exits 1 if there is one.
 */
import { fileURLToPath } from "node:url";

/** What one layer may import: folders of the repository, and the schemes `node:` and `npm:`. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  wire: ["wire"],
  chip: ["chip"],
  firmware_ts: ["firmware_ts", "wire"],
  twin: ["twin", "chip", "node:"],
  toolkit: ["toolkit", "chip", "wire", "node:", "npm:"],
  cli: ["cli", "toolkit", "twin", "chip", "node:", "npm:"],
  "mod.ts": ["wire", "chip", "toolkit", "twin"],
};

/** Layers whose files must not name a runtime's global: they also run on JerryScript. */
const PURE = new Set(["wire", "chip", "firmware_ts"]);

/** One import of the graph, both ends as paths from the root or as `npm:…`, `node:…`. */
export interface Edge {
  /** The importing file. */
  readonly from: string;
  /** What it imports. */
  readonly to: string;
}

function layerOf(path: string): string {
  const scheme = /^(node|npm|jsr|https?):/.exec(path);
  if (scheme) return scheme[0];
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : path;
}

/** Tests may also use test support and any assertion library, but keep to their layer otherwise. */
function isTest(path: string): boolean {
  return /_test\.ts$/.test(path);
}

/**
 * Finds the edges that the layer table forbids.
 *
 * @example A twin that knows the firmware
 * ```ts
 * import assert from "node:assert/strict";
 * import { forbidden } from "./check_layers.ts";
 *
 * const edge = { from: "twin/board.ts", to: "firmware_ts/main.ts" };
 * assert.deepEqual(forbidden([edge]), [edge]);
 * ```
 */
export function forbidden(edges: readonly Edge[]): Edge[] {
  return edges.filter(({ from, to }) => {
    const allowed = LAYERS[layerOf(from)];
    if (!allowed) return false;
    const target = layerOf(to);
    if (allowed.includes(target)) return false;
    return !(isTest(from) && (target === "node:" || target === "tests"));
  });
}

/** Finds runtime globals in the text of a layer that must run anywhere. */
export function foreignGlobals(path: string, text: string): string[] {
  if (!PURE.has(layerOf(path)) || isTest(path) || path.endsWith(".d.ts")) return [];
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
  return [...code.matchAll(/\b(Deno|process|console|Date\.now|performance|setTimeout|fetch)\b/g)]
    .map(([name]) => `${path}: ${name}`);
}

async function sourceFiles(root: string, folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await sourceFiles(root, path));
    else if (name.endsWith(".ts")) files.push(path);
  }
  return files;
}

interface Info {
  modules: {
    specifier: string;
    dependencies?: {
      specifier: string;
      code?: { specifier: string };
      type?: { specifier: string };
    }[];
  }[];
}

/** Reads the whole import graph of the layers' files with `deno info`. */
export async function importGraph(root: string): Promise<Edge[]> {
  const files: string[] = [];
  for (const layer of Object.keys(LAYERS)) {
    const info = await Deno.stat(`${root}/${layer}`).catch(() => undefined);
    if (info?.isFile) files.push(layer);
    else if (info) files.push(...await sourceFiles(root, layer));
  }
  const list = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      list,
      files.map((file) => `import "file://${root}/${file}";\n`).join(""),
    );
    const { stdout, success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", `${root}/deno.json`, list],
    }).output();
    if (!success) throw new Error(`Cannot read imports: ${new TextDecoder().decode(stderr)}`);
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as Info;
    const edges: Edge[] = [];
    const local = (specifier: string) =>
      specifier.startsWith("file://")
        ? fileURLToPath(specifier).replace(`${root}/`, "")
        : specifier;
    for (const { specifier, dependencies = [] } of modules) {
      if (!specifier.startsWith(`file://${root}/`)) continue;
      for (const { specifier: written, code, type } of dependencies) {
        edges.push({
          from: local(specifier),
          to: local(code?.specifier ?? type?.specifier ?? written),
        });
      }
    }
    return edges;
  } finally {
    await Deno.remove(list);
  }
}

if (import.meta.main) {
  const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
  const edges = await importGraph(root);
  const wrong = forbidden(edges).map(({ from, to }) => `${from} imports ${to}`);
  for (const path of new Set(edges.map(({ from }) => from))) {
    wrong.push(...foreignGlobals(path, await Deno.readTextFile(`${root}/${path}`)));
  }
  for (const line of wrong) console.error(`layers: ${line}`);
  console.log(`layers: ${edges.length} imports, ${wrong.length} forbidden`);
  if (wrong.length > 0) Deno.exit(1);
}
