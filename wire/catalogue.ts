/**
 * Every layout there is.
 *
 * @module
 */
import * as control from "./control.ts";
import type { Layout } from "./layout.ts";
import { MCTP_PACKET } from "./mctp_packet.ts";
import * as nvmeAdmin from "./nvme_admin.ts";
import * as nvmeIdentify from "./nvme_identify.ts";
import * as nvmeLogs from "./nvme_logs.ts";
import * as pldm from "./pldm.ts";
import { SPANNING_USB_PACKET, USB_PACKET } from "./usb_packet.ts";
import * as vendor from "./vendor.ts";

/** All layouts; find one by its title. */
export const LAYOUTS: readonly Layout[] = [
  USB_PACKET,
  SPANNING_USB_PACKET,
  MCTP_PACKET,
  ...Object.values<Layout>(control),
  ...Object.values<Layout>(pldm),
  ...Object.values<Layout>(vendor),
  ...Object.values<Layout>(nvmeAdmin),
  ...Object.values<Layout>(nvmeIdentify),
  ...Object.values<Layout>(nvmeLogs),
];
