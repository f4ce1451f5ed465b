/** Measures what boot and messages cost on the twin. */
import type { COST_BUDGETS } from "../../toolkit/budgets.ts";
import { readScriptHeap, type ScriptHeap } from "../../toolkit/script_heap.ts";
import { Board } from "../../twin/board.ts";
import type { HostRequest } from "./mctp_host.ts";
import { getLog, identify, mi } from "./mi_host.ts";
import { PldmFileHost, serveFile } from "./pldm_file_host.ts";
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
  const firstSetEid = session.measure(mctp.setEid(EID + 1)).cost.instructions;
  const replies = [
    session.measure(mctp.setEid(EID, EID + 1)),
    session.measure(mctp.getEid(EID)),
    session.measure(mctp.getUuid(EID)),
    session.measure(mctp.getVersion(0xff, EID)),
    session.measure(mctp.getTypes(EID)),
  ];
  const echo = (sizeBytes: number) =>
    session.measure(mctp.echoOfSize(sizeBytes, EID)).cost.instructions;
  const dearest = (requests: readonly (() => HostRequest<unknown>)[]) =>
    Math.max(...requests.map((make) => {
      session.ask(make()); // The first one makes what stays.
      return session.measure(make()).cost.instructions;
    }));
  const identified = [0x00, 0x01, 0x02, 0x03, 0x13];
  const firstHealth = session.measure(mi(mctp, EID, 0x01)).cost.instructions;
  const health = dearest([() => mi(mctp, EID, 0x01)]);
  const smart = dearest([() => getLog(mctp, EID, 0x02, 512)]);
  const identifyCost = dearest(
    identified.map((cns) => () => identify(mctp, EID, cns, { nsid: 1 })),
  );
  const filePartUs = measureFilePart(session);
  // The first ones fill what the engine keeps for later, as does the first question for the heap.
  for (let round = 0; round < 10; round++) echo(64);
  heapInUse(session);
  // Asking leaves garbage of its own until the engine collects it: how much, two questions tell.
  const asked = heapInUse(session);
  const heapBefore = heapInUse(session);
  const question = heapBefore - asked;
  let total = 0;
  for (let round = 0; round < 10_000; round++) total += echo(64);
  const { usedBytes: heapAfter, peakBytes: heapPeak } = scriptHeap(session);
  echo(4096);
  return {
    firstSetEid,
    control: Math.max(...replies.map(({ cost }) => cost.instructions)),
    echo64: total / 10_000,
    echo4096: echo(4096),
    firstHealth,
    health,
    identify: identifyCost,
    smart,
    filePartUs,
    heapGrowth: heapAfter - heapBefore - question,
    heapPeak,
    heapInUse: heapAfter,
  };
}

/** Lets the device read a file of a megabyte; gives the virtual µs of each part of 4,096 bytes. */
function measureFilePart(session: TwinSession): number {
  const parts = 256;
  const host = new PldmFileHost(new Uint8Array(4096 * parts));
  session.ask(session.mctp.setEid(EID));
  serveFile(session, host, "at most");
  const beganNs = session.board.nowNs;
  serveFile(session, host, "pldm file read");
  return (session.board.nowNs - beganNs) / 1e3 / parts;
}

function heapInUse(session: TwinSession): number {
  return scriptHeap(session).usedBytes;
}

function scriptHeap(session: TwinSession): ScriptHeap {
  const line = session.command("heap", " heap ");
  const heap = readScriptHeap(line);
  if (heap === undefined) throw new Error(`Cannot read the heap's size: "${line}"`);
  return heap;
}
