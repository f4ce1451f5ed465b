import { join, resolve } from "node:path";

/** The file that a bundle begins with, below the repository's root. */
export const FIRMWARE_ENTRY = "firmware_ts/main.ts";

/**
 * Names the modules that the firmware imports by name, and their files: the device, which each build may
 * choose, the bench or what stands for it, and what a device file outside the repository makes it with.
 */
export function firmwareModules(
  root: string,
  device?: string,
  features: readonly string[] = [],
): Record<string, string> {
  return {
    "usbnvme/selected-device": device === undefined
      ? join(root, "firmware_ts/device/examples/healthy.ts")
      : resolve(device),
    "usbnvme/selected-bench": join(
      root,
      `firmware_ts/bench${features.includes("mctp-bench") ? "" : "_absent"}.ts`,
    ),
    "usbnvme/device": join(root, "firmware_ts/device/device.ts"),
  };
}
