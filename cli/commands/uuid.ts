import { boardName } from "../../toolkit/boards/board.ts";
import { listMctpDevices } from "../../toolkit/boards/host_view.ts";
import { readIdentity } from "../../toolkit/boards/identity.ts";
import { rememberBoard } from "../../toolkit/boards/known_boards.ts";
import { ALL_OPTION, BOARD_OPTIONS } from "../board_options.ts";
import { exitCodeOf, onBoards, openBoards } from "../boards.ts";
import { defineCommand } from "../command.ts";

export default defineCommand({
  name: "uuid",
  summary: "read a board's UUID over its probe",
  description:
    "Reads the chip's unique ID over the debug wire and derives the UUID as the firmware does, so " +
    "that the board\nmay be blank, halted or crashed. Prints UUID, serial number on USB, serial port by id, and probe.",
  options: { ...BOARD_OPTIONS, ...ALL_OPTION },
  async run(context, values) {
    const boards = await openBoards(context, values);
    const outcomes = await onBoards(context, boards, "uuid", async (board) => {
      const identity = await readIdentity(board, { signal: context.signal });
      if (!board.probeRs.remote) rememberBoard(board.probe, identity);
      return identity;
    });
    const devices = listMctpDevices();
    for (const { board, value } of outcomes) {
      if (!value) continue;
      const { uuid, usbSerial } = value;
      const ttys = devices.find(({ serial }) => serial === usbSerial)?.ttys ?? [];
      if (context.json) {
        context.printJson({ probe: board.probe.selector, ...value, ttys });
        continue;
      }
      // udev names the port by the device's strings and serial number.
      const path = ttys[0] ?? `/dev/serial/by-id/usb-*_${usbSerial}-if01`;
      context.print(`${uuid} ${usbSerial} ${path} ${boardName(board)}`);
    }
    return exitCodeOf(outcomes);
  },
});
