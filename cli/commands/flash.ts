import { boardName } from "../../toolkit/boards/board.ts";
import { cachedChipFile } from "../../toolkit/boards/chip_file_cache.ts";
import { flashBoard, type FlashPhase } from "../../toolkit/boards/flash.ts";
import { rememberBoard } from "../../toolkit/boards/known_boards.ts";
import { barText } from "../bar.ts";
import { ALL_OPTION, BOARD_OPTIONS } from "../board_options.ts";
import { exitCodeOf, onBoards, openBoards } from "../boards.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { DEVICE_OPTION } from "../image_options.ts";
import { readNamedFile } from "../read_file.ts";

export default defineCommand({
  name: "flash",
  summary: "flash the image, boot it, and tell what runs",
  description:
    "Builds the image if none is named. The first time a board also needs the loader: --loader.\n" +
    "Ends when the firmware has logged who it is.",
  positional: { name: "IMAGE", help: "an image that `usbnvme build` wrote" },
  options: {
    ...BOARD_OPTIONS,
    ...ALL_OPTION,
    ...DEVICE_OPTION,
    loader: { type: "boolean", default: false, help: "install the loader first, once per board" },
    verify: { type: "boolean", default: false, help: "read back what was written" },
    algorithm: {
      type: "string",
      choices: ["st", "own"],
      default: "st",
      help: "flash algorithm for the external flash; only own can read, so --verify reads with it",
    },
    timeout: { type: "number", unit: "seconds", default: 60, help: "how long a boot may take" },
  },
  async run(context, values, path) {
    const { root, progress, signal } = context;
    const building = { root, onProgress: progress, signal };
    const image = path === undefined ? undefined : await readNamedFile(path, "image", "flash");
    const toolkit = await import("../../toolkit/build.ts");
    const images = await import("../../toolkit/images.ts");
    const { ownAlgorithm } = await import("../../toolkit/boards/own_algorithm.ts");
    const isOwn = values.algorithm === "own";
    const readsWithOwn = values.verify && !isOwn && values["chip-file"] === undefined;
    const own = isOwn || readsWithOwn ? await ownAlgorithm(building) : undefined;
    // Before minutes are spent on a build: is there a board at all?
    const boards = await openBoards(context, values, isOwn ? own : undefined);
    const options = {
      image: image ?? (await toolkit.build({ device: values.device }, building)).file,
      loader: values.loader ? (await images.loader(building)).elf : undefined,
      verify: values.verify,
      verifyChipFile: readsWithOwn ? await cachedChipFile({ external: own }) : undefined,
      bootTimeoutMs: values.timeout * 1000,
      signal: context.signal,
    };
    const outcomes = await onBoards(context, boards, "flash", async (board) => {
      const name = boardName(board);
      let beganMs = performance.now();
      const flashed = await flashBoard(board, {
        ...options,
        onPhase(phase) {
          beganMs = performance.now();
          tell(context, name, phase, options.image.length);
        },
        // Where no bar can be seen, probe-rs need not tell how far it is.
        onProgress: context.live && ((progress) => {
          const elapsedMs = performance.now() - beganMs;
          context.live?.(name, `${name}: ${barText({ ...progress, elapsedMs })}`);
        }),
      }).finally(() => context.live?.(name));
      // The firmware tells the UUID, not the ID that it is made of.
      const { uuid, version, revision, imageBytes, writeMs } = flashed;
      const usbSerial = uuid.replaceAll("-", "").slice(0, 12);
      if (!board.probeRs.remote) rememberBoard(board.probe, { uuid, usbSerial });
      if (context.json) context.printJson({ probe: board.probe.selector, ...flashed, usbSerial });
      else {
        const seconds = writeMs / 1000;
        const speed = `${imageBytes} bytes in ${seconds.toFixed(1)} s, ` +
          `${(imageBytes / 1024 / seconds).toFixed(0)} KB/s`;
        context.print(`${uuid} usbnvme ${version} ${revision} (${name}; ${speed})`);
      }
      return flashed;
    });
    return exitCodeOf(outcomes);
  },
});

function tell(context: Context, name: string, phase: FlashPhase, bytes: number): void {
  const texts: Record<FlashPhase, string> = {
    looking: "looking for a loader",
    loader: "installing the loader",
    image: `writing ${bytes} bytes`,
    verifying: "reading it back",
    booting: "resetting, waiting for its first lines",
  };
  context.live?.(name);
  context.progress(`${name}: ${texts[phase]}`);
}
