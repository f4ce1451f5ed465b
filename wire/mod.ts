/**
 * Message layouts as tables, with their clauses, and what reads, writes and prints them.
 *
 * @module
 */
export * from "./codec.ts";
export * from "./control.ts";
export * from "./layout.ts";
export * from "./mctp_packet.ts";
export * from "./usb_packet.ts";
export * from "./vendor.ts";
export * from "./control_numbers.ts";
export * from "./mctp_numbers.ts";
export * from "./usb_numbers.ts";
export * from "./vendor_numbers.ts";
