/**
 * The SMART / Health Information log: what is asked most.
 *
 * @see NVM Express Base Specification 2.0, SMART / Health Information (Log Page Identifier 02h)
 * @module
 */
import type { AdminResult } from "./admin_command.ts";
import type { ErrorLog } from "./error_log.ts";
import { type Subsystem, ValueOf } from "./subsystem.ts";

/** Octets of the log. */
export const SMART_SIZE = 512;

/** Makes the writer of the log into a page of zeros; words, since a write costs as much as one of an octet. */
export function createSmart(
  subsystem: Subsystem,
  errors: ErrorLog,
): (result: AdminResult, nowMs: number) => void {
  const { wear, temperatures } = subsystem.description;
  const sensors = temperatures.sensors.length;
  return (result, nowMs) => {
    const { page, words } = result;
    subsystem.refresh(nowMs);
    const { used } = subsystem;
    words[0] = subsystem.warning | subsystem.compositeKelvin << 8 | subsystem.spare << 24;
    page[4] = wear.spareThresholdPercent;
    page[5] = used > 255 ? 255 : used;
    result.put64(8, subsystem.value(ValueOf.DATA_READ, nowMs));
    result.put64(12, subsystem.value(ValueOf.DATA_WRITTEN, nowMs));
    words[28] = wear.powerCycles + 1;
    words[32] = subsystem.powerOnHours(nowMs);
    words[36] = wear.unsafeShutdowns;
    result.put64(40, subsystem.value(ValueOf.MEDIA_ERRORS, nowMs));
    words[44] = errors.count;
    for (let i = 0; i < sensors; i += 2) {
      const second = i + 1 < sensors ? subsystem.sensorKelvin(i + 1, nowMs) : 0;
      words[50 + (i >> 1)] = subsystem.sensorKelvin(i, nowMs) | second << 16;
    }
  };
}
