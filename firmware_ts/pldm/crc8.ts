/**
 * The checksum of records that go in parts.
 *
 * @see DSP0248 1.2.1, GetPDR: transferCRC, polynomial x^8 + x^2 + x + 1
 * @module
 */

/** Computes CRC-8 of `octets[from..end)`. */
export function crc8(octets: Uint8Array, from: number, end: number): number {
  let crc = 0;
  for (let i = from; i < end; i++) {
    crc ^= octets[i];
    for (let bit = 0; bit < 8; bit++) crc = crc >= 128 ? (crc << 1 ^ 7) & 255 : crc << 1;
  }
  return crc;
}
