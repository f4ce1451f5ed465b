import {
  type AssociationDescriptor,
  type ConfigurationDescriptor,
  type DeviceDescriptor,
  type EndpointDescriptor,
  type InterfaceDescriptor,
  parseConfiguration,
  parseDevice,
  splitDescriptors,
} from "./descriptors.ts";
import type { UsbSpeed } from "./port.ts";

/** All descriptors of a device as read from it; undefined for those that it refused. */
export interface DescriptorSet {
  /** Speed at which they were read. */
  readonly speed: UsbSpeed;
  /** Device descriptor, u8[18]. */
  readonly device: Uint8Array;
  /** First configuration with all that belongs to it. */
  readonly configuration: Uint8Array;
  /** Device qualifier. */
  readonly qualifier?: Uint8Array;
  /** Other-speed configuration with all that belongs to it. */
  readonly otherSpeed?: Uint8Array;
  /** BOS with its capabilities. */
  readonly bos?: Uint8Array;
  /** String descriptors by index; index 0 holds the language ids. */
  readonly strings?: ReadonlyMap<number, Uint8Array>;
}

/** A breach of a rule. */
export interface Violation {
  /** What breaks it, as in `endpoint 0x81`. */
  readonly where: string;
  /** The rule, with its clause. */
  readonly rule: string;
}

type Report = (where: string, rule: string, good: boolean) => void;

/**
 * Checks descriptors against chapter 9 of USB 2.0, its ECN on interface associations, and USB 3.2
 * 9.6.2 for the BOS.
 *
 * @returns The violations in the order of the descriptors; empty if there are none.
 * @throws {DescriptorError} If a descriptor cannot be read at all.
 */
export function checkDescriptors(set: DescriptorSet): Violation[] {
  const found: Violation[] = [];
  const check: Report = (where, rule, good) => {
    if (!good) found.push({ where, rule });
  };
  const device = parseDevice(set.device);
  const configuration = parseConfiguration(set.configuration);
  checkDevice(device, set, check);
  checkConfiguration("configuration", configuration, set.configuration, set.speed, check);
  checkAssociations(device, configuration, check);
  if (set.otherSpeed) {
    const other = set.speed === "high" ? "full" : "high";
    const parsed = parseConfiguration(set.otherSpeed, 7);
    checkConfiguration("other-speed configuration", parsed, set.otherSpeed, other, check);
  }
  checkQualifier(device, set, check);
  checkBos(device, set, check);
  checkStrings(device, configuration, set, check);
  return found;
}

function checkDevice(
  device: DeviceDescriptor,
  { device: bytes, speed }: DescriptorSet,
  check: Report,
) {
  const where = "device";
  check(where, "bLength is 18 (9.6.1)", bytes[0] === 18);
  check(where, "bcdUSB is 0x0200 or more (9.6.1)", device.bcdUSB >= 0x0200);
  const sizes = speed === "high" ? [64] : [8, 16, 32, 64];
  check(where, `bMaxPacketSize0 is one of ${sizes} (5.5.3)`, sizes.includes(device.maxPacket0));
  check(where, "there is a configuration (9.6.1)", device.configurations > 0);
  check(
    where,
    "a class of 0 has subclass 0 (9.6.1)",
    device.deviceClass !== 0 || device.deviceSubClass === 0,
  );
}

function checkConfiguration(
  where: string,
  parsed: ConfigurationDescriptor,
  bytes: Uint8Array,
  speed: UsbSpeed,
  check: Report,
) {
  check(where, "wTotalLength is the length of all (9.6.3)", parsed.totalLength === bytes.length);
  check(where, "bConfigurationValue is not 0 (9.6.3)", parsed.value !== 0);
  check(
    where,
    "bit 7 of bmAttributes is 1, bits 4:0 are 0 (9.6.3)",
    (parsed.attributes & 0x9f) === 0x80,
  );
  check(where, "bMaxPower is 500 mA or less (7.2.1)", parsed.maxPower <= 250);
  const numbers = new Set(parsed.interfaces.map(({ number }) => number));
  check(
    where,
    "bNumInterfaces is the number of interfaces (9.6.3)",
    parsed.interfaceCount === numbers.size,
  );
  check(
    where,
    "interfaces are numbered from 0 without a gap (9.6.5)",
    [...numbers].every((number) => number < numbers.size),
  );
  const used = new Map<number, number>();
  for (const face of parsed.interfaces) {
    const name = `${where}, interface ${face.number}.${face.alternate}`;
    checkInterface(name, face, parsed.interfaces, check);
    for (const endpoint of face.endpoints) {
      const place = `${where}, endpoint 0x${endpoint.address.toString(16).padStart(2, "0")}`;
      checkEndpoint(place, endpoint, speed, check);
      const owner = used.get(endpoint.address);
      check(place, "one interface has it (9.6.5)", owner === undefined || owner === face.number);
      used.set(endpoint.address, face.number);
    }
  }
}

function checkInterface(
  where: string,
  face: InterfaceDescriptor,
  all: readonly InterfaceDescriptor[],
  check: Report,
) {
  check(
    where,
    "bNumEndpoints is the number of endpoints (9.6.5)",
    face.endpointCount === face.endpoints.length,
  );
  const same = all.filter((o) => o.number === face.number && o.alternate === face.alternate);
  check(where, "it stands once (9.6.5)", same.length === 1);
  const first = all.find(({ number }) => number === face.number);
  check(where, "alternate 0 comes first (9.6.5)", first?.alternate === 0);
}

