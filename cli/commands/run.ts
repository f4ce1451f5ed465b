import { join } from "node:path";
import { type Board, boardName } from "../../toolkit/boards/board.ts";
import { runImage } from "../../toolkit/boards/run.ts";
import { InterruptedError } from "../../toolkit/errors.ts";
import { BOARD_OPTIONS } from "../board_options.ts";
import { boardPrefix } from "../board_prefix.ts";
import { exitCodeOf, onBoards, openBoards } from "../boards.ts";
import { Changes } from "../changes.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import { EXIT_CODES } from "../exit_codes.ts";
import { DEVICE_OPTION } from "../image_options.ts";
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
    ...DEVICE_OPTION,
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
    const { root, progress, signal } = context;
    const building = { root, onProgress: progress, signal };
    const make = async () => (await build({ device: values.device }, building)).file;
    const boards = await openBoards(context, values);
    const play = async (board: Board, image: Uint8Array, signal: AbortSignal) => {
      const prefix = boardPrefix(context.palette, boards, board);
      let hasStarted = false;
      context.progress(`${boardName(board)}: loading ${image.length} bytes into RAM`);
      for await (const line of runImage(board, image, { signal })) {
        hasStarted = true;
        if (context.json) context.printJson({ probe: board.probe.selector, ...line });
        else context.print(`${prefix}${logText(context, line)}`);
      }
      if (context.signal.aborted && !hasStarted) throw new InterruptedError("loading the image");
    };
    if (!values.watch) {
      const image = path === undefined ? await make() : await readNamedFile(path, "image", "run");
      const once = (board: Board) => play(board, image, context.signal);
      return exitCodeOf(await onBoards(context, boards, "run", once));
    }
    if (boards.length > 1) {
      throw new UsageError("Cannot watch for several boards: name one with --probe", "run");
    }
    const { device } = values;
    if (device !== undefined) await readNamedFile(device, "device file", "run");
    const folders = ["firmware_ts", "wire"].map((name) => join(context.root, name));
    // From before the first build on: what changes meanwhile is built next.
    await using changes = new Changes({ folders, file: device }, SETTLE_MS);
    const outcomes = await onBoards(
      context,
      boards,
      "run",
      (board) => watch(context, changes, make, (image, signal) => play(board, image, signal)),
    );
    return exitCodeOf(outcomes);
  },
});

/** Runs an image, and each one after it that a change makes. A build that fails leaves the old one running. */
async function watch(
  context: Context,
  changes: Changes,
  make: () => Promise<Uint8Array>,
  start: (image: Uint8Array, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const end = AbortSignal.any([context.signal, failed.signal]);
  let old = new AbortController();
  let running: Promise<void> | undefined;
  try {
    do {
      const beganMs = performance.now();
      let image: Uint8Array;
      try {
        image = await make();
      } catch (error) {
        if (error instanceof InterruptedError) {
          if (running) break;
          throw error;
        }
        const { message, remedy, exitCode } = reportError(error);
        if (!running && exitCode !== EXIT_CODES.BUILD.code) throw error;
        const state = running ? "the old image runs on" : "nothing runs yet";
        context.progress(`${state}: ${message}${remedy ? `\n${remedy}` : ""}`);
        continue;
      }
      if (running) {
        old.abort();
        await running;
        const seconds = (performance.now() - beganMs) / 1000;
        context.progress(`built in ${seconds.toFixed(1)} s`);
      }
      if (end.aborted) break;
      old = new AbortController();
      running = start(image, AbortSignal.any([context.signal, old.signal]));
      running.catch(() => failed.abort());
    } while (await changes.next(end));
  } finally {
    old.abort();
    await running;
  }
}
