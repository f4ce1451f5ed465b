/**
 * A drive in a chassis whose fan has died: from 45 °C it gains a degree each second, up to 88 °C.
 *
 * It passes its warning threshold (70 °C) after 25 s and its critical one (80 °C) after 35 s; the sensor at
 * the flash lags, the one at the controller leads.
 *
 * @module
 */
import { defineDevice } from "../device.ts";

const composite = (nowMs: number) => Math.min(88, 45 + nowMs / 1000);

export default defineDevice({
  name: "hot",
  temperatures: {
    composite,
    sensors: [
      composite,
      (nowMs) => composite(nowMs) + 6,
      (nowMs) => composite(Math.max(0, nowMs - 5000)) - 4,
    ],
    warning: 70,
    critical: 80,
  },
});
