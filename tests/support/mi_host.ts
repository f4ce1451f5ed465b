/**
 * The host's side of NVMe-MI, for tests and the bench: builds signed requests, takes replies apart.
 *
 * Written from NVM Express Management Interface 1.2, apart from the firmware's code.
 *
 * @module
 */
import { crc32c } from "../../toolkit/crc32c.ts";
import type { HostRequest, MctpHost } from "./mctp_host.ts";

/** A reply of the Management Interface Command Set, or of any other kind but Admin. */
export interface MiReply {
  /** Response status. */
  readonly status: number;
  /** NVMe Management Response, u8[3]. */
  readonly response: Uint8Array;
  /** What follows, without the integrity check. */
  readonly data: Uint8Array;
}

/** A reply to an Admin command. */
export interface AdminReply {
  /** Response status; other than 0 there is nothing else. */
  readonly status: number;
  /** Completion queue entry, dword 0. */
  readonly dw0: number;
  /** Status code type and status code, `SCT << 8 | SC`. */
  readonly cqe: number;
  /** Response data. */
  readonly data: Uint8Array;
}

/** Fields of an Admin command; what is left out is 0. */
export interface AdminFields {
  readonly opcode: number;
  readonly controller?: number;
  readonly nsid?: number;
  readonly cdw10?: number;
  readonly cdw11?: number;
  readonly cdw12?: number;
  readonly cdw13?: number;
  readonly cdw14?: number;
  /** Data Offset; sent, with its flag, if it is there. */
  readonly offset?: number;
  /** Data Length; sent, with its flag, if it is there. */
  readonly length?: number;
  readonly data?: Uint8Array;
}

/** Adds the message integrity check, CRC-32C, little-endian. */
export function signed(body: Uint8Array): Uint8Array {
  const octets = new Uint8Array(body.length + 4);
  octets.set(body);
  new DataView(octets.buffer).setUint32(body.length, crc32c(body), true);
  return octets;
}

/** Takes the integrity check off. @throws {Error} If it is wrong. */
export function unsigned(message: Uint8Array): Uint8Array {
  const body = message.slice(0, -4);
  if (signed(body).some((octet, i) => octet !== message[i])) {
    throw new Error("Cannot accept: the message integrity check is wrong");
  }
  return body;
}

/** Makes a command of the Management Interface Command Set. */
export function mi(
  host: MctpHost,
  eid: number,
  opcode: number,
  nmd0 = 0,
  nmd1 = 0,
  data = new Uint8Array(),
): HostRequest<MiReply> {
  const body = new Uint8Array(16 + data.length);
  body.set([0x84, 0x08, 0, 0, opcode]);
  const view = new DataView(body.buffer);
  view.setUint32(8, nmd0, true);
  view.setUint32(12, nmd1, true);
  body.set(data, 16);
  return host.request(eid, signed(body), (reply) => {
    const octets = unsigned(reply);
    if (octets[1] !== 0x88) throw new Error(`Cannot accept: header ${octets[1]}`);
    return { status: octets[4], response: octets.slice(5, 8), data: octets.slice(8) };
  });
}

/** Makes an Admin command. */
export function admin(host: MctpHost, eid: number, fields: AdminFields): HostRequest<AdminReply> {
  const data = fields.data ?? new Uint8Array();
  const body = new Uint8Array(68 + data.length);
  const view = new DataView(body.buffer);
  const flags = (fields.length === undefined ? 0 : 1) | (fields.offset === undefined ? 0 : 2);
  body.set([0x84, 0x10, 0, 0, fields.opcode, flags]);
  view.setUint16(6, fields.controller ?? 0, true);
  view.setUint32(8, fields.nsid ?? 0, true);
  view.setUint32(28, fields.offset ?? 0, true);
  view.setUint32(32, fields.length ?? 0, true);
  view.setUint32(44, fields.cdw10 ?? 0, true);
  view.setUint32(48, fields.cdw11 ?? 0, true);
  view.setUint32(52, fields.cdw12 ?? 0, true);
  view.setUint32(56, fields.cdw13 ?? 0, true);
  view.setUint32(60, fields.cdw14 ?? 0, true);
  body.set(data, 68);
  return host.request(eid, signed(body), (reply) => {
    const octets = unsigned(reply);
    if (octets[1] !== 0x90) throw new Error(`Cannot accept: header ${octets[1]}`);
    if (octets[4] !== 0) return { status: octets[4], dw0: 0, cqe: 0, data: new Uint8Array() };
    const answer = new DataView(octets.buffer);
    return {
      status: 0,
      dw0: answer.getUint32(8, true),
      cqe: answer.getUint16(18, true) >> 1 & 0x7ff,
      data: octets.slice(20),
    };
  });
}

/** Makes an Identify, of all 4,096 octets or of a part. */
export function identify(
  host: MctpHost,
  eid: number,
  cns: number,
  fields: Partial<AdminFields> = {},
): HostRequest<AdminReply> {
  return admin(host, eid, { length: 4096, ...fields, opcode: 0x06, cdw10: cns });
}

/** Makes a Get Log Page of `sizeBytes` from `offset` on. */
export function getLog(
  host: MctpHost,
  eid: number,
  log: number,
  sizeBytes: number,
  fields: Partial<AdminFields> = {},
): HostRequest<AdminReply> {
  const dwords = sizeBytes / 4 - 1;
  return admin(host, eid, {
    nsid: 0xffffffff,
    length: sizeBytes,
    ...fields,
    opcode: 0x02,
    cdw10: log | (dwords & 0xffff) << 16,
    cdw11: dwords >>> 16,
  });
}
