/**
 * The public part of wire: layouts as a list, what decodes, encodes and prints by them, and the numbers.
 *
 * @module
 */
export * from "./catalogue.ts";
export * from "./codec.ts";
export * from "./control_numbers.ts";
export * from "./layout.ts";
export * from "./mctp_numbers.ts";
export * from "./pldm_numbers.ts";
export * from "./usb_numbers.ts";
export * from "./vendor_numbers.ts";
