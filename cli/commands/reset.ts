import { haltBoard, resetBoard } from "../../toolkit/boards/reset.ts";
import { ALL_OPTION, BOARD_OPTIONS } from "../board_options.ts";
import { exitCodeOf, onBoards, openBoards } from "../boards.ts";
import { defineCommand } from "../command.ts";

export default defineCommand({
  name: "reset",
  summary: "reset a board, and leave it running",
  description:
    "Also frees a core that a debugger left halted. With --halt it stands at the first instruction.",
  options: {
    ...BOARD_OPTIONS,
    ...ALL_OPTION,
    halt: { type: "boolean", default: false, help: "leave the core halted at its reset vector" },
    "under-reset": {
      type: "boolean",
      default: false,
      help: "hold the chip in reset while connecting, for a core that does not answer",
    },
  },
  async run(context, values) {
    const boards = await openBoards(context, values);
    const options = { signal: context.signal, underReset: values["under-reset"] };
    const outcomes = await onBoards(context, boards, "reset", async (board) => {
      await (values.halt ? haltBoard(board, options) : resetBoard(board, options));
      const { selector } = board.probe;
      const state = values.halt ? "halted" : "running";
      if (context.json) context.printJson({ probe: selector, state });
      else context.print(`${selector} reset, ${state}`);
    });
    return exitCodeOf(outcomes);
  },
});
