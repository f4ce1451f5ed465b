import { printReport } from "../../cli/commands/build.ts";
import { processSurroundings } from "../../cli/process_context.ts";
import { reportError } from "../../cli/report.ts";
import { formatTable } from "../../cli/table.ts";
import { TwinSession } from "../../tests/support/twin_session.ts";
import { build } from "../../toolkit/build.ts";
import { readElf } from "../../toolkit/elf/read.ts";
import { loader } from "../../toolkit/images.ts";
import { loaderSizes } from "../../toolkit/size_map.ts";
import { Board } from "../../twin/board.ts";
import { describeDevice } from "./describe_device.ts";

const EID = 8;
const ECHOES = 1000;
const ECHO_BYTES = 64;

/** Builds, boots and talks; prints what it sees. Gives the exit code. */
export async function start(root: string, beganMs: number): Promise<number> {
  const context = { ...processSurroundings().context(false), aliases: new Map<string, string>() };
  const { bold } = context.palette;
  const say = (line: string) => context.progress(line);
  try {
    say("build: loader, base image and script (the first time takes minutes, later ones a second)");
    const building = { root, onProgress: say };
    const boot = await loader(building);
    const image = await build({}, building);
    context.print(bold("# The build: build/usbnvme.elf"));
    printReport(context, image.report);
    const used = loaderSizes(readElf(boot.elf)).map((one) =>
      `${one.region} ${one.usedBytes} of ${one.sizeBytes}`
    );
    context.print(`loader  ${used.join(", ")} bytes`);

    context.print(bold("\n# The twin boots the loader, and that the image"));
    const board = Board.create({ loader: boot.elf, image: image.file });
    board.onLog(({ text }) => context.print(text));
    try {
      talk(board, (line) => context.print(line), bold);
    } finally {
      board.close();
    }
    context.print(`\nAll is well, after ${((performance.now() - beganMs) / 1000).toFixed(1)} s.`);
    return 0;
  } catch (error) {
    const { message, remedy, exitCode } = reportError(error);
    say(`error: ${message}`);
    if (remedy) say(`remedy: ${remedy}`);
    return exitCode;
  }
}

/** Enumerates the device as a USB host and asks it a few things over MCTP. */
function talk(board: Board, print: (line: string) => void, bold: (text: string) => string): void {
  const session = new TwinSession(board);
  const attached = (board.nowNs / 1e6).toFixed(1);
  print(bold(`\n# A USB host has enumerated it (virtual time ${attached} ms)`));
  for (const line of describeDevice(session.usb, session.enumerated)) print(line);

  print(bold("\n# And talks MCTP"));
  const { mctp } = session;
  const set = session.measure(mctp.setEid(EID));
  const uuid = session.measure(mctp.getUuid(EID));
  const types = session.ask(mctp.getTypes(EID));
  print(`EID ${set.reply}, UUID ${uuid.reply}`);
  print(
    `message types ${types.map((type) => `0x${type.toString(16).padStart(2, "0")}`).join(" ")}`,
  );

  const costs = Array.from(
    { length: ECHOES },
    () => session.measure(mctp.echoOfSize(ECHO_BYTES, EID)).cost,
  );
  const mean = (values: readonly number[]) =>
    Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
  const instructions = costs.map((cost) => cost.instructions);
  const microseconds = costs.map((cost) => cost.ns / 1000);
  const row = (name: string, all: readonly number[], unit: string) => [
    name,
    mean(all),
    Math.round(Math.min(...all)),
    Math.round(Math.max(...all)),
    unit,
  ];
  const rows = [
    ["", "mean", "least", "most", ""],
    row(`echo of ${ECHO_BYTES} bytes`, instructions, "instructions"),
    row("", microseconds, "microseconds of virtual time"),
    row("Set Endpoint ID", [set.cost.instructions], "instructions"),
    row("Get Endpoint UUID", [uuid.cost.instructions], "instructions"),
  ];
  print(`${ECHOES} echoes answered`);
  for (const line of formatTable(rows)) print(line);
  session.close();
}
