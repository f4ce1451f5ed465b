import { UsageError } from "./errors.ts";

/**
 * Opens what listens at an address that the user gave with `--${option}` to sim.
 *
 * @throws {UsageError} If nobody can listen there.
 */
export function listenAt<T>(where: string, option: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isSystem = "code" in error || Object.hasOwn(Deno.errors, error.name);
    const isLookup = /lookup address/.test(error.message);
    if (!isSystem && !isLookup) throw error;
    const state = error instanceof Deno.errors.AddrInUse ? "it is in use" : error.message;
    throw new UsageError(`Cannot listen on ${where} for --${option}: ${state}`, "sim");
  }
}
