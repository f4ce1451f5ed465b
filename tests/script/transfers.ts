/**
 * Holds the script's transport to transfer vectors, on the engine: bundled with `CASES` and logged case by case.
 *
 * @module
 */
import { DROP_REASONS } from "../../firmware_ts/mctp/counters.ts";
import type { Receive } from "../../firmware_ts/mctp/messages.ts";
import { UsbLink } from "../../firmware_ts/mctp/usb_link.ts";
import type { Port } from "../../firmware_ts/port.ts";
import type { TransferCase } from "../vectors/vectors.ts";

declare const port: Port;
declare const CASES: readonly TransferCase[];

const digit = (text: string, at: number) => "0123456789abcdef".indexOf(text[at]);

function fromHex(blanked: string): number[] {
  const text = blanked.split(" ").join("");
  const octets: number[] = [];
  for (let i = 0; i < text.length; i += 2) octets.push(digit(text, i) * 16 + digit(text, i + 1));
  return octets;
}

/** Goes through a case; returns what is wrong with it, or nothing. */
function hold(one: TransferCase): string {
  const counters = new Uint32Array(DROP_REASONS.length);
  const rx = new Uint8Array(4352);
  const seam = {
    rx,
    tx: new Uint8Array(4352),
    transmit: () => false,
    copy: (to: Uint8Array, toAt: number, from: Uint8Array, fromAt: number, length: number) =>
      port.copy(to, toAt, from, fromAt, length),
  };
  const found: string[] = [];
  const receive: Receive = (message, length, _reply, source, destination, tag) => {
    const octets: number[] = [];
    for (let i = 0; i < length; i++) octets.push(message[i]);
    found.push(`${source} ${destination} ${tag} ${octets.join(",")}`);
    return 0;
  };
  const link = new UsbLink(seam, receive, counters, () => {});
  link.setEid(one.eid);
  for (const [atMs, hex] of one.transfers) {
    const transfer = fromHex(hex);
    rx.fill(0xee);
    rx.set(transfer);
    if (link.transfer(transfer.length, atMs) !== 0) return "something is sent";
  }
  const wanted: string[] = [];
  for (const [source, destination, tag, body] of one.messages) {
    wanted.push(`${source} ${destination} ${tag} ${fromHex(body).join(",")}`);
  }
  if (found.join(";") !== wanted.join(";")) return `found ${found.join(";")}`;
  for (let i = 0; i < DROP_REASONS.length; i++) {
    const count = one.counters[DROP_REASONS[i]] || 0;
    if (counters[i] !== count) return `${DROP_REASONS[i]} is ${counters[i]}, not ${count}`;
  }
  return "";
}

for (const one of CASES) {
  const wrong = hold(one);
  port.log(2, `${wrong === "" ? "ok" : "FAILED"} ${one.name} ${wrong}`.slice(0, 250));
}
const nothing = () => 0;
port.start(nothing, nothing, nothing, nothing, nothing, nothing);
