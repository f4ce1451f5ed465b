import { SOCKET_PROBE, ST_LINK } from "../../chip/debug.ts";
import type { ProbeRs } from "../probe_rs/probe_rs.ts";
import { AmbiguousProbeError, NoProbeError, SelectorError } from "./errors.ts";
import { listUsbDevices, type UsbDevice, type UsbRoot } from "./usb_devices.ts";

/** A probe, chosen once and for all. */
export interface Probe {
  /** Full selector, as probe-rs takes it: never an index, never a part of a serial. */
  readonly selector: string;
  /** What it is, as in `ST-Link V3`. */
  readonly name: string;
  /** An alias that means it, if one was chosen or there is one. */
  readonly alias?: string;
  /** Its serial number, where it has one. */
  readonly serial?: string;
  /** Whether this user may open it; unknown for one that is not on this machine's USB. */
  readonly accessible?: boolean;
  /** Where it is on USB. */
  readonly usb?: UsbDevice;
}

/** What selectors are resolved with. */
export interface SelectOptions extends UsbRoot {
  /** Whether every board is wanted: all ST-Links, and all aliases that are not on USB. */
  readonly all?: boolean;
  /** Selectors by alias, from the project file. */
  readonly aliases?: ReadonlyMap<string, string>;
  /** Has the probes if they are on another machine. */
  readonly remote?: ProbeRs;
  /** Asked when several could be meant; gives the number of one, or `undefined` to leave it. */
  readonly choose?: (candidates: readonly Probe[]) => Promise<number | undefined>;
}

const FULL = /^[0-9a-f]{4}:[0-9a-f]{4}(?:-\d+)?(?::.*)?$/i;
/** Shorter, it would be taken for an index by those who write it, and lists change their order. */
const LEAST_PART = 4;
const ST_LINK_ID = ST_LINK.vendorId.toString(16).padStart(4, "0");

/** Lists the ST-Links on this machine's USB. */
export function listProbes(options: UsbRoot = {}): Probe[] {
  const names: Readonly<Record<number, string>> = ST_LINK.productIds;
  return listUsbDevices(options)
    .filter(({ vendorId, productId }) =>
      vendorId === ST_LINK.vendorId && names[productId] !== undefined
    )
    .map((usb) => {
      const id = `${ST_LINK_ID}:${usb.productId.toString(16).padStart(4, "0")}`;
      const serial = usb.serial === undefined ? undefined : printableSerial(usb.serial);
      return {
        selector: `${id}:${serial ?? ""}`,
        name: names[usb.productId],
        serial,
        accessible: usb.accessible,
        usb,
      };
    });
}

/** Lists the ST-Links that a probe-rs server has. */
export async function listRemoteProbes(probeRs: ProbeRs): Promise<Probe[]> {
  const { stdout } = await probeRs.must("list", undefined);
  return parseProbeList(stdout).filter(({ selector }) => selector.startsWith(`${ST_LINK_ID}:`));
}

/** Reads what `probe-rs list` prints. */
export function parseProbeList(text: string): Probe[] {
  const line =
    /^\[\d+\]: (.*) -- ([0-9a-f]{4}:[0-9a-f]{4}(?:-\d+)?):(.*?) \([^()]+\)( \(inaccessible\))?$/;
  return text.split("\n").flatMap((one) => {
    const match = line.exec(one.trim());
    if (!match) return [];
    const [, name, id, serial, inaccessible] = match;
    return [{
      selector: `${id}:${serial}`,
      name,
      serial: serial || undefined,
      accessible: inaccessible === undefined,
    }];
  });
}

/** Old ST-Links have 12 raw bytes for a serial, which probe-rs shows and takes in hexadecimal. */
function printableSerial(serial: string): string {
  const bytes = new TextEncoder().encode(serial);
  if (bytes.length >= 24) return serial;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join("");
}

/**
 * Chooses probes: by full selector, serial, unique beginning or end of a serial, or alias; without any,
 * the only ST-Link.
 *
 * Selectors of other makes than ST pass as they are; `twin:unix:PATH` and `twin:HOST:PORT` stand for the
 * debug port of a twin.
 *
 * @param wanted What was asked for, in that order; a probe named twice comes once.
 * @throws {NoProbeError} If there is none, or not that one.
 * @throws {AmbiguousProbeError} If several could be meant.
 * @throws {SelectorError} If a selector is not written as one.
 */
export async function selectProbes(
  wanted: readonly string[],
  options: SelectOptions = {},
): Promise<Probe[]> {
  const { all = false, aliases = new Map<string, string>() } = options;
  let listed: Probe[] | undefined;
  const list = async () =>
    listed ??= options.remote ? await listRemoteProbes(options.remote) : listProbes(options);
  const chosen = new Map<string, Probe>();
  const add = (probe: Probe) => {
    const alias = probe.alias ?? aliasesOf(probe, aliases)[0];
    if (!chosen.has(probe.selector)) chosen.set(probe.selector, { ...probe, alias });
  };
  for (const word of wanted) add(await selectOne(word, list, options));
  if (wanted.length === 0 && all) {
    for (const probe of await list()) add(probe);
    aliasedProbes(aliases).forEach(add);
    if (chosen.size === 0) throw new NoProbeError(undefined, []);
  } else if (wanted.length === 0) {
    const found = await list();
    if (found.length === 0) throw new NoProbeError(undefined, aliasedProbes(aliases));
    add(found.length === 1 ? found[0] : await choose(undefined, found, options));
  }
  return [...chosen.values()];
}

