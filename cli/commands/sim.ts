import { MEMORIES } from "../../chip/memory.ts";
import type { Board, BoardOptions } from "../../twin/board.ts";
import type { DebugAddress } from "../../twin/debug/server.ts";
import type { UsbPort } from "../../twin/usb/port.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { NotStartedError, UsageError } from "../errors.ts";
import { DEVICE_OPTION } from "../image_options.ts";
import { listenAt } from "../listen.ts";
import { readNamedFile } from "../read_file.ts";
import { type DebugPort, openDebugPort, parseDebugAddress } from "../sim_debug_port.ts";

/** Virtual time between two looks at Ctrl-C. */
const STEP_NS = 10_000_000;

export default defineCommand({
  name: "sim",
  summary: "boot the twin and print its log and LEDs",
  description:
    "Without --image it builds one, unless --board names a board that exists: that one is booted as it is.\n" +
    "With --for the run is as quick as this machine; otherwise virtual time follows the clock on the wall.",
  options: {
    image: {
      type: "path",
      placeholder: "ELF",
      env: "USBNVME_IMAGE",
      help: "put this image into the external flash",
    },
    loader: {
      type: "path",
      placeholder: "ELF",
      env: "USBNVME_LOADER",
      help: "put this loader into the internal flash",
    },
    ...DEVICE_OPTION,
    "unique-id": {
      type: "string",
      placeholder: "HEX24",
      env: "USBNVME_UNIQUE_ID",
      help: "give the chip this unique ID",
    },
    board: {
      type: "path",
      placeholder: "FILE",
      env: "USBNVME_BOARD",
      help: "keep flashes, option bytes and unique ID in this file",
    },
    for: { type: "number", unit: "seconds", help: "end after this virtual time" },
    ram: { type: "boolean", default: false, help: "start the image in RAM, without a loader" },
    strict: {
      type: "boolean",
      default: false,
      help: "end with an error at the first access that is not modelled",
    },
    usbip: {
      type: "string",
      placeholder: "HOST:PORT",
      bare: "127.0.0.1:3240",
      help: "export the USB port CN2 over USB/IP",
    },
    "debug-port": {
      type: "string",
      placeholder: "unix:PATH|HOST:PORT",
      env: "USBNVME_DEBUG_PORT",
      help: "put a probe on the debug connector, for probe-rs",
    },
    blank: {
      type: "boolean",
      default: false,
      help: "put in neither image nor loader: a board as it is delivered",
    },
    pcap: {
      type: "path",
      placeholder: "FILE",
      env: "USBNVME_PCAP",
      help: "with --usbip: write the MCTP packets that pass to this file, for Wireshark",
    },
  },
  async run(context, values) {
    const uniqueId = values["unique-id"] === undefined
      ? undefined
      : parseUniqueId(values["unique-id"]);
    const address = values.usbip === undefined ? undefined : parseAddress(values.usbip);
    if (values.pcap !== undefined && address === undefined) {
      throw new UsageError(
        "Cannot trace with --pcap alone: without --usbip no packets pass",
        "sim",
      );
    }
    const debugPort = values["debug-port"] === undefined
      ? undefined
      : parseDebugAddress(values["debug-port"]);
    const programs = await findPrograms(context, values);
    const { Board } = await import("../../twin/board.ts");
    const board = Board.create({
      ...programs,
      uniqueId,
      boardFile: values.board,
      strict: values.strict,
      // A debugger is to find all of the log.
      peek: debugPort !== undefined,
    });
    try {
      watch(context, board);
      const untilNs = values.for === undefined ? Infinity : values.for * 1e9;
      const isOver = endOf(context, board, debugPort !== undefined);
      if (address) {
        const ports = { ...address, pcap: values.pcap, debugPort };
        await serve(context, board, ports, () => board.nowNs >= untilNs || isOver());
      } else if (debugPort) {
        await serveDebugPort(context, board, debugPort, () => board.nowNs >= untilNs || isOver());
      } else if (untilNs < Infinity) await runFast(board, untilNs, isOver);
      else await runPaced(board, isOver);
      printEnd(context, board);
      checkStarted(board, programs);
    } finally {
      board.close();
    }
  },
});

