/**
 * A drive at the end of its life: spare below its threshold, media errors that grow, about to be read-only.
 *
 * @module
 */
import { defineDevice } from "../device.ts";

export default defineDevice({
  name: "worn",
  wear: {
    usedPercent: 104,
    sparePercent: 7,
    spareThresholdPercent: 10,
    criticalWarning: 0x04, // Reliability is degraded.
    powerOnHours: 43_800,
    powerCycles: 2_190,
    unsafeShutdowns: 61,
    mediaErrors: (nowMs) => 1_874 + Math.floor(nowMs / 10_000),
    dataUnitsRead: 9_800_000_000,
    dataUnitsWritten: 7_400_000_000,
  },
  // After a minute it takes no more writes.
  events: [{ atMs: 60_000, line: "set warning 12" }],
});
