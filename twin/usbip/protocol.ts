/** Protocol version 1.1.1 as it stands in headers. Linux Documentation/usb/usbip_protocol.rst. */
export const VERSION = 0x0111;

/** Default TCP port. */
export const DEFAULT_PORT = 3240;

/** Operation codes before a device is imported. */
export const OP = {
  REQ_IMPORT: 0x8003,
  REP_IMPORT: 0x0003,
  REQ_DEVLIST: 0x8005,
  REP_DEVLIST: 0x0005,
} as const;

/** Status of an operation's reply. */
export const STATUS = { OK: 0, BUSY: 2, ERROR: 3, NO_DEVICE: 4 } as const;

/** Commands after the import. */
export const CMD = { SUBMIT: 1, UNLINK: 2, RET_SUBMIT: 3, RET_UNLINK: 4 } as const;

/** Transfer flags that mean something here. Linux include/uapi: struct usbip_header_cmd_submit. */
export const FLAG = { SHORT_NOT_OK: 0x01, ZERO_PACKET: 0x40 } as const;

/** Error numbers of Linux that a status carries, negated. */
export const ERRNO = {
  NODEV: 19,
  INVAL: 22,
  PIPE: 32,
  PROTO: 71,
  OVERFLOW: 75,
  CONNRESET: 104,
  SHUTDOWN: 108,
  TIMEDOUT: 110,
  REMOTEIO: 121,
} as const;

/** Length of a command's header. */
export const HEADER_BYTES = 48;

/** Largest transfer that is taken, as large as Linux lets user space ask for. */
export const MOST_BYTES = 16 * 1024 * 1024;

/** Input that no USB/IP peer sends; the connection it came on is closed. */
export class UsbipError extends Error {
  /** Name of the class. */
  override name = "UsbipError";
}

/** What an exported device shows in lists and import replies. */
export interface DeviceEntry {
  /** As Linux would name it; NUL-padded to 256 bytes. */
  readonly path: string;
  /** As in `1-1`; NUL-padded to 32 bytes. */
  readonly busId: string;
  /** Number of its bus. */
  readonly busNumber: number;
  /** Number of the device on the bus. */
  readonly deviceNumber: number;
  /** Linux's enum usb_device_speed: 2 full, 3 high. */
  readonly speed: number;
  /** idVendor. */
  readonly vendor: number;
  /** idProduct. */
  readonly product: number;
  /** bcdDevice. */
  readonly bcdDevice: number;
  /** bDeviceClass. */
  readonly deviceClass: number;
  /** bDeviceSubClass. */
  readonly deviceSubClass: number;
  /** bDeviceProtocol. */
  readonly deviceProtocol: number;
  /** bConfigurationValue of the present configuration, 0 without. */
  readonly configurationValue: number;
  /** bNumConfigurations. */
  readonly configurations: number;
  /** Class, subclass and protocol of each interface. */
  readonly interfaces: readonly (readonly [number, number, number])[];
}

/** A CMD_SUBMIT. */
export interface Submit {
  /** Which command. */
  readonly command: typeof CMD.SUBMIT;
  /** Sequence number. */
  readonly sequence: number;
  /** Bus number in bits 31:16, device number in 15:0. */
  readonly deviceId: number;
  /** Whether data go to the client. */
  readonly input: boolean;
  /** Endpoint number, 0..15. */
  readonly endpoint: number;
  /** Transfer flags of Linux, see {@link FLAG}. */
  readonly flags: number;
  /** Bytes that follow (OUT) or that are wanted (IN). */
  readonly length: number;
  /** Isochronous packets; 0 or 0xffffffff otherwise. */
  readonly packets: number;
  /** SETUP packet, u8[8]. */
  readonly setup: Uint8Array;
}

/** A CMD_UNLINK. */
export interface Unlink {
  /** Which command. */
  readonly command: typeof CMD.UNLINK;
  /** Sequence number. */
  readonly sequence: number;
  /** Bus number in bits 31:16, device number in 15:0. */
  readonly deviceId: number;
  /** Sequence number of the submit to take back. */
  readonly victim: number;
}

