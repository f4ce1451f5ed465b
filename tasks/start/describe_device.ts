import type { Enumerated } from "../../twin/usb/enumerate.ts";
import type { UsbHost } from "../../twin/usb/host.ts";

const CLASSES: Readonly<Record<number, string>> = { 0x02: "CDC", 0x0a: "CDC data", 0x14: "MCTP" };
const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");

/** Tells a device's descriptors in short, a line for each interface. */
export function describeDevice(usb: UsbHost, { descriptor, configurations, set }: Enumerated) {
  const { vendor, product, manufacturerIndex, productIndex, serialIndex } = descriptor;
  const strings = [manufacturerIndex, productIndex, serialIndex].map((index) => usb.string(index));
  const lines = [
    `${hex(vendor, 4)}:${hex(product, 4)} ${strings[0]} ${strings[1]}, serial ${
      strings[2]
    }, ${set.speed} speed`,
  ];
  for (const one of configurations[0].interfaces) {
    const triple = [one.interfaceClass, one.interfaceSubClass, one.interfaceProtocol]
      .map((value) => hex(value, 2)).join("/");
    const endpoints = one.endpoints.map(({ address, type, maxPacket }) =>
      `${address & 0x80 ? "IN" : "OUT"} ${address & 15} ${type} ${maxPacket}`
    );
    const name = CLASSES[one.interfaceClass] ?? "other";
    lines.push(`  interface ${one.number}: ${triple} ${name}: ${endpoints.join(", ")}`);
  }
  return lines;
}
