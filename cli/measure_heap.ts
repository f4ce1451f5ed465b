import { createHash } from "node:crypto";
import { join } from "node:path";
import { cacheFolder, exists, writeAtomically } from "../toolkit/cache.ts";
import { readScriptHeap, type ScriptHeap } from "../toolkit/script_heap.ts";

/** Virtual time that an image has to start in. */
const START_NS = 1.5e9;
/** Virtual time that its answer may take. */
const ANSWER_NS = 1e9;

/**
 * Boots an image on the twin, and asks it how full its script heap got; an image that was asked before is not again.
 *
 * @param tell Is given one line that says why there is no answer, if there is none.
 */
export async function measureHeap(
  image: Uint8Array,
  tell: (line: string) => void,
): Promise<ScriptHeap | undefined> {
  const key = createHash("sha256").update(image).digest("hex");
  const kept = join(cacheFolder(), "heaps", `${key}.txt`);
  if (exists(kept)) return readScriptHeap(Deno.readTextFileSync(kept));
  const { Board } = await import("../twin/board.ts");
  const { UnicornMissingError } = await import("../twin/cpu/unicorn_library.ts");
  try {
    const board = Board.create({ image, ram: true });
    try {
      board.runUntilLog("mctp usb waiting", START_NS);
      const from = board.log.length;
      board.rttWrite("heap\n");
      const line = board.runUntilLog("INFO heap ", ANSWER_NS, from)?.text;
      const heap = line === undefined ? undefined : readScriptHeap(line);
      if (line !== undefined && heap !== undefined) writeAtomically(kept, line);
      else {
        const last = board.log.findLast(({ text }) => text.includes(" ERROR ")) ?? board.log.at(-1);
        tell(`script heap not measured: the image does not start on the twin: ${last?.text ?? ""}`);
      }
      return heap;
    } finally {
      board.close();
    }
  } catch (error) {
    if (!(error instanceof UnicornMissingError)) throw error;
    tell("script heap not measured: the twin needs libunicorn, which `deno task setup` brings");
    return undefined;
  }
}
