import { type BoardEntry, listBoards } from "../../toolkit/boards/list.ts";
import { UDEV_RULE_FILE, udevCommands } from "../../toolkit/boards/udev.ts";
import { BOARD_OPTIONS } from "../board_options.ts";
import { probeRsOf } from "../boards.ts";
import { defineCommand } from "../command.ts";
import { formatTable } from "../table.ts";

const { host, token } = BOARD_OPTIONS;

export default defineCommand({
  name: "list",
  summary: "list the probes, and the boards behind them",
  description:
    "Lists the ST-Links on USB and the twins that usbnvme.toml names, and joins each with its " +
    "board's\nUUID, MCTP interface and serial ports once `usbnvme uuid` or `flash` has seen it.",
  options: { host, token, "probe-rs": BOARD_OPTIONS["probe-rs"] },
  async run(context, values) {
    const remote = values.host === undefined ? undefined : await probeRsOf(values);
    const { boards, others } = await listBoards({ aliases: context.aliases, remote });
    if (context.json) return context.printJson({ boards, others });
    const { bold, yellow } = context.palette;
    if (boards.length > 0) {
      const [head, ...rows] = formatTable([
        ["probe", "name", "alias", "state", "UUID", "MCTP", "serial ports"],
        ...boards.map(row),
      ]);
      context.print(bold(head));
      for (const [index, line] of rows.entries()) {
        context.print(boards[index].accessible === false ? yellow(line) : line);
      }
    }
    for (const { id, product, serial, mctp, ttys } of others) {
      const where = [...mctp, ...ttys].join(" ");
      context.print(
        `without a known probe: ${id} ${product ?? ""} ${serial ?? ""} ${where}`.trim(),
      );
    }
    if (boards.length === 0) context.progress("no ST-Link is plugged in, and no twin is named");
    if (boards.some(({ accessible, name }) => accessible === false && name !== "twin")) {
      context.progress(`This user may not open all of them. A rule in ${UDEV_RULE_FILE} lets it:`);
      for (const line of udevCommands()) context.progress(line);
    }
  },
});

function row(board: BoardEntry): string[] {
  const { probe, name, aliases, accessible, uuid, mctp, ttys } = board;
  const closed = name === "twin" ? "not running" : "inaccessible";
  const state = accessible === undefined ? "" : accessible ? "ready" : closed;
  const or = (text: string | undefined) => text || "-";
  return [
    probe,
    name,
    or(aliases.join(" ")),
    or(state),
    or(uuid),
    or(mctp.join(" ")),
    or(ttys.join(" ")),
  ];
}
