/** Measures what boot and messages cost on the twin. */
import type { COST_BUDGETS } from "../../toolkit/budgets.ts";
import { Board } from "../../twin/board.ts";
import { TwinSession } from "./twin_session.ts";

/** Measured costs, by the names of the budgets. */
export type Costs = Readonly<Record<keyof typeof COST_BUDGETS, number>>;

const EID = 8;

/**
 * Boots loader and image on a new board in strict mode, and measures.
 *
 * @throws {Error} If the device does not attach within a virtual second, or a reply is wrong.
 */
export function measureCosts(loader: Uint8Array, image: Uint8Array): Costs {
  const board = Board.create({ loader, image, strict: true });
  try {
    const firstBootMs = attachMs(board);
    board.powerCycle();
    const from = board.log.length;
    const powerOnNs = board.nowNs;
    const bootMs = attachMs(board);
    const started = board.log.slice(from).find(({ text }) => text.includes("usbnvme. device"));
    if (!started) throw new Error("Cannot measure the loader: the image logged no line");
    const loadMs = (started.atNs - powerOnNs) / 1e6;
    const session = new TwinSession(board);
    try {
      return { firstBootMs, bootMs, loadMs, ...messages(session) };
    } finally {
      session.close();
    }
  } finally {
    board.close();
  }
}

/** Runs until the device has switched its pull-up on; gives the virtual milliseconds that took. */
function attachMs(board: Board): number {
  const beganNs = board.nowNs;
  board.run({ untilNs: beganNs + 1e9, until: () => board.usb.attached });
  if (!board.usb.attached) {
    throw new Error(`Cannot attach within a second: ${board.log.at(-1)?.text ?? "no log"}`);
  }
  return (board.nowNs - beganNs) / 1e6;
}

function messages(session: TwinSession): Omit<Costs, "firstBootMs" | "bootMs" | "loadMs"> {
  const { mctp } = session;
  const replies = [
    session.measure(mctp.setEid(EID)),
    session.measure(mctp.getEid(EID)),
    session.measure(mctp.getUuid(EID)),
    session.measure(mctp.getVersion(0xff, EID)),
    session.measure(mctp.getTypes(EID)),
  ];
  const echo = (sizeBytes: number) =>
    session.measure(mctp.echoOfSize(sizeBytes, EID)).cost.instructions;
  // The first ones fill what the engine keeps for later, as does the first question for the heap.
  for (let round = 0; round < 10; round++) echo(64);
  heapInUse(session);
  // Asking leaves garbage of its own until the engine collects it: how much, two questions tell.
  const asked = heapInUse(session);
  const heapBefore = heapInUse(session);
  const question = heapBefore - asked;
  let total = 0;
  for (let round = 0; round < 10_000; round++) total += echo(64);
  const heapAfter = heapInUse(session);
  echo(4096);
  return {
    control: Math.max(...replies.map(({ cost }) => cost.instructions)),
    echo64: total / 10_000,
    echo4096: echo(4096),
    heapGrowth: heapAfter - heapBefore - question,
    heapInUse: heapAfter,
  };
}

function heapInUse(session: TwinSession): number {
  const line = session.command("heap", " heap ");
  const bytes = /heap (\d+) bytes/.exec(line)?.[1];
  if (bytes === undefined) throw new Error(`Cannot read the heap's size: "${line}"`);
  return Number(bytes);
}
