/**
 * Takes a USB bulk OUT transfer apart.
 *
 * @module
 */
import { DropReason } from "./counters.ts";
import { Usb } from "../../wire/usb_numbers.ts";

/**
 * Finds the packet whose USB header stands at `at`, and returns where it ends, or -1 when the rest of the
 * transfer holds no packet; then the reason is counted, unless the transfer was just at its end.
 *
 * Shape: the MCTP packet is `transfer[at + 4..end)`, 1 to 251 octets.
 *
 * @see DSP0283 1.0.1, MCTP over USB packet format
 */
export function nextPacket(
  transfer: Uint8Array,
  length: number,
  at: number,
  counters: Uint32Array,
): number {
  const left = length - at;
  if (left < Usb.HEADER_SIZE) {
    if (left > 0) counters[DropReason.USB_STRAY_BYTES]++;
    return -1;
  }
  if (transfer[at] !== Usb.ID_HIGH || transfer[at + 1] !== Usb.ID_LOW) {
    counters[DropReason.USB_WRONG_ID]++;
    return -1;
  }
  const size = transfer[at + 3];
  if (size <= Usb.HEADER_SIZE) {
    counters[DropReason.USB_SHORT_LENGTH]++;
    return -1;
  }
  if (size > left) {
    counters[DropReason.USB_PAST_END]++;
    return -1;
  }
  return at + size;
}