async function selectOne(
  word: string,
  list: () => Promise<Probe[]>,
  options: SelectOptions,
): Promise<Probe> {
  const aliased = options.aliases?.get(word);
  const text = aliased ?? word;
  const alias = aliased === undefined ? undefined : word;
  if (text === "") throw new SelectorError(word, "it is empty");
  const socket = socketSelector(text);
  const selector = socket ?? text;
  if (FULL.test(selector) && !isStLink(selector)) {
    return { selector, name: kindOf(selector), alias };
  }
  if (!FULL.test(text) && !/^[\w-]+$/.test(text)) {
    throw new SelectorError(
      word,
      "it is no VID:PID:SERIAL, no serial, no alias of usbnvme.toml, and no twin:unix:PATH or twin:HOST:PORT",
    );
  }
  const found = await list();
  if (text.length < LEAST_PART && !found.some(({ serial }) => serial === text)) {
    throw new SelectorError(
      word,
      `it is no alias, and part of a serial has ${LEAST_PART} characters; an index is never taken`,
    );
  }
  const matching = matches(found, text);
  if (matching.length === 0) {
    throw new NoProbeError(word, [...found, ...aliasedProbes(options.aliases ?? new Map())]);
  }
  const probe = matching.length === 1 ? matching[0] : await choose(word, matching, options);
  return alias === undefined ? probe : { ...probe, alias };
}

/** Finds the probes that a full selector, a serial, or the beginning or end of one can mean. */
function matches(found: readonly Probe[], text: string): readonly Probe[] {
  const [, id, serial] = /^([0-9a-f]{4}:[0-9a-f]{4})(?:-\d+)?(?::(.*))?$/i.exec(text) ?? [];
  if (id !== undefined) {
    const prefix = `${id.toLowerCase()}:`;
    return found.filter((probe) =>
      probe.selector.startsWith(prefix) && (serial === undefined || (probe.serial ?? "") === serial)
    );
  }
  const wanted = text.toUpperCase();
  const serials = found.map((probe) => ({ probe, serial: probe.serial?.toUpperCase() ?? "" }));
  const exact = serials.filter((one) => one.serial === wanted);
  const some = exact.length > 0
    ? exact
    : serials.filter((one) => one.serial.startsWith(wanted) || one.serial.endsWith(wanted));
  return some.map(({ probe }) => probe);
}

async function choose(
  word: string | undefined,
  candidates: readonly Probe[],
  options: SelectOptions,
): Promise<Probe> {
  const number = await options.choose?.(candidates);
  const chosen = number === undefined ? undefined : candidates[number];
  if (!chosen) throw new AmbiguousProbeError(word, candidates);
  return chosen;
}

/** Gives probe-rs's selector for `twin:unix:PATH` or `twin:HOST:PORT`; `undefined` for anything else. */
export function socketSelector(text: string): string | undefined {
  if (!text.startsWith("twin:")) return undefined;
  const rest = text.slice("twin:".length);
  if (/^unix:.+/.test(rest)) return `${SOCKET_PROBE}:${rest}`;
  const port = Number(/^[^\s]+:(\d{1,5})$/.exec(rest)?.[1]);
  if (port >= 1 && port <= 65535) return `${SOCKET_PROBE}:tcp:${rest}`;
  throw new SelectorError(text, "it is neither twin:unix:PATH nor twin:HOST:PORT");
}

/** Gives the probes that only the project file knows: twins, and other makes than ST. */
export function aliasedProbes(aliases: ReadonlyMap<string, string>): Probe[] {
  const probes = [...aliases].map(([alias, text]) => {
    const selector = socketSelector(text) ?? text;
    return { selector, name: kindOf(selector), alias };
  });
  return probes.filter(({ selector }, index) =>
    FULL.test(selector) && !isStLink(selector) &&
    probes.findIndex((one) => one.selector === selector) === index
  );
}

/** Gives the aliases that mean a probe. */
export function aliasesOf(
  { selector, serial }: Probe,
  aliases: ReadonlyMap<string, string>,
): string[] {
  const twin = selector.replace(`${SOCKET_PROBE}:`, "twin:").replace("twin:tcp:", "twin:");
  return [...aliases].filter(([, text]) => [selector, serial, twin].includes(text))
    .map(([alias]) => alias);
}

/** Says what a selector stands for that is no ST-Link's. */
function kindOf(selector: string): string {
  return selector.startsWith(`${SOCKET_PROBE}:`) ? "twin" : "probe";
}

function isStLink(selector: string): boolean {
  return selector.slice(0, 4).toLowerCase() === ST_LINK_ID;
}