function checkEndpoint(
  where: string,
  endpoint: EndpointDescriptor,
  speed: UsbSpeed,
  check: Report,
) {
  const { address, type, maxPacket, maxPacketField, interval } = endpoint;
  const high = speed === "high";
  check(where, "bits 6:4 of bEndpointAddress are 0 (9.6.6)", (address & 0x70) === 0);
  check(where, "its number is not 0 (9.6.6)", (address & 15) !== 0);
  check(where, "bits 15:13 of wMaxPacketSize are 0 (9.6.6)", (maxPacketField & 0xe000) === 0);
  if (type === "bulk") {
    const sizes = high ? [512] : [8, 16, 32, 64];
    check(
      where,
      `a bulk packet has ${sizes.join(" or ")} bytes (5.8.3)`,
      sizes.includes(maxPacketField),
    );
  }
  if (type === "interrupt") {
    check(
      where,
      "an interrupt packet has at most 64, at high speed 1024 bytes (5.7.3)",
      maxPacket <= (high ? 1024 : 64),
    );
    check(
      where,
      high ? "bInterval is 1..16 (9.6.6)" : "bInterval is 1..255 (9.6.6)",
      interval >= 1 && interval <= (high ? 16 : 255),
    );
  }
  if (type === "isochronous") {
    check(where, "bInterval is 1..16 (9.6.6)", interval >= 1 && interval <= 16);
  }
}

function checkAssociations(
  device: DeviceDescriptor,
  { associations, interfaces }: ConfigurationDescriptor,
  check: Report,
) {
  const triple = [device.deviceClass, device.deviceSubClass, device.deviceProtocol].join();
  if (associations.length > 0) {
    check("device", "with associations the class is EF/02/01 (IAD ECN)", triple === "239,2,1");
  }
  const owner = new Map<number, AssociationDescriptor>();
  for (const association of associations) {
    const { firstInterface, interfaceCount } = association;
    const where = `association of interface ${firstInterface}`;
    check(where, "bInterfaceCount is not 0 (IAD ECN)", interfaceCount > 0);
    check(where, "bFunctionClass is not 0 (IAD ECN)", association.functionClass !== 0);
    for (let number = firstInterface; number < firstInterface + interfaceCount; number++) {
      check(
        where,
        `interface ${number} exists (IAD ECN)`,
        interfaces.some((i) => i.number === number),
      );
      check(where, `interface ${number} is in no other association (IAD ECN)`, !owner.has(number));
      owner.set(number, association);
    }
  }
}

function checkQualifier(device: DeviceDescriptor, set: DescriptorSet, check: Report) {
  const { qualifier, otherSpeed, speed } = set;
  const where = "device qualifier";
  if (!qualifier) {
    check(where, "a high-speed device answers it (9.6.2)", speed !== "high");
    check(where, "it comes with an other-speed configuration (9.6.4)", !otherSpeed);
    return;
  }
  check(
    where,
    "bLength is 10, bDescriptorType 6 (9.6.2)",
    qualifier[0] === 10 && qualifier[1] === 6 && qualifier.length === 10,
  );
  check(where, "bcdUSB is 0x0200 or more (9.6.2)", (qualifier[2] | qualifier[3] << 8) >= 0x0200);
  check(where, "bReserved is 0 (9.6.2)", qualifier[9] === 0);
  check(
    where,
    "bMaxPacketSize0 is 8, 16, 32 or 64 (9.6.2)",
    [8, 16, 32, 64].includes(qualifier[7]),
  );
  check(where, "the other-speed configuration is answered too (9.6.4)", otherSpeed !== undefined);
  check(
    "device",
    "with a qualifier there is a configuration of each speed (9.6.2)",
    qualifier[8] > 0 || device.configurations > 0,
  );
}

function checkBos(device: DeviceDescriptor, { bos }: DescriptorSet, check: Report) {
  const where = "BOS";
  if (!bos) {
    return check(
      where,
      "a device of 0x0201 or more answers it (USB 3.2, 9.6.2)",
      device.bcdUSB < 0x0201,
    );
  }
  check(where, "bLength is 5, bDescriptorType 15 (USB 3.2, 9.6.2)", bos[0] === 5 && bos[1] === 15);
  check(
    where,
    "wTotalLength is the length of all (USB 3.2, 9.6.2)",
    (bos[2] | bos[3] << 8) === bos.length,
  );
  const capabilities = splitDescriptors(bos).slice(1);
  check(
    where,
    "bNumDeviceCaps is the number of capabilities (USB 3.2, 9.6.2)",
    bos[4] === capabilities.length,
  );
  for (const capability of capabilities) {
    check(
      where,
      "each is a device capability (USB 3.2, 9.6.2)",
      capability[1] === 16 && capability.length >= 3,
    );
  }
}

function checkStrings(
  device: DeviceDescriptor,
  { stringIndex, interfaces, associations }: ConfigurationDescriptor,
  { strings }: DescriptorSet,
  check: Report,
) {
  if (!strings) return;
  const indexes = new Set([
    device.manufacturerIndex,
    device.productIndex,
    device.serialIndex,
    stringIndex,
    ...interfaces.map((face) => face.stringIndex),
    ...associations.map((association) => association.stringIndex),
  ]);
  indexes.delete(0);
  if (indexes.size > 0) indexes.add(0);
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const bytes = strings.get(index);
    const where = `string ${index}`;
    check(where, "it is answered (9.6.7)", bytes !== undefined);
    if (!bytes) continue;
    check(
      where,
      "bLength is its length, bDescriptorType 3 (9.6.7)",
      bytes[0] === bytes.length && bytes[1] === 3,
    );
    check(
      where,
      "it has whole UTF-16 units and at least one (9.6.7)",
      bytes.length >= 4 && bytes.length % 2 === 0,
    );
  }
}
