import { join } from "node:path";
import { runImage } from "../../toolkit/boards/run.ts";
import { BOARD_OPTIONS } from "../board_options.ts";
import { exitCodeOf, onBoards, openBoards } from "../boards.ts";
import { changes } from "../changes.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import { logText } from "../log_text.ts";
import { readNamedFile } from "../read_file.ts";
import { reportError } from "../report.ts";

/** Changes that come within this time of each other are one. */
const SETTLE_MS = 100;

export default defineCommand({
  name: "run",
  summary: "load the image into RAM, start it, and follow its log",
  description:
    "Builds the image if none is named. The flash stays as it is: a reset brings the flashed image back.\n" +
    "Ctrl-C ends the log; the image runs on. The board needs a loader once, which sets its RAM split.",
  positional: { name: "IMAGE", help: "an image that `usbnvme build` wrote" },
  options: {
    ...BOARD_OPTIONS,
    device: {
      type: "path",
      placeholder: "FILE",
      env: "USBNVME_DEVICE",
      help: "build the image with the device of this TypeScript file",
    },
    watch: {
      type: "boolean",
      default: false,
      help: "build and run again when the firmware's TypeScript or the device file changes",
    },
  },
  async run(context, values, path) {
    if (values.watch && path !== undefined) {
      throw new UsageError("Cannot watch a built image: leave IMAGE out to build it", "run");
    }
    const { build } = await import("../../toolkit/build.ts");
    const building = { root: context.root, onProgress: context.progress };
    const make = async () => (await build({ device: values.device }, building)).file;
    const boards = await openBoards(context, values);
    const first = path === undefined ? await make() : await readNamedFile(path, "image", "run");
    const outcomes = await onBoards(context, boards, "run", async (board) => {
      const start = (image: Uint8Array, signal: AbortSignal) =>
        runImage(board, image, {
          signal,
          onLine: (line) => {
            if (context.json) context.printJson({ probe: board.probe.selector, ...line });
            else context.print(logText(context, line));
          },
        });
      if (values.watch) await watch(context, values.device, first, make, start);
      else await start(first, context.signal);
    });
    return exitCodeOf(outcomes);
  },
});

/** Runs an image, and each one after it that a change makes. A build that fails leaves the old one running. */
async function watch(
  context: Context,
  device: string | undefined,
  first: Uint8Array,
  make: () => Promise<Uint8Array>,
  start: (image: Uint8Array, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const folders = ["firmware_ts", "wire"].map((name) => join(context.root, name));
  const failed = new AbortController();
  const stop = () => failed.abort();
  const end = AbortSignal.any([context.signal, failed.signal]);
  let old = new AbortController();
  let running = start(first, AbortSignal.any([context.signal, old.signal]));
  running.catch(stop);
  try {
    for await (const _change of changes({ folders, file: device }, SETTLE_MS, end)) {
      const beganMs = performance.now();
      let image: Uint8Array;
      try {
        image = await make();
      } catch (error) {
        const { message, remedy } = reportError(error);
        context.progress(`the old image runs on: ${message}${remedy ? `\n${remedy}` : ""}`);
        continue;
      }
      old.abort();
      await running;
      old = new AbortController();
      context.progress(`built in ${((performance.now() - beganMs) / 1000).toFixed(1)} s, loading`);
      running = start(image, AbortSignal.any([context.signal, old.signal]));
      running.catch(stop);
    }
  } finally {
    old.abort();
    await running;
  }
}
