import { createHmac } from "node:crypto";
import { MEMORIES } from "../../chip/memory.ts";
import type { Board } from "./board.ts";
import type { CallOptions } from "../probe_rs/probe_rs.ts";

/** Who a board is. */
export interface Identity {
  /** The chip's unique ID, 24 hex digits in memory order. */
  readonly uniqueId: string;
  /** The UUID that the firmware makes of it. */
  readonly uuid: string;
  /** The serial number that the firmware shows on USB. */
  readonly usbSerial: string;
}

/**
 * Derives a board's identity as the firmware does: HMAC-SHA256 keyed by the unique ID over "deviceid", its
 * first 16 bytes in the form of a version 4 UUID.
 *
 * @param uniqueId u8[12] in memory order.
 * @see RFC 9562, 5.4 (version and variant bits)
 */
export function identityOf(uniqueId: Uint8Array): Identity {
  const bytes = createHmac("sha256", uniqueId).update("deviceid").digest().subarray(0, 16);
  bytes[6] = bytes[6] & 0x0f | 0x40;
  bytes[8] = bytes[8] & 0x3f | 0x80;
  const digits = bytes.toString("hex");
  return {
    uniqueId: [...uniqueId].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    uuid: digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
    usbSerial: digits.slice(0, 12),
  };
}

/**
 * Reads the unique ID over the debug wire, so that the board may be blank, halted or crashed.
 *
 * @throws {ProbeRsError} A subclass that says what went wrong.
 */
export async function readIdentity(
  { probeRs, target }: Board,
  options: CallOptions = {},
): Promise<Identity> {
  const { start, sizeBytes } = MEMORIES.UNIQUE_ID;
  const words = await probeRs.read32(target, start, sizeBytes / 4, options);
  return identityOf(new Uint8Array(Uint32Array.from(words).buffer));
}
