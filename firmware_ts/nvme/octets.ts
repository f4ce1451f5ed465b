/**
 * Little-endian numbers and ASCII in octets, as NVMe has them.
 *
 * @module
 */

/** Reads u16. */
export function le16(octets: Uint8Array, at: number): number {
  return octets[at] | octets[at + 1] << 8;
}

/** Reads u32, unsigned. */
export function le32(octets: Uint8Array, at: number): number {
  return (octets[at] | octets[at + 1] << 8 | octets[at + 2] << 16) + octets[at + 3] * 16777216;
}

/** Reads u64 as a number: exact below 2^53. */
export function le64(octets: Uint8Array, at: number): number {
  return le32(octets, at) + le32(octets, at + 4) * 4294967296;
}

/** Writes u16. */
export function put16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value;
  octets[at + 1] = value >> 8;
}

/** Writes `size` octets of a whole number below 2^53. */
export function put(octets: Uint8Array, at: number, size: number, value: number): void {
  for (let left = value, i = at; left > 0 && i < at + size; i++) {
    octets[i] = left;
    left = left > 0x7fffffff ? Math.floor(left / 256) : left >> 8;
  }
}

/** Writes ASCII, filled up with spaces to `size` octets. */
export function putText(octets: Uint8Array, at: number, size: number, text: string): void {
  for (let i = 0; i < size; i++) octets[at + i] = i < text.length ? text.charCodeAt(i) : 0x20;
}

/** Writes octets out of words of `offset:octets` in hex, the offset of three digits: a table that costs little memory. */
export function putHex(octets: Uint8Array, text: string): void {
  for (const word of text.split(" ")) {
    const digits = word.slice(4);
    for (let i = 0; 2 * i < digits.length; i++) {
      octets[Number("0x" + word.slice(0, 3)) + i] = Number("0x" + digits.slice(2 * i, 2 * i + 2));
    }
  }
}

/** Makes lower-case hex digits. */
export function hexDigits(octets: Uint8Array, count: number): string {
  let text = "";
  for (let i = 0; text.length < count; i++) text += (octets[i] + 256).toString(16).slice(1);
  return text;
}
