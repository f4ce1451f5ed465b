/**
 * Vital Product Data: an IPMI FRU image, made from the device's identity.
 *
 * @see IPMI Platform Management FRU Information Storage Definition 1.0 rev. 1.3; NVMe-MI 1.2, Vital Product Data
 * @module
 */
import type { Subsystem } from "../nvme/subsystem.ts";

/** Octets of the FRU Information Device. */
export const VPD_SIZE = 256;
/** Most octets of the product area's texts. */
const PRODUCT_END = 160;

/** Makes the image: header, product information area, NVMe and NVMe PCIe port multi-records. */
export function makeVpd(subsystem: Subsystem): Uint8Array {
  const { identity, capacityBytes } = subsystem.description;
  const image = new Uint8Array(VPD_SIZE);
  // Product Information Area: version 1, length, English, then fields of type ASCII.
  let at = 11;
  const texts = [
    "usbnvme",
    identity.model.slice(0, 40),
    "",
    identity.firmware,
    subsystem.serial.slice(0, 20),
    "",
    "",
  ];
  for (const text of texts) {
    image[at++] = 0xc0 | text.length;
    for (let i = 0; i < text.length && at < PRODUCT_END - 1; i++) image[at++] = text.charCodeAt(i);
  }
  image[at++] = 0xc1; // No more fields.
  const multi = at + 8 & ~7; // The last octet before it is the checksum.
  image[8] = 1;
  image[9] = (multi - 8) / 8;
  image[10] = 0x19;
  image[multi - 1] = checksum(image, 8, multi - 1);
  // Common Header
  image[0] = 1;
  image[4] = 1;
  image[5] = multi / 8;
  image[7] = checksum(image, 0, 7);
  // NVMe MultiRecord (0x0B): form factor 2.5 inch, 3.3 V auxiliary, 12 V, capacity in its last 13 octets.
  const nvme = multi + 5;
  image[nvme] = 1;
  image[nvme + 1] = 0x10;
  image[nvme + 13] = 9; // Maximum 12 V power, W.
  for (let i = 0, left = capacityBytes; i < 8; i++, left = Math.floor(left / 256)) {
    image[nvme + 46 + i] = left % 256;
  }
  record(image, multi, 0x0b, 59, false);
  // NVMe PCIe Port MultiRecord (0x0C): port 0, speeds, width.
  const port = nvme + 59 + 5;
  image[port] = 1;
  image[port + 2] = 0x3f;
  image[port + 3] = 2;
  record(image, port - 5, 0x0c, 11, true);
  return image;
}

/** Writes a multi-record's header over `size` octets of data. */
function record(image: Uint8Array, at: number, type: number, size: number, last: boolean): void {
  image[at] = type;
  image[at + 1] = 2 | (last ? 0x80 : 0);
  image[at + 2] = size;
  image[at + 3] = checksum(image, at + 5, at + 5 + size);
  image[at + 4] = checksum(image, at, at + 4);
}

/** Gives the octet that makes the sum zero. */
function checksum(image: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += image[i];
  return -sum & 255;
}
