/**
 * A host that serves one file over PLDM, for the device to read.
 *
 * Written from DSP0240, DSP0242 and DSP0248, apart from the firmware's code.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import type { HostMessage } from "./mctp_host.ts";
import type { TwinSession } from "./twin_session.ts";

const FILE_ID = 7;
const DESCRIPTOR = 0x1234;
const MAX_PART = 4096;

/** Answers the device's PLDM requests. */
export class PldmFileHost {
  /** Commands that were asked for, as `type/command`. */
  readonly asked: string[] = [];
  /** How many parts are sent with a wrong checksum, from now on. */
  damage = 0;
  /** The size that the file's record tells, if not the file's own. */
  claimBytes?: number;
  readonly #file: Uint8Array;
  #at = 0;
  #size = 0;
  #checksum = 0;
  #before = 0;
  #part = MAX_PART;

  constructor(file: Uint8Array) {
    this.#file = file;
  }

  /** Gives the body of the response to a request's body. */
  respond(request: Uint8Array): Uint8Array {
    const type = request[2] & 0x3f;
    const command = request[3];
    const name = `${type}/${command.toString(16).padStart(2, "0")}`;
    if (this.asked.at(-1) !== name) this.asked.push(name);
    const data = this.#answer(name, new DataView(request.buffer, request.byteOffset + 4));
    const body = new Uint8Array(4 + data.length);
    body.set([1, request[1] & 0x1f, request[2], command]);
    body.set(data, 4);
    return body;
  }

  #answer(name: string, request: DataView): Uint8Array {
    const bytes = (size: number, fill: (view: DataView) => void) => {
      const octets = new Uint8Array(size);
      fill(new DataView(octets.buffer));
      return octets;
    };
    switch (name) {
      case "0/03":
        return bytes(14, (view) => {
          view.setUint8(5, 5);
          view.setUint32(6, request.getUint8(5) === 0 ? 0xf1f1f000 : 0xf1f0f000, true);
          view.setUint32(10, crc32(new Uint8Array(view.buffer, 6, 4)), true);
        });
      case "0/04":
        return bytes(9, (view) => view.setUint8(1, 0x85));
      case "0/05":
        return new Uint8Array(33);
      case "2/50":
        return new Uint8Array(41);
      case "2/51":
        return this.#record(request);
      case "0/07":
        return bytes(11, (view) => {
          this.#part = Math.min(MAX_PART, request.getUint16(0, true));
          view.setUint16(1, this.#part, true);
          view.setUint8(3, 0x80);
        });
      case "7/01":
        return bytes(3, (view) => {
          const known = request.getUint16(0, true) === FILE_ID;
          view.setUint8(0, known ? 0 : 0x86);
          view.setUint16(1, DESCRIPTOR, true);
        });
      case "7/02":
        return bytes(
          1,
          (view) => view.setUint8(0, request.getUint16(0, true) - DESCRIPTOR ? 0x80 : 0),
        );
      case "0/09":
        return this.#next(request.getUint8(1));
      default:
        return Uint8Array.of(5);
    }
  }

  /** A File Descriptor PDR behind one of another type, in parts of 20 octets. */
  #record(request: DataView): Uint8Array {
    const handle = request.getUint32(0, true) || 1;
    const record = new Uint8Array(handle === 1 ? 14 : 40);
    const view = new DataView(record.buffer);
    view.setUint32(0, handle, true);
    record[4] = 1;
    record[5] = handle === 1 ? 1 : 30;
    view.setUint16(8, record.length - 10, true);
    if (handle === 2) {
      view.setUint16(12, FILE_ID, true);
      view.setUint32(30, this.claimBytes ?? this.#file.length, true);
    }
    const from = request.getUint32(4, true);
    const part = record.slice(from, from + 20);
    const last = from + part.length === record.length;
    const octets = new Uint8Array(12 + part.length + (last && from > 0 ? 1 : 0));
    const answer = new DataView(octets.buffer);
    answer.setUint32(1, handle === 1 ? 2 : 0, true);
    answer.setUint32(5, last ? 0 : from + part.length, true);
    octets[9] = from === 0 ? (last ? 5 : 0) : last ? 4 : 1;
    answer.setUint16(10, part.length, true);
    octets.set(part, 12);
    if (last && from > 0) octets[octets.length - 1] = crc8(record);
    return octets;
  }

  #next(operation: number): Uint8Array {
    if (operation === 0) {
      this.#at = 0;
      this.#before = 0;
    } else if (operation === 1) {
      this.#at += this.#size;
      this.#before = this.#checksum;
    }
    const part = this.#file.subarray(this.#at, this.#at + this.#part);
    this.#size = part.length;
    this.#checksum = crc32(part, this.#before);
    const last = this.#at + part.length === this.#file.length;
    const octets = new Uint8Array(14 + part.length);
    const view = new DataView(octets.buffer);
    octets[1] = (this.#at === 0 ? 1 : 0) | (last ? 4 : 0) || 2;
    view.setUint32(2, last ? 0 : this.#at + part.length, true);
    view.setUint32(6, part.length, true);
    octets.set(part, 10);
    const damaged = this.damage > 0 ? 1 : 0;
    this.damage -= damaged;
    view.setUint32(10 + part.length, this.#checksum ^ damaged, true);
    return octets;
  }
}

/** CRC-8 of a record that goes in parts (DSP0248, GetPDR). */
function crc8(record: Uint8Array): number {
  let crc = 0;
  for (const octet of record) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1 ^ (crc & 0x80 ? 7 : 0)) & 0xff;
  }
  return crc;
}

/** Serves the device over a session until it has logged `until`; gives that line. */
export function serveFile(session: TwinSession, host: PldmFileHost, until: string): string {
  const { board, mctp } = session;
  const from = board.log.length;
  for (;;) {
    const line = board.log.slice(from).find(({ text }) => text.includes(until));
    if (line) return line.text;
    const transfer = session.tryReceive(5000);
    if (transfer === undefined) throw new Error(`Cannot serve on: no request, no "${until}"`);
    for (const message of mctp.receive(transfer)) answer(session, host, message);
  }
}

function answer(session: TwinSession, host: PldmFileHost, message: HostMessage): void {
  if (message.tagOwner !== 1 || message.body[0] !== 1) return;
  const body = host.respond(message.body);
  for (const one of session.mctp.transfers(message.source, 0, message.tag, body, true)) {
    session.send(one);
  }
}