function parseUniqueId(text: string): Uint8Array {
  if (!/^[0-9a-f]{24}$/i.test(text)) {
    throw new UsageError(`Cannot use "${text}" for --unique-id: it is not 24 hex digits`, "sim");
  }
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function parseAddress(text: string): { hostname: string; port: number } {
  const match = /^(?:(.+):)?(\d{1,5})$/.exec(text);
  if (!match || Number(match[2]) > 65535) {
    throw new UsageError(`Cannot use "${text}" for --usbip: it is not HOST:PORT`, "sim");
  }
  return { hostname: match[1] ?? "127.0.0.1", port: Number(match[2]) };
}

interface ProgramOptions {
  readonly image?: string;
  readonly loader?: string;
  readonly device?: string;
  readonly board?: string;
  readonly ram: boolean;
  readonly blank: boolean;
}

type Programs = Pick<BoardOptions, "image" | "loader" | "ram">;

/** Reads, or builds, the image and the loader that the board is to have. */
async function findPrograms(
  context: Context,
  { image, loader, device, board, ram, blank }: ProgramOptions,
): Promise<Programs> {
  if (blank) return { ram: false };
  const kept = board !== undefined && await isThere(board);
  const { root, progress, signal } = context;
  const build = { root, onProgress: progress, signal };
  const [imageFile, loaderFile] = [
    image !== undefined ? await readNamedFile(image, "image", "sim") : undefined,
    loader !== undefined ? await readNamedFile(loader, "loader", "sim") : undefined,
  ];
  if (kept && !ram) return { image: imageFile, loader: loaderFile, ram };
  const toolkit = await import("../../toolkit/build.ts");
  const images = await import("../../toolkit/images.ts");
  return {
    image: imageFile ?? (await toolkit.build({ device }, build)).file,
    loader: ram ? undefined : loaderFile ?? (await images.loader(build)).elf,
    ram,
  };
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** Prints log lines and LED changes as they come. */
function watch(context: Context, board: Board): void {
  const { palette } = context;
  board.onLog(({ text, atNs }) => {
    if (context.json) return context.printJson({ atNs, log: text });
    const level = /^\d+ (ERROR|WARN)/.exec(text)?.[1];
    const colour = level === "ERROR" ? palette.red : level ? palette.yellow : String;
    context.print(colour(text));
  });
  board.onLed(({ led, on, atNs }) => {
    if (context.json) return context.printJson({ atNs, led, on });
    context.print(palette.dim(`[${(atNs / 1e6).toFixed(3)} ms] ${led} ${on ? "on" : "off"}`));
  });
}

/** Says whether nothing more can happen; a debugger can help a core that is locked up. */
function endOf(context: Context, board: Board, debugger_: boolean): () => boolean {
  return () => context.signal.aborted || (!debugger_ && board.lockup !== undefined);
}

/** @throws {NotStartedError} If the core locked up, or stands in the loader still, or again: nothing was started. */
function checkStarted(board: Board, { image, ram }: Programs): void {
  const { lockup, lastFault } = board;
  if (lockup !== undefined) {
    throw new NotStartedError(`Cannot go on: the core locked up: ${lockup} ${lastFault}`);
  }
  const { start, sizeBytes } = MEMORIES.FLASH;
  const { vtor } = board.core.scb;
  const refused = board.log.findLast(({ text }) => /^\d+ ERROR E\d+/.test(text));
  if (!refused || ram || vtor < start || vtor >= start + sizeBytes) return;
  const reason = refused.text.replace(/^\d+ ERROR /, "");
  const what = image ? "image" : "flash";
  throw new NotStartedError(
    `Cannot boot: nothing was started: the loader refused the ${what}: ${reason}`,
  );
}

async function runFast(board: Board, untilNs: number, isOver: () => boolean): Promise<void> {
  while (board.nowNs < untilNs && !isOver()) {
    board.run({ untilNs: Math.min(untilNs, board.nowNs + STEP_NS) });
    await pause(0);
  }
}

async function runPaced(board: Board, isOver: () => boolean): Promise<void> {
  const beganMs = performance.now();
  while (!isOver()) {
    board.run({ untilNs: board.nowNs + STEP_NS });
    const aheadMs = board.nowNs / 1e6 - (performance.now() - beganMs);
    await pause(Math.max(0, aheadMs));
  }
}

/** Exports the port; virtual time follows the wall's until `isOver`. */
async function serve(
  context: Context,
  board: Board,
  { hostname, port, pcap, debugPort }: {
    hostname: string;
    port: number;
    pcap?: string;
    debugPort?: DebugAddress;
  },
  isOver: () => boolean,
): Promise<void> {
  const { UsbipServer } = await import("../../twin/usbip/server.ts");
  const trace = pcap === undefined ? undefined : await openTrace(board, pcap);
  let failed: unknown;
  const server = listenAt(`${hostname}:${port}`, "usbip", () =>
    new UsbipServer({
      usb: trace?.usb ?? board.usb,
      clock: board.core.clock,
      pump: (until, stop) => board.advance(until, stop),
      hostname,
      port,
      onError: (error) => {
        if (error instanceof Error && error.name === "UnmodelledError") failed = error;
        context.progress(`usbip: ${error instanceof Error ? error.message : error}`);
      },
    }));
  let debug: DebugPort | undefined;
  try {
    debug = debugPort && await openDebugPort(context, board, debugPort, server);
    const at = server.address;
    if (context.json) context.printJson({ usbip: at });
    context.progress(`usbip: listening on ${at.hostname}:${at.port}; on a Linux with vhci-hcd:`);
    context.progress(`usbip --tcp-port ${at.port} attach -r ${at.hostname} -b 1-1`);
    while (!isOver() && failed === undefined) {
      await pause(20);
      failed ??= debug?.failed();
    }
  } finally {
    await debug?.server.close();
    await server.close();
    trace?.close();
  }
  if (failed !== undefined) throw failed;
}

/** Serves the debug connector alone; virtual time follows the wall's. */
async function serveDebugPort(
  context: Context,
  board: Board,
  address: DebugAddress,
  isOver: () => boolean,
): Promise<void> {
  const { server, failed } = await openDebugPort(context, board, address);
  try {
    while (!isOver() && failed() === undefined) await pause(20);
  } finally {
    await server.close();
  }
  if (failed() !== undefined) throw failed();
}

/** Opens a trace file, and taps the port for it. */
async function openTrace(board: Board, path: string): Promise<{ usb: UsbPort; close(): void }> {
  const { UsbTap } = await import("../../twin/usb/tap.ts");
  const { MctpTrace } = await import("../../toolkit/trace/mctp_trace.ts");
  const pcapng = await import("../../toolkit/trace/pcapng.ts");
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path, { write: true, create: true, truncate: true });
  } catch (error) {
    const state = error instanceof Error ? error.message : error;
    throw new UsageError(`Cannot write the trace "${path}": ${state}`, "sim");
  }
  const write = (octets: Uint8Array) => {
    for (let at = 0; at < octets.length;) at += file.writeSync(octets.subarray(at));
  };
  write(pcapng.pcapngHeader(pcapng.LINKTYPE_MCTP, "usbnvme"));
  const trace = new MctpTrace((packet, direction, atNs) => {
    write(pcapng.pcapngPacket(packet, direction, atNs));
  });
  const usb = new UsbTap(board.usb, board.core.clock, (transaction, answer, atNs) => {
    trace.transaction(transaction, answer, atNs);
  });
  return { usb, close: () => file.close() };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function printEnd(context: Context, board: Board): void {
  const { nowNs, instructions, unmodelled, resets, lockup } = board;
  if (context.json) {
    context.printJson({ end: { virtualNs: nowNs, instructions, resets, lockup, unmodelled } });
    return;
  }
  const { dim, yellow } = context.palette;
  context.print(
    dim(`virtual time ${(nowNs / 1e6).toFixed(3)} ms, ${instructions} instructions`),
  );
  if (resets.length > 1) context.print(dim(`resets: ${resets.join(", ")}`));
  for (const { kind, what, count, pc } of unmodelled) {
    const place = pc === undefined ? "" : ` at pc 0x${pc.toString(16)}`;
    context.print(yellow(`not modelled: ${kind} ${what}, ${count} times${place}`));
  }
}
