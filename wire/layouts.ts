/**
 * All tables, and what works on them, for hosts and tests.
 *
 * @module
 */
export * from "./control.ts";
export * from "./mctp_packet.ts";
export * from "./mod.ts";
export * from "./nvme_admin.ts";
export * from "./nvme_identify.ts";
export * from "./nvme_logs.ts";
export * from "./pldm.ts";
export * from "./usb_packet.ts";
export * from "./vendor.ts";
