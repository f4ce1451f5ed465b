import { UsageError } from "./errors.ts";

/**
 * Reads a file that the user has named as `what`, for `command`.
 *
 * @throws {UsageError} If it cannot be read.
 */
export async function readNamedFile(
  path: string,
  what: string,
  command: string,
): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    const state = error instanceof Deno.errors.NotFound ? "there is no such file" : String(error);
    throw new UsageError(`Cannot read the ${what} "${path}": ${state}`, command);
  }
}
