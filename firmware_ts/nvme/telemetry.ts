/**
 * Telemetry logs: a block of data, the SMART log as it was when the host asked for it to be captured.
 *
 * @see NVM Express Base Specification 2.0, Telemetry Host-Initiated (07h) and Controller-Initiated (08h)
 * @module
 */
import type { Port } from "../port.ts";
import { type AdminResult, PAGE_SIZE } from "./admin_command.ts";
import { put } from "./octets.ts";
import { SMART_SIZE } from "./smart.ts";
import type { Subsystem } from "./subsystem.ts";

/** Octets of a header, and of a data block. */
const BLOCK = 512;
const HOST_INITIATED = 0x07;

/** Both logs. */
export interface Telemetry {
  /** Octets of each: header and one block at most. */
  readonly sizeBytes: number;
  /** Captures what the host-initiated log shows from now on; leaves `result`'s page zero. */
  capture(result: AdminResult, nowMs: number): void;
  /** Writes one of the logs. The controller never captures data of its own accord. */
  write(id: number, result: AdminResult): void;
}

/** Makes the logs; `smart` writes what is captured. */
export function createTelemetry(
  subsystem: Subsystem,
  smart: (result: AdminResult, nowMs: number) => void,
  port: Port,
): Telemetry {
  let captured: Uint8Array | undefined;
  let generation = 0;
  return {
    sizeBytes: 2 * BLOCK,
    capture(result, nowMs) {
      captured ??= new Uint8Array(SMART_SIZE);
      generation++;
      smart(result, nowMs);
      port.copy(captured, 0, result.page, 0, SMART_SIZE);
      port.clear(result.page, 0, PAGE_SIZE);
    },
    write(id, { page }) {
      page[0] = id;
      put(page, 5, 3, subsystem.description.identity.ieeeOui);
      if (id !== HOST_INITIATED || captured === undefined) return;
      // Data areas 1, 2 and 3 end with block 1; then the generation.
      page[8] = 1;
      page[10] = 1;
      page[12] = 1;
      page[381] = generation;
      port.copy(page, BLOCK, captured, 0, SMART_SIZE);
    },
  };
}
