import { join } from "node:path";
import { cacheFolder, contentKey, writeAtomically } from "../cache.ts";
import type { Identity } from "./identity.ts";
import type { Probe } from "./probe.ts";

/** What is remembered of the board that a probe sits on. */
export type KnownBoard = Pick<Identity, "uuid" | "usbSerial">;

function pathOf(selector: string, folder: string): string {
  return join(folder, "boards", `${contentKey([selector])}.json`);
}

/** Remembers which board a probe sits on: an ST-Link is soldered to its Nucleo. */
export function rememberBoard(
  probe: Probe,
  { uuid, usbSerial }: KnownBoard,
  folder = cacheFolder(),
) {
  // A socket leads to another twin tomorrow.
  if (probe.serial === undefined) return;
  const { selector } = probe;
  writeAtomically(pathOf(selector, folder), JSON.stringify({ selector, uuid, usbSerial }) + "\n");
}

/** Gives what is remembered of a probe's board; `undefined` if nothing is. */
export function knownBoard(selector: string, folder = cacheFolder()): KnownBoard | undefined {
  try {
    const known: unknown = JSON.parse(Deno.readTextFileSync(pathOf(selector, folder)));
    if (typeof known !== "object" || known === null) return undefined;
    const { uuid, usbSerial } = known as Record<string, unknown>;
    return typeof uuid === "string" && typeof usbSerial === "string"
      ? { uuid, usbSerial }
      : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
