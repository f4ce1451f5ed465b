import type { Options } from "./command.ts";

/** For commands that build an image. */
export const DEVICE_OPTION = {
  device: {
    type: "path",
    placeholder: "FILE",
    env: "USBNVME_DEVICE",
    help: "build the image with the device of this TypeScript file",
  },
} as const satisfies Options;
