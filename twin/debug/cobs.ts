/** Longest packet, decoded, that a stream may carry; probe-rs sends at most a few kilobytes. */
export const MOST_PACKET_BYTES = 1 << 20;

/** A byte stream that is not what the protocol allows. */
export class PacketError extends Error {
  override name = "PacketError";
}

/**
 * Encodes one packet by consistent overhead byte stuffing, with the zero that ends it.
 *
 * @param packet u8[n], n ≥ 0. @returns u8[n + 2 + ⌊n / 254⌋] at most.
 * @see S. Cheshire, M. Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Trans. Networking 7(2), 1999
 */
export function encodeCobs(packet: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(packet.length + 2 + Math.floor(packet.length / 254));
  let codeAt = 0;
  let to = 1;
  for (const byte of packet) {
    // A full block stands for no zero, so the next byte opens another one.
    if (to - codeAt === 0xff) {
      out[codeAt] = 0xff;
      codeAt = to++;
    }
    if (byte !== 0) out[to++] = byte;
    else {
      out[codeAt] = to - codeAt;
      codeAt = to++;
    }
  }
  out[codeAt] = to - codeAt;
  return out.subarray(0, to + 1);
}

/** Decodes one packet, given without the zero that ends it. @throws {PacketError} If it is cut short. */
export function decodeCobs(stuffed: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(stuffed.length);
  let to = 0;
  for (let at = 0; at < stuffed.length;) {
    const code = stuffed[at];
    const end = at + code;
    if (code === 0 || end > stuffed.length) {
      throw new PacketError(
        `Cannot decode a packet: code ${code} at byte ${at} of ${stuffed.length}`,
      );
    }
    out.set(stuffed.subarray(at + 1, end), to);
    to += code - 1;
    at = end;
    if (code !== 0xff && at < stuffed.length) out[to++] = 0;
  }
  return out.subarray(0, to);
}

/** Cuts a byte stream at its zeros and decodes what lies between. */
export class CobsReader {
  #parts: Uint8Array[] = [];
  #heldBytes = 0;

  /** Takes bytes as they come; gives the packets that are whole. @throws {PacketError} */
  feed(bytes: Uint8Array): Uint8Array[] {
    const packets: Uint8Array[] = [];
    let from = 0;
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, from)) {
      this.#hold(bytes.subarray(from, end));
      from = end + 1;
      packets.push(decodeCobs(this.#take()));
    }
    // The caller may use its buffer again.
    this.#hold(bytes.slice(from));
    return packets;
  }

  #hold(part: Uint8Array): void {
    this.#heldBytes += part.length;
    if (this.#heldBytes > MOST_PACKET_BYTES) {
      throw new PacketError(`Cannot take a packet of more than ${MOST_PACKET_BYTES} bytes`);
    }
    if (part.length > 0) this.#parts.push(part);
  }

  #take(): Uint8Array {
    const [first] = this.#parts;
    let whole = first ?? new Uint8Array(0);
    if (this.#parts.length > 1) {
      whole = new Uint8Array(this.#heldBytes);
      let at = 0;
      for (const part of this.#parts) {
        whole.set(part, at);
        at += part.length;
      }
    }
    this.#parts = [];
    this.#heldBytes = 0;
    return whole;
  }
}
