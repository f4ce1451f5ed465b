/** What probe-rs tells while it flashes. */
export type FlashEvent =
  /** A sector is about to be erased. */
  | { readonly kind: "erase"; readonly address: number }
  /** A page has been handed to the flash algorithm. */
  | { readonly kind: "write"; readonly bytes: number };

/** Filter of probe-rs's log that lets through what {@link flashEvent} reads: two lines a sector, one a page. */
export const FLASH_LOG = "error,probe_rs::flashing::flasher=info";

/**
 * Reads one line of probe-rs's log; `undefined` for any other line.
 *
 * probe-rs draws its bars for terminals only. Versions may word these lines otherwise, so that nothing but a bar may
 * depend on them.
 */
export function flashEvent(line: string): FlashEvent | undefined {
  const address = /flasher: Erasing sector at address 0x([0-9a-f]+)$/i.exec(line)?.[1];
  if (address !== undefined) return { kind: "erase", address: parseInt(address, 16) };
  const bytes = /flasher: Took \S+ to download (\d+) byte page into ram$/.exec(line)?.[1];
  return bytes === undefined ? undefined : { kind: "write", bytes: Number(bytes) };
}
