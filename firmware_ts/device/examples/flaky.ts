/**
 * A drive on a bad day: it loses requests, spoils checks, answers late and under another tag.
 *
 * The same seed gives the same day. The first rule that matches and whose dice fall counts.
 *
 * @module
 */
import { defineDevice } from "../device.ts";

export default defineDevice({
  name: "flaky",
  seed: 20_260_101,
  faults: [
    { on: "admin.get-log-page", action: { kind: "mpr", times100Ms: 3 }, probability: 0.25 },
    { on: "admin.identify", action: { kind: "delay", ms: 500 }, after: 1, times: 1 },
    { on: "mi.*", action: { kind: "corrupt" }, probability: 0.1 },
    { on: "mi.subsystem-health", action: { kind: "status", code: 0x02 }, after: 9, times: 1 },
    { on: "control.get-endpoint-id", action: { kind: "drop" }, times: 1 },
    { on: "*", action: { kind: "tag" }, probability: 0.02 },
    { on: "*", action: { kind: "drop" }, probability: 0.05 },
  ],
});
