/**
 * Vendor-defined messages of PCI vendor 0xCCDE: echo and bench.
 *
 * @module
 */
import { MessageType } from "../wire/control_numbers.ts";
import { Vendor } from "../wire/vendor_numbers.ts";
import type { VendorSet } from "./control.ts";
import { MessageDrop } from "./mctp/counters.ts";
import type { Protocol, RequestHandler } from "./mctp/messages.ts";

/** What Get Vendor Defined Message Support lists: the echo, as 0xCCDE and its subtype. */
export const VENDOR_SETS: readonly VendorSet[] = [
  { vendorId: Vendor.ID, commandSet: Vendor.ECHO },
];

/** What it lists besides where the bench is built in. */
export const BENCH_SET: VendorSet = { vendorId: Vendor.ID, commandSet: Vendor.BENCH };

/** Version 1.0 of our vendor messages. */
const VERSIONS: readonly number[] = [0xf1f0ff00];

/**
 * Makes the handler of vendor messages; `onBench` takes those of subtype 0xF1.
 *
 * An echo's reply is the request itself. The composition root answers the plain case before it comes here.
 */
export function createVendor(drops: Uint32Array, onBench: RequestHandler): Protocol {
  const onRequest: RequestHandler = (message, length, reply, source, tag, nowMs) => {
    if (
      length >= Vendor.PREFIX_SIZE && message[1] === Vendor.ID_HIGH && message[2] === Vendor.ID_LOW
    ) {
      const subtype = message[3];
      if (subtype === Vendor.ECHO) return -length;
      if (subtype === Vendor.BENCH) return onBench(message, length, reply, source, tag, nowMs);
    }
    drops[MessageDrop.VENDOR_UNKNOWN]++;
    return 0;
  };
  return {
    type: MessageType.VENDOR_PCI,
    integrityCheck: false,
    onRequest,
    versions: VERSIONS,
  };
}
