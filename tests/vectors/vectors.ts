/**
 * Reads the vector files.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { PartialDevice } from "../../firmware_ts/device/device.ts";

/** One exchange of a message case; what is left out has its default. */
export interface Step {
  readonly atMs?: number;
  readonly from?: number;
  readonly to?: number;
  readonly tag?: number;
  readonly request: string;
  readonly reply: string | null;
  readonly eid: number;
  readonly drop?: string;
  readonly retry?: boolean;
  /** An answer that was put off: when it has come, at the latest, and its body. */
  readonly late?: readonly [atMs: number, body: string];
}
/** A fresh device and what is said to it. */
export interface MessageCase {
  readonly name: string;
  readonly note?: string;
  /** The control command and completion code that the case is the vector for. */
  readonly command?: number;
  readonly code?: number;
  /** What the device file says beside the healthy device. */
  readonly device?: PartialDevice;
  readonly steps: readonly Step[];
}
/** A device with an EID, and transfers. */
export interface TransferCase {
  readonly name: string;
  readonly eid: number;
  readonly transfers: readonly (readonly [number, string])[];
  readonly messages: readonly (readonly [number, number, number, string])[];
  readonly counters: Readonly<Record<string, number>>;
}

/** Transfers of packets that span USB packets, and the transfers that come back. */
export interface SpanningCase extends TransferCase {
  readonly replies: readonly string[];
}

/** The files of messages. */
export const MESSAGE_FILES = ["control", "nvme_admin", "nvme_mi", "pldm", "pymctp", "vendor"] as const;
/** The files of transfers, framed as DSP0283 1.0 has it. */
export const TRANSFER_FILES = ["transfers", "estack"] as const;

/** Reads one vector file's cases. */
export function readCases<T>(name: string): readonly T[] {
  const text = readFileSync(new URL(`${name}.json`, import.meta.url), "utf8");
  return (JSON.parse(text) as { cases: T[] }).cases;
}

/** Reads hex with blanks. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replaceAll(" ", "");
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new SyntaxError(`Cannot read '${text}': not hex`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Writes hex without blanks. */
export function toHex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}
