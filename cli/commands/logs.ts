import { boardName } from "../../toolkit/boards/board.ts";
import { isAtLevel, LOG_LEVELS, type LogLevel } from "../../toolkit/boards/log_line.ts";
import { followLog } from "../../toolkit/boards/logs.ts";
import { ALL_OPTION, BOARD_OPTIONS } from "../board_options.ts";
import { boardPrefix } from "../board_prefix.ts";
import { exitCodeOf, onBoards, openBoards } from "../boards.ts";
import { defineCommand } from "../command.ts";
import { logText } from "../log_text.ts";

export default defineCommand({
  name: "logs",
  summary: "follow the logs of boards over their probes",
  description:
    "Goes on through resets and re-plugging, and never halts a board. Ends with Ctrl-C. A board keeps 4.7 KB that\n" +
    "nobody has read, and counts what it had no room for; what was read stays there until newer lines take its place.",
  options: {
    ...BOARD_OPTIONS,
    ...ALL_OPTION,
    level: {
      type: "string",
      choices: LOG_LEVELS,
      default: "debug",
      help: "leave out lesser lines",
    },
    "since-boot": {
      type: "boolean",
      default: false,
      help: "begin at the last start, with what was read before and is still in the board's memory",
    },
    once: { type: "boolean", default: false, help: "print what the board has kept, and end" },
  },
  async run(context, values) {
    const boards = await openBoards(context, values);
    const outcomes = await onBoards(context, boards, "logs", async (board) => {
      const prefix = boardPrefix(context.palette, boards, board);
      const log = followLog(board, {
        signal: context.signal,
        once: values.once,
        sinceBoot: values["since-boot"],
        onLost(error, delayMs) {
          const name = boardPrefix(context.errorPalette, boards, board);
          context.progress(`${name}lost: ${error.message}; next try in ${delayMs / 1000} s`);
        },
      });
      let count = 0;
      for await (const line of log) {
        count++;
        if (!isAtLevel(line, values.level as LogLevel)) continue;
        if (context.json) {
          context.printJson({ probe: board.probe.selector, ...line });
        } else context.print(`${prefix}${logText(context, line)}`);
      }
      if (values.once && count === 0 && !context.signal.aborted) {
        const none = values["since-boot"]
          ? "nothing of a log is there"
          : "no line that nobody has read; --since-boot shows what was read before";
        context.progress(`${boardName(board)}: ${none}`);
      }
    });
    return exitCodeOf(outcomes);
  },
});
