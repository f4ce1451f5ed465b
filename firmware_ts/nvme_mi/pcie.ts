/**
 * PCIe commands: configuration read.
 *
 * @see NVMe-MI 1.2, PCIe Command Set; PCI Express Base Specification, configuration space
 * @module
 */
import { put } from "../nvme/octets.ts";
import type { Subsystem } from "../nvme/subsystem.ts";

/** Octets of the configuration space of a PCIe function. */
export const CONFIGURATION_SIZE = 4096;
/** Octets that are not zero: header and capabilities. */
const MADE_SIZE = 128;

/** Makes the first octets of a function's configuration space; the rest of it is zero. */
export function makeConfiguration(subsystem: Subsystem): Uint8Array {
  const { identity } = subsystem.description;
  const space = new Uint8Array(MADE_SIZE);
  const fields = [
    [0x00, 2, identity.vendorId],
    [0x02, 2, identity.deviceId],
    [0x04, 2, 0x0406], // Memory space, bus master, no INTx.
    [0x06, 2, 0x0010], // There is a capabilities list.
    [0x09, 3, 0x010802], // NVM Express I/O controller.
    [0x10, 4, 0x00000004], // BAR0: 64-bit memory.
    [0x2c, 2, identity.subsystemVendorId],
    [0x2e, 2, identity.subsystemId],
    [0x34, 1, 0x40],
    // Power Management, then PCI Express, then MSI-X.
    [0x40, 4, 0x00035001],
    [0x50, 4, 0x00027010],
    [0x54, 4, 0x00008002], // Maximum payload 512 bytes, role-based error reporting.
    [0x5c, 4, 0x00000026], // Maximum link: 64 GT/s, two lanes.
    [0x62, 2, 0x1011], // Link now: 2.5 GT/s, one lane.
    [0x70, 4, 0x003f0011], // 64 vectors.
    [0x74, 4, 0x00002000],
    [0x78, 4, 0x00003000],
  ];
  for (const [at, size, value] of fields) put(space, at, size, value);
  return space;
}
