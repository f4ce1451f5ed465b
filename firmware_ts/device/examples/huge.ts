/**
 * As big as a device can be: 64 controllers and 1,024 namespaces of 4 KiB blocks.
 *
 * The first 512 namespaces are attached to all controllers, the others to the first two.
 *
 * @module
 */
import { defineDevice } from "../device.ts";

export default defineDevice({
  name: "huge",
  controllers: 64,
  maxNamespaces: 1024,
  capacityBytes: 1_000_000_000_000_000,
  namespaces: [
    { count: 512, blocks: 128_000_000, blockBytes: 4096, attachedTo: "all" },
    { count: 512, blocks: 64_000_000, blockBytes: 4096, attachedTo: [0, 1] },
  ],
});
