import { join } from "node:path";

/** One device on USB, as the kernel's files tell of it. */
export interface UsbDevice {
  /** Its name in sysfs, as in `1-4.2`. */
  readonly name: string;
  /** Vendor id. */
  readonly vendorId: number;
  /** Product id. */
  readonly productId: number;
  /** Serial number string, as the device gives it. */
  readonly serial?: string;
  /** Product string. */
  readonly product?: string;
  /** Device release, as `bcdDevice` gives it. */
  readonly release?: string;
  /** Its node in the folder of devices. */
  readonly node: string;
  /** Whether this process may read and write the node. */
  readonly accessible: boolean;
}

/** Where to look; tests give a folder of their own for the root of the file system. */
export interface UsbRoot {
  /** The root; `/` by default. */
  readonly root?: string;
}

/** Lists the devices on USB, sorted by name; none where there is no USB. */
export function listUsbDevices({ root = "/" }: UsbRoot = {}): UsbDevice[] {
  const folder = join(root, "sys/bus/usb/devices");
  const found: UsbDevice[] = [];
  for (const name of folderNames(folder)) {
    // Hubs' ports and devices are named by digits, dots and dashes; interfaces have a colon.
    if (!/^\d+-[\d.]+$/.test(name)) continue;
    const read = (file: string) => readLine(join(folder, name, file));
    const [vendorId, productId] = [read("idVendor"), read("idProduct")].map((text) =>
      /^[0-9a-f]{4}$/i.test(text ?? "") ? parseInt(text!, 16) : NaN
    );
    const [bus, device] = [Number(read("busnum")), Number(read("devnum"))];
    if ([vendorId, productId, bus, device].some(Number.isNaN)) continue;
    const three = (value: number) => String(value).padStart(3, "0");
    const node = join(root, "dev/bus/usb", three(bus), three(device));
    found.push({
      name,
      vendorId,
      productId,
      serial: read("serial"),
      product: read("product"),
      release: read("bcdDevice"),
      node,
      accessible: canOpen(node),
    });
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Names in a folder; none if there is no such folder. */
export function folderNames(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}

/** Reads a file of one line; `undefined` if it is not there or empty. */
export function readLine(path: string): string | undefined {
  try {
    const text = Deno.readTextFileSync(path).replace(/\n$/, "");
    return text === "" ? undefined : text;
  } catch {
    // A device may go while it is looked at, and some files cannot be read by all.
    return undefined;
  }
}

function canOpen(path: string): boolean {
  try {
    Deno.openSync(path, { read: true, write: true }).close();
    return true;
  } catch {
    return false;
  }
}
