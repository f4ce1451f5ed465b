import type { ProbeRs } from "../probe_rs/probe_rs.ts";
import { hostView, listMctpDevices, type MctpDevice } from "./host_view.ts";
import { knownBoard } from "./known_boards.ts";
import { aliasedProbes, aliasesOf, listProbes, listRemoteProbes, type Probe } from "./probe.ts";
import type { UsbRoot } from "./usb_devices.ts";

/** One line of the list: a probe, its board, and what this host sees of the two. */
export interface BoardEntry {
  /** Full selector of the probe, to be pasted. */
  readonly probe: string;
  /** What the probe is. */
  readonly name: string;
  /** Aliases of the project file that mean it. */
  readonly aliases: readonly string[];
  /** Whether this user may open it; unknown for what is not on this machine's USB. */
  readonly accessible?: boolean;
  /** The board's UUID, if `usbnvme uuid` or `flash` has seen it. */
  readonly uuid?: string;
  /** Serial number of the board's own USB port, if known. */
  readonly usbSerial?: string;
  /** MCTP interfaces of the board on this host. */
  readonly mctp: readonly string[];
  /** Serial ports of the probe and of the board on this host. */
  readonly ttys: readonly string[];
}

/** All that can be listed. */
export interface BoardList {
  /** Probes, with their boards. */
  readonly boards: readonly BoardEntry[];
  /** Devices with MCTP on this host's USB that belong to no probe that is known. */
  readonly others: readonly MctpDevice[];
}

/** How to list. */
export interface ListOptions extends UsbRoot {
  /** Selectors by alias. */
  readonly aliases?: ReadonlyMap<string, string>;
  /** Has the probes if they are on another machine. */
  readonly remote?: ProbeRs;
  /** Cache folder that remembers boards. */
  readonly cache?: string;
}

/** Lists probes, and joins each with its board where that is known. */
export async function listBoards(options: ListOptions = {}): Promise<BoardList> {
  const { aliases = new Map<string, string>(), remote } = options;
  const probes = remote ? await listRemoteProbes(remote) : listProbes(options);
  const devices = remote ? [] : listMctpDevices(options);
  const joined = new Set<MctpDevice>();
  const boards = [...probes, ...aliasedTwins(aliases, remote === undefined)].map(
    (probe): BoardEntry => {
      const known = probe.serial === undefined
        ? undefined
        : knownBoard(probe.selector, options.cache);
      const device = devices.find(({ serial }) =>
        serial !== undefined && serial === known?.usbSerial
      );
      if (device) joined.add(device);
      const own = probe.usb ? hostView(probe.usb, options).ttys : [];
      return {
        probe: probe.selector,
        name: probe.name,
        aliases: aliasesOf(probe, aliases),
        accessible: probe.accessible,
        uuid: known?.uuid,
        usbSerial: known?.usbSerial,
        mctp: device?.mctp ?? [],
        ttys: [...own, ...device?.ttys ?? []],
      };
    },
  );
  return { boards, others: devices.filter((device) => !joined.has(device)) };
}

/** The twins that the project file names; whether one listens is known of this machine only. */
function aliasedTwins(aliases: ReadonlyMap<string, string>, isHere: boolean): Probe[] {
  const twins = aliasedProbes(aliases).filter(({ name }) => name === "twin");
  return twins.map((probe) => ({
    ...probe,
    accessible: isHere ? isListening(probe.selector) : undefined,
  }));
}

/** Whether the socket file of a twin is there; of one on a port nothing is known without calling it. */
function isListening(selector: string): boolean | undefined {
  const path = /^[^:]+:[^:]+:unix:(.*)$/.exec(selector)?.[1];
  if (path === undefined) return undefined;
  try {
    return Deno.statSync(path).isSocket === true;
  } catch {
    return false;
  }
}
