/**
 * Writes pcapng blocks, as Wireshark and tshark read them.
 *
 * @see IETF draft-ietf-opsawg-pcapng-02: section header, interface description, enhanced packet
 * @module
 */

/** LINKTYPE_MCTP: packets that begin with the MCTP transport header (DSP0236). */
export const LINKTYPE_MCTP = 291;

/** Which way a packet went, as the host sees it: `epb_flags` bits 1:0. */
export type Direction = "in" | "out";

const text = new TextEncoder();

/** Makes the section header and the description of the one interface, with times in ns. */
export function pcapngHeader(linkType: number, application: string): Uint8Array {
  const section = block(0x0a0d0d0a, [
    ...le(0x1a2b3c4d, 4),
    ...le(1, 2),
    ...le(0, 2),
    ...new Array<number>(8).fill(0xff), // Section length: not said.
    ...option(4, text.encode(application)),
    ...option(0, new Uint8Array()),
  ]);
  const description = block(1, [
    ...le(linkType, 2),
    ...le(0, 2),
    ...le(0, 4), // No limit to a packet's length.
    ...option(9, Uint8Array.of(9)), // if_tsresol: 10^-9 s.
    ...option(0, new Uint8Array()),
  ]);
  return Uint8Array.from([...section, ...description]);
}

/** Makes an enhanced packet block; `atNs` is an integer of at most 2^53. */
export function pcapngPacket(
  packet: Uint8Array,
  direction: Direction,
  atNs: number,
): Uint8Array {
  const ns = Math.round(atNs);
  return block(6, [
    ...le(0, 4),
    ...le(Math.floor(ns / 2 ** 32), 4),
    ...le(ns % 2 ** 32, 4),
    ...le(packet.length, 4),
    ...le(packet.length, 4),
    ...padded(packet),
    ...option(2, Uint8Array.from(le(direction === "in" ? 1 : 2, 4))),
    ...option(0, new Uint8Array()),
  ]);
}

function block(type: number, body: readonly number[]): Uint8Array {
  const length = 12 + body.length;
  return Uint8Array.from([...le(type, 4), ...le(length, 4), ...body, ...le(length, 4)]);
}

function option(code: number, value: Uint8Array): number[] {
  return [...le(code, 2), ...le(value.length, 2), ...padded(value)];
}

function padded(octets: Uint8Array): number[] {
  return [...octets, ...new Array<number>(-octets.length & 3).fill(0)];
}

function le(value: number, size: number): number[] {
  const octets: number[] = [];
  for (let left = value, i = 0; i < size; i++, left = Math.floor(left / 256)) {
    octets.push(left % 256);
  }
  return octets;
}
