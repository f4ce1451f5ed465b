import { join } from "node:path";
import { folderNames, listUsbDevices, type UsbDevice, type UsbRoot } from "./usb_devices.ts";

/** What a host sees of one USB device: its network interfaces for MCTP and its serial ports. */
export interface HostView {
  /** MCTP interfaces, as in `mctpusb0`. */
  readonly mctp: readonly string[];
  /** Serial ports, by id where udev names them so. */
  readonly ttys: readonly string[];
}

/** A device on USB that speaks MCTP. */
export interface MctpDevice extends HostView {
  /** Its serial number; the first 12 hex digits of its UUID, if it runs this firmware. */
  readonly serial?: string;
  /** What it calls itself. */
  readonly product?: string;
  /** `VID:PID` in hexadecimal. */
  readonly id: string;
}

/** USB class of an interface for MCTP (USB-IF defined class codes, 14h). */
const MCTP_CLASS = "14";

/** Tells what this host sees of a device. */
export function hostView(device: UsbDevice, { root = "/" }: UsbRoot = {}): HostView {
  const folder = join(root, "sys/bus/usb/devices");
  const mctp: string[] = [];
  const ttys: string[] = [];
  for (const name of interfaces(folder, device)) {
    mctp.push(...folderNames(join(folder, name, "net")).filter((one) => one.startsWith("mctp")));
    for (const tty of folderNames(join(folder, name, "tty"))) ttys.push(byId(tty, root));
  }
  return { mctp, ttys };
}

/** Lists the devices on this host's USB that have an MCTP interface. */
export function listMctpDevices(options: UsbRoot = {}): MctpDevice[] {
  const { root = "/" } = options;
  const folder = join(root, "sys/bus/usb/devices");
  return listUsbDevices(options)
    .filter((device) =>
      interfaces(folder, device).some((name) => {
        const path = join(folder, name, "bInterfaceClass");
        try {
          return Deno.readTextFileSync(path).trim() === MCTP_CLASS;
        } catch {
          return false;
        }
      })
    )
    .map((device) => ({
      ...hostView(device, options),
      serial: device.serial,
      product: device.product,
      id: [device.vendorId, device.productId].map((id) => id.toString(16).padStart(4, "0"))
        .join(":"),
    }));
}

/** The interfaces of a device: names beside it, or, in a folder of links, below it. */
function interfaces(folder: string, { name }: UsbDevice): string[] {
  return folderNames(folder).filter((one) => one.startsWith(`${name}:`));
}

/** Gives the path by id of a serial port, or its plain path where there is none. */
function byId(tty: string, root: string): string {
  const folder = join(root, "dev/serial/by-id");
  for (const name of folderNames(folder)) {
    try {
      const target = Deno.readLinkSync(join(folder, name));
      if (target.split("/").at(-1) === tty) return `/dev/serial/by-id/${name}`;
    } catch {
      // It has just gone, or is no link.
    }
  }
  return `/dev/${tty}`;
}
