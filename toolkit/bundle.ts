import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import * as esbuild from "esbuild";
import { SourceError } from "./errors.ts";
import { FIRMWARE_ENTRY, firmwareModules } from "./firmware_modules.ts";

/** The script that goes into an image. */
export interface Script {
  /** UTF-8 text of one strict function expression that is called at once. */
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
 * @throws {SourceError} If a file does not parse or an import is not found.
 */
export async function bundle(root: string, device?: string): Promise<Script> {
  try {
    const result = await esbuild.build({
      entryPoints: [join(root, FIRMWARE_ENTRY)],
      alias: firmwareModules(root, device),
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      format: "iife",
      platform: "neutral",
      minify: true,
      charset: "utf8",
      legalComments: "none",
      logLevel: "silent",
      // The engine parses ES2020, but for optional chaining.
      target: "es2020",
      supported: { "optional-chain": false },
      // The engine's strict mode has to be asked for: esbuild's own `"use strict"` of modules is dropped.
      banner: { js: '"use strict";' },
      tsconfigRaw: { compilerOptions: { target: "es2020", useDefineForClassFields: true } },
    });
    const text = result.outputFiles[0].contents;
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