function text(bytes: Uint8Array, offset: number, value: string): void {
  bytes.set(new TextEncoder().encode(value), offset);
}

/** Encodes struct usbip_usb_device, u8[312], big-endian. */
export function encodeDevice(device: DeviceEntry): Uint8Array {
  const bytes = new Uint8Array(312);
  const view = new DataView(bytes.buffer);
  text(bytes, 0, device.path);
  text(bytes, 256, device.busId);
  view.setUint32(288, device.busNumber);
  view.setUint32(292, device.deviceNumber);
  view.setUint32(296, device.speed);
  view.setUint16(300, device.vendor);
  view.setUint16(302, device.product);
  view.setUint16(304, device.bcdDevice);
  bytes.set([
    device.deviceClass,
    device.deviceSubClass,
    device.deviceProtocol,
    device.configurationValue,
    device.configurations,
    device.interfaces.length,
  ], 306);
  return bytes;
}

function join(...parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function operation(code: number, status: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, VERSION);
  view.setUint16(2, code);
  view.setUint32(4, status);
  return bytes;
}

/** Encodes OP_REP_DEVLIST. */
export function encodeList(devices: readonly DeviceEntry[]): Uint8Array {
  const count = new Uint8Array(4);
  new DataView(count.buffer).setUint32(0, devices.length);
  const entries = devices.map((device) =>
    join(
      encodeDevice(device),
      ...device.interfaces.map((triple) => Uint8Array.of(...triple, 0)),
    )
  );
  return join(operation(OP.REP_DEVLIST, STATUS.OK), count, ...entries);
}

/** Encodes OP_REP_IMPORT; without a device it is a refusal. */
export function encodeImport(status: number, device?: DeviceEntry): Uint8Array {
  const head = operation(OP.REP_IMPORT, status);
  return device ? join(head, encodeDevice(device)) : head;
}

/** Decodes an operation's header, u8[8]. @throws {UsbipError} On another version. */
export function decodeOperation(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint16(0);
  if (version !== VERSION) {
    throw new UsbipError(`Cannot talk USB/IP version 0x${version.toString(16)}: this is 0x0111`);
  }
  return view.getUint16(2);
}

/** Decodes a command's header, u8[48]. @throws {UsbipError} If a field is out of its range. */
export function decodeCommand(bytes: Uint8Array): Submit | Unlink {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const command = view.getUint32(0);
  const sequence = view.getUint32(4);
  const deviceId = view.getUint32(8);
  if (command === CMD.UNLINK) return { command, sequence, deviceId, victim: view.getUint32(20) };
  if (command !== CMD.SUBMIT) {
    throw new UsbipError(`Cannot serve command 0x${command.toString(16)}: unknown`);
  }
  const direction = view.getUint32(12);
  const endpoint = view.getUint32(16);
  const length = view.getUint32(24);
  if (direction > 1) throw new UsbipError(`Cannot serve direction ${direction}: not 0 or 1`);
  if (endpoint > 15) throw new UsbipError(`Cannot serve endpoint ${endpoint}: over 15`);
  if (length > MOST_BYTES) throw new UsbipError(`Cannot move ${length} bytes: over ${MOST_BYTES}`);
  return {
    command,
    sequence,
    deviceId,
    input: direction === 1,
    endpoint,
    flags: view.getUint32(20),
    length,
    packets: view.getUint32(32),
    setup: bytes.slice(40, 48),
  };
}

function reply(command: number, sequence: number, status: number): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES));
  view.setUint32(0, command);
  view.setUint32(4, sequence);
  view.setInt32(20, status);
  return view;
}

/** Encodes RET_SUBMIT. @param data What an IN transfer brought. */
export function encodeReturn(
  sequence: number,
  status: number,
  actualBytes: number,
  data: Uint8Array,
): Uint8Array {
  const view = reply(CMD.RET_SUBMIT, sequence, status);
  view.setInt32(24, actualBytes);
  return join(new Uint8Array(view.buffer), data);
}

/** Encodes RET_UNLINK. */
export function encodeUnlinked(sequence: number, status: number): Uint8Array {
  return new Uint8Array(reply(CMD.RET_UNLINK, sequence, status).buffer);
}
