import { join, relative } from "node:path";
import * as esbuild from "esbuild";
import { SourceError } from "./errors.ts";
import { firmwareModules } from "./firmware_modules.ts";

/**
 * Evaluates a device file and checks that its values are in their ranges.
 *
 * One that cannot be evaluated passes: what is wrong with its text the type check and the bundle tell with its place,
 * and what it throws the twin, when it measures the heap.
 *
 * @param root Root of the repository; the ranges stand in `firmware_ts/device/check_device.ts` below it.
 * @param device The device file.
 * @throws {SourceError} With every value that is out of range, if there is one.
 */
export async function checkDevice(root: string, device: string): Promise<void> {
  let faults: readonly string[];
  try {
    const result = await esbuild.build({
      stdin: {
        contents: `import device from "usbnvme/selected-device";
import { checkDevice } from "./firmware_ts/device/check_device.ts";
export default checkDevice(device);`,
        resolveDir: root,
        loader: "ts",
      },
      alias: firmwareModules(root, device),
      absWorkingDir: root,
      bundle: true,
      write: false,
      format: "iife",
      globalName: "faults",
      logLevel: "silent",
    });
    const run = new Function(`${result.outputFiles[0].text}; return faults.default;`);
    faults = run() as readonly string[];
  } catch {
    return;
  } finally {
    await esbuild.stop();
  }
  if (faults.length === 0) return;
  const lines = Deno.readTextFileSync(device).split("\n");
  throw new SourceError(faults.map((text) => {
    // The last name of the field, where the file has it; where a value comes from elsewhere, the whole file.
    const name = /(\w+)(?:\[\d+\]|\.length)?:/.exec(text)?.[1] ?? "";
    const at = lines.findIndex((line) => new RegExp(`\\b${name}\\b`).test(line));
    const column = at < 0 ? 0 : lines[at].search(new RegExp(`\\b${name}\\b`));
    return {
      file: relative(root, join(device)),
      line: Math.max(at, 0) + 1,
      column: column + 1,
      text,
    };
  }));
}
