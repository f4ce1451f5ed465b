import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import * as esbuild from "esbuild";
import ts from "typescript";
import { SourceError } from "./errors.ts";
import { FIRMWARE_ENTRY, firmwareModules } from "./firmware_modules.ts";
import { takeNumbers } from "./inline_numbers.ts";

const COMMON = {
  bundle: true,
  write: false,
  format: "esm",
  platform: "neutral",
  charset: "utf8",
  legalComments: "none",
  logLevel: "silent",
  // The engine parses ES2020, but for optional chaining.
  target: "es2020",
  supported: { "optional-chain": false },
} as const satisfies esbuild.BuildOptions;

/** The script that goes into an image. */
export interface Script {
  /** UTF-8 text of strict scripts with NULs between them, which share what they declare; see {@link pieces}. */
  readonly text: Uint8Array;
  /** SHA-256 of the text, u8[32]. */
  readonly sha256: Uint8Array;
  /** Files that it was made from, relative to the repository's root, sorted. */
  readonly sources: readonly string[];
}

/**
 * Bundles the firmware's TypeScript to one minified script in the syntax that the engine parses.
 *
 * @param root Root of the repository.
 * @param device The device file; by default the healthy one of the repository.
 * @param features Features of the build; some choose modules.
 * @throws {SourceError} If a file does not parse or an import is not found.
 */
export async function bundle(
  root: string,
  device?: string,
  features: readonly string[] = [],
): Promise<Script> {
  try {
    const result = await esbuild.build({
      ...COMMON,
      entryPoints: [join(root, FIRMWARE_ENTRY)],
      alias: firmwareModules(root, device, features),
      absWorkingDir: root,
      metafile: true,
      tsconfigRaw: { compilerOptions: { target: "es2020", useDefineForClassFields: false } },
    });
    const whole = takeNumbers(result.outputFiles[0].text);
    const small = await esbuild.build({
      ...COMMON,
      stdin: { contents: whole.text },
      define: whole.numbers,
      minify: true,
    });
    const text = new TextEncoder().encode(pieces(small.outputFiles[0].text).join("\0"));
    return {
      text,
      sha256: new Uint8Array(createHash("sha256").update(text).digest()),
      sources: Object.keys(result.metafile.inputs).sort(),
    };
  } catch (error) {
    throw toSourceError(root, error);
  } finally {
    await esbuild.stop();
  }
}

/** Length in UTF-16 units that ends a piece with the next statement. */
const PIECE_LENGTH = 4096;

/**
 * Cuts a script between statements into pieces that can be run one after the other: the device parses and
 * frees one at a time, so that source and byte code of all of it need not fit into memory together.
 *
 * What a statement uses as it runs stands before it, as esbuild puts modules in the order of their imports.
 */
export function pieces(script: string): string[] {
  const file = ts.createSourceFile("script.js", script, ts.ScriptTarget.ES2020);
  const parts: string[] = [];
  let start = 0;
  for (const { end } of file.statements) {
    if (end - start < PIECE_LENGTH) continue;
    parts.push(script.slice(start, end).trim());
    start = end;
  }
  const rest = script.slice(start).trim();
  if (rest !== "") parts.push(rest);
  return parts;
}

function toSourceError(root: string, error: unknown): unknown {
  const errors = (error as Partial<esbuild.BuildFailure>).errors;
  if (!Array.isArray(errors)) return error;
  return new SourceError((errors as esbuild.Message[]).map(({ text, location }) => ({
    file: location ? relative(root, join(root, location.file)) : "firmware_ts",
    line: location?.line ?? 0,
    column: location ? location.column + 1 : 0,
    text,
  })));
}
