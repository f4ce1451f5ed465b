import { DescriptorError } from "./errors.ts";

/** Device descriptor. USB 2.0, 9.6.1. */
export interface DeviceDescriptor {
  /** bcdUSB. */
  readonly bcdUSB: number;
  /** bDeviceClass. */
  readonly deviceClass: number;
  /** bDeviceSubClass. */
  readonly deviceSubClass: number;
  /** bDeviceProtocol. */
  readonly deviceProtocol: number;
  /** bMaxPacketSize0. */
  readonly maxPacket0: number;
  /** idVendor. */
  readonly vendor: number;
  /** idProduct. */
  readonly product: number;
  /** bcdDevice. */
  readonly bcdDevice: number;
  /** iManufacturer. */
  readonly manufacturerIndex: number;
  /** iProduct. */
  readonly productIndex: number;
  /** iSerialNumber. */
  readonly serialIndex: number;
  /** bNumConfigurations. */
  readonly configurations: number;
}

/** Endpoint descriptor. USB 2.0, 9.6.6. */
export interface EndpointDescriptor {
  /** bEndpointAddress, with direction bit. */
  readonly address: number;
  /** Transfer type of bmAttributes. */
  readonly type: "control" | "isochronous" | "bulk" | "interrupt";
  /** Bytes: bits 10:0 of wMaxPacketSize. */
  readonly maxPacket: number;
  /** wMaxPacketSize as it stands. */
  readonly maxPacketField: number;
  /** bInterval. */
  readonly interval: number;
}

/** Interface descriptor with what belongs to it. USB 2.0, 9.6.5. */
export interface InterfaceDescriptor {
  /** bInterfaceNumber. */
  readonly number: number;
  /** bAlternateSetting. */
  readonly alternate: number;
  /** bNumEndpoints, as claimed. */
  readonly endpointCount: number;
  /** bInterfaceClass. */
  readonly interfaceClass: number;
  /** bInterfaceSubClass. */
  readonly interfaceSubClass: number;
  /** bInterfaceProtocol. */
  readonly interfaceProtocol: number;
  /** Index of its string, 0 without. */
  readonly stringIndex: number;
  /** Its endpoints, in order. */
  readonly endpoints: EndpointDescriptor[];
  /** Class-specific descriptors in order, headers included. */
  readonly extra: Uint8Array[];
}

/** Interface association descriptor. USB ECN of 2003. */
export interface AssociationDescriptor {
  /** bFirstInterface. */
  readonly firstInterface: number;
  /** Number of interfaces, as claimed. */
  readonly interfaceCount: number;
  /** bFunctionClass. */
  readonly functionClass: number;
  /** bFunctionSubClass. */
  readonly functionSubClass: number;
  /** bFunctionProtocol. */
  readonly functionProtocol: number;
  /** Index of its string, 0 without. */
  readonly stringIndex: number;
}

/** Configuration descriptor with what belongs to it. USB 2.0, 9.6.3. */
export interface ConfigurationDescriptor {
  /** wTotalLength. */
  readonly totalLength: number;
  /** Number of interfaces, as claimed. */
  readonly interfaceCount: number;
  /** bConfigurationValue. */
  readonly value: number;
  /** Index of its string, 0 without. */
  readonly stringIndex: number;
  /** bmAttributes. */
  readonly attributes: number;
  /** bMaxPower in units of 2 mA. */
  readonly maxPower: number;
  /** Interfaces with all their alternates, in order. */
  readonly interfaces: InterfaceDescriptor[];
  /** Interface associations, in order. */
  readonly associations: AssociationDescriptor[];
}

const TYPES = ["control", "isochronous", "bulk", "interrupt"] as const;

/** Splits a run of descriptors. Shape: each starts with bLength and bDescriptorType. */
export function splitDescriptors(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += bytes[at]) {
    const length = bytes[at];
    if (length < 2 || at + length > bytes.length) {
      throw new DescriptorError(
        `Cannot read the descriptor at offset ${at}: its bLength is ${length}, ${
          bytes.length - at
        } bytes are left`,
      );
    }
    parts.push(bytes.subarray(at, at + length));
  }
  return parts;
}

function view(bytes: Uint8Array, type: number, least: number, what: string): DataView {
  if (bytes.length < least || bytes[1] !== type) {
    throw new DescriptorError(
      `Cannot read the ${what} descriptor: ${bytes.length} bytes of type ${bytes[1]}`,
    );
  }
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads a device descriptor, u8[18]. */
export function parseDevice(bytes: Uint8Array): DeviceDescriptor {
  const data = view(bytes, 1, 18, "device");
  return {
    bcdUSB: data.getUint16(2, true),
    deviceClass: bytes[4],
    deviceSubClass: bytes[5],
    deviceProtocol: bytes[6],
    maxPacket0: bytes[7],
    vendor: data.getUint16(8, true),
    product: data.getUint16(10, true),
    bcdDevice: data.getUint16(12, true),
    manufacturerIndex: bytes[14],
    productIndex: bytes[15],
    serialIndex: bytes[16],
    configurations: bytes[17],
  };
}

/** Reads a configuration with its interfaces; also an other-speed one (`type` 7). */
export function parseConfiguration(bytes: Uint8Array, type: 2 | 7 = 2): ConfigurationDescriptor {
  const data = view(bytes, type, 9, "configuration");
  const interfaces: InterfaceDescriptor[] = [];
  const associations: AssociationDescriptor[] = [];
  for (const part of splitDescriptors(bytes).slice(1)) {
    const last = interfaces.at(-1);
    if (part[1] === 4) interfaces.push(parseInterface(part));
    else if (part[1] === 5 && last) last.endpoints.push(parseEndpoint(part));
    else if (part[1] === 11) associations.push(parseAssociation(part));
    else last?.extra.push(part);
  }
  return {
    totalLength: data.getUint16(2, true),
    interfaceCount: bytes[4],
    value: bytes[5],
    stringIndex: bytes[6],
    attributes: bytes[7],
    maxPower: bytes[8],
    interfaces,
    associations,
  };
}

function parseInterface(bytes: Uint8Array): InterfaceDescriptor {
  view(bytes, 4, 9, "interface");
  return {
    number: bytes[2],
    alternate: bytes[3],
    endpointCount: bytes[4],
    interfaceClass: bytes[5],
    interfaceSubClass: bytes[6],
    interfaceProtocol: bytes[7],
    stringIndex: bytes[8],
    endpoints: [],
    extra: [],
  };
}

function parseEndpoint(bytes: Uint8Array): EndpointDescriptor {
  const field = view(bytes, 5, 7, "endpoint").getUint16(4, true);
  return {
    address: bytes[2],
    type: TYPES[bytes[3] & 3],
    maxPacket: field & 0x7ff,
    maxPacketField: field,
    interval: bytes[6],
  };
}

function parseAssociation(bytes: Uint8Array): AssociationDescriptor {
  view(bytes, 11, 8, "interface association");
  return {
    firstInterface: bytes[2],
    interfaceCount: bytes[3],
    functionClass: bytes[4],
    functionSubClass: bytes[5],
    functionProtocol: bytes[6],
    stringIndex: bytes[7],
  };
}

/** Reads a string descriptor's text (UTF-16LE). */
export function parseString(bytes: Uint8Array): string {
  view(bytes, 3, 2, "string");
  return new TextDecoder("utf-16le").decode(bytes.subarray(2, bytes[0]));
}
