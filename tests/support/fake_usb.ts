import { join } from "node:path";

/** One made-up device. */
export interface FakeDevice {
  /** Name in sysfs, as in `1-4.2`. */
  readonly name: string;
  /** `VID:PID` in hexadecimal. */
  readonly id: string;
  /** Serial number string; none if left out. */
  readonly serial?: string;
  /** Whether its node is there to be opened. */
  readonly accessible?: boolean;
  /** Other files, by path below the device's folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A root folder whose `sys/bus/usb` and `dev/bus/usb` tell of made-up devices; gone when disposed of. */
export class FakeUsb implements Disposable {
  /** The root. */
  readonly root: string = Deno.makeTempDirSync({ prefix: "usbnvme-fake-usb-" });
  #devices = 0;

  /** Plugs a device in. */
  add({ name, id, serial, accessible = true, files = {} }: FakeDevice): void {
    const number = ++this.#devices;
    const [vendor, product] = id.split(":");
    const bus = Number(name.split("-")[0]);
    const all: Record<string, string> = {
      idVendor: vendor,
      idProduct: product,
      busnum: String(bus),
      devnum: String(number),
      bcdDevice: "0100",
      version: " 2.00",
      bDeviceClass: "ef",
      bDeviceSubClass: "02",
      bDeviceProtocol: "01",
      bConfigurationValue: "1",
      ...serial === undefined ? {} : { serial },
      ...files,
    };
    for (const [path, text] of Object.entries(all)) {
      this.write(`sys/bus/usb/devices/${name}/${path}`, `${text}\n`);
    }
    const three = (value: number) => String(value).padStart(3, "0");
    const node = `dev/bus/usb/${three(bus)}/${three(number)}`;
    if (accessible) this.write(node, "");
  }

  /** Writes a file below the root. */
  write(path: string, text: string): void {
    const whole = join(this.root, path);
    Deno.mkdirSync(join(whole, ".."), { recursive: true });
    Deno.writeTextFileSync(whole, text);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}
