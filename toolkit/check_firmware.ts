import { join, relative } from "node:path";
import ts from "typescript";
import { SourceError, type SourceFault } from "./errors.ts";
import { FIRMWARE_ENTRY, firmwareModules } from "./firmware_modules.ts";

/**
 * Checks the firmware's TypeScript against the engine's own library, so that a global which the
 * engine lacks is a fault with its place.
 *
 * @param root Root of the repository; `firmware_ts/engine.json` below it holds the settings.
 * @param device The device file; by default the healthy one of the repository.
 * @throws {SourceError} With every fault, if there is one.
 */
export function checkFirmware(root: string, device?: string): void {
  const folder = join(root, "firmware_ts");
  const config = JSON.parse(Deno.readTextFileSync(join(folder, "engine.json"))) as {
    compilerOptions: Record<string, unknown> & { types: string[] };
  };
  const { types, lib: _lib, ...strictness } = config.compilerOptions;
  const { options } = ts.convertCompilerOptionsFromJson(strictness, folder);
  const program = ts.createProgram({
    rootNames: [...types.map((path) => join(folder, path)), join(root, FIRMWARE_ENTRY)],
    options: {
      ...options,
      noLib: true,
      types: [],
      noEmit: true,
      target: ts.ScriptTarget.ES2020,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      allowImportingTsExtensions: true,
      paths: Object.fromEntries(
        Object.entries(firmwareModules(root, device)).map(([name, path]) => [name, [path]]),
      ),
    },
  });
  const faults = ts.getPreEmitDiagnostics(program).map((diagnostic) => toFault(root, diagnostic));
  if (faults.length > 0) throw new SourceError(faults);
}

function toFault(root: string, { file, start, messageText, code }: ts.Diagnostic): SourceFault {
  const text = `${ts.flattenDiagnosticMessageText(messageText, " ")} (TS${code})`;
  if (!file || start === undefined) return { file: "firmware_ts", line: 0, column: 0, text };
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  return { file: relative(root, file.fileName), line: line + 1, column: character + 1, text };
}
