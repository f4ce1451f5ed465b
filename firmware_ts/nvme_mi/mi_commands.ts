/**
 * The Management Interface Command Set.
 *
 * @see NVM Express Management Interface Specification 1.2, Management Interface Command Set
 * @module
 */
import { MiOpcode, MiStatus, Nmimt, NvmeMi } from "../../wire/nvme_mi_numbers.ts";
import { AdminOpcode } from "../../wire/nvme_numbers.ts";
import type { Admin } from "../nvme/admin.ts";
import { le16, put16 } from "../nvme/octets.ts";
import { Change, type Subsystem } from "../nvme/subsystem.ts";
import type { Port } from "../port.ts";
import type { AsyncEvents } from "./events.ts";
import type { Slots } from "./slots.ts";
import { makeVpd, VPD_SIZE } from "./vpd.ts";

/** Where the fields of a request stand in the message. */
const enum At {
  OPCODE = 4,
  NMD0 = 8,
  NMD1 = 12,
  DATA = 16,
}

/** Data Structure Type of Read NVMe-MI Data Structure. */
const enum DataType {
  SUBSYSTEM = 0,
  PORT = 1,
  CONTROLLERS = 2,
  CONTROLLER = 3,
  COMMANDS = 4,
  MEB_COMMANDS = 5,
}

/** Configuration Identifiers. */
const enum Configuration {
  SMBUS_FREQUENCY = 1,
  HEALTH_CHANGE = 2,
  MTU = 3,
  ASYNCHRONOUS_EVENT = 4,
}

/** Ports of the subsystem: PCIe is 0, two-wire is 1; the host's MCTP comes over neither, but USB. */
const PORTS = 2;
/** Largest MCTP transmission unit that can be set. */
const MAX_MTU = 247;
/** Admin commands that every Management Endpoint has, and so no list of optional ones. */
const MANDATORY: readonly number[] = [
  AdminOpcode.GET_LOG_PAGE,
  AdminOpcode.IDENTIFY,
  AdminOpcode.GET_FEATURES,
];
/** All bits of Controller Health Status Changed that are defined. */
const CHANGES = 0x3ff7;

/** The commands, and what they change beside the subsystem. */
export class MiCommands {
  /** Where an invalid parameter stands. */
  errorByte = 0;
  errorBit = 0;
  /** Composite Controller Status flags, set until they are cleared. */
  composite: number = Change.READY;
  /** SMBus/I2C frequency of port 1: 1 100 kHz, 2 400 kHz, 3 1 MHz. */
  frequency = 1;
  /** MCTP transmission unit of each port. */
  readonly mtu = [64, 64];
  /** Whether the drive works, a reset is not required, and port 0's link is active. */
  status = 0x38;
  private vpd: Uint8Array | undefined;

  constructor(
    readonly subsystem: Subsystem,
    readonly admin: Admin,
    readonly setMtu: (eid: number, payloadBytes: number) => void,
    readonly port: Port,
    readonly events: AsyncEvents,
    readonly slots: Slots,
  ) {}

  /** Takes notice of a change, for the composite flags. */
  changed(change: number): void {
    this.composite |= change & CHANGES;
  }

  /** Gives the answer "invalid parameter" for octet and bit of the message. */
  invalid(byte: number, bit = 0): number {
    this.errorByte = byte;
    this.errorBit = bit;
    return -MiStatus.INVALID_PARAMETER;
  }

  /** Gives the Vital Product Data, made on first use. */
  vpdImage(): Uint8Array {
    if (this.vpd === undefined) this.vpd = makeVpd(this.subsystem);
    return this.vpd;
  }

  /** Carries out one command; gives the reply's octets before its check, or an error's status, negative. */
  run(
    request: Uint8Array,
    length: number,
    reply: Uint8Array,
    source: number,
    nowMs: number,
  ): number {
    if (length < NvmeMi.MI_REQUEST_SIZE) return -MiStatus.INVALID_COMMAND_SIZE;
    reply[4] = MiStatus.SUCCESS;
    reply[5] = 0;
    reply[6] = 0;
    reply[7] = 0;
    const opcode = request[At.OPCODE];
    const takesData = opcode === MiOpcode.VPD_WRITE || opcode === MiOpcode.CONFIGURATION_SET;
    if (length > At.DATA && !takesData) return -MiStatus.INVALID_INPUT_SIZE;
    switch (opcode) {
      case MiOpcode.SUBSYSTEM_HEALTH:
        return subsystemHealth(this, request, reply, nowMs);
      case MiOpcode.CONTROLLER_HEALTH:
        return controllerHealth(this, request, reply, nowMs);
      case MiOpcode.READ_DATA_STRUCTURE:
        return readDataStructure(this, request, reply);
      case MiOpcode.CONFIGURATION_GET:
        return configurationGet(this, request, reply);
      case MiOpcode.CONFIGURATION_SET:
        return configurationSet(this, request, length, reply, source);
      case MiOpcode.VPD_READ:
      case MiOpcode.VPD_WRITE:
        return vitalProductData(this, request, length, reply);
      case MiOpcode.RESET:
        if (request[At.NMD0 + 3] !== 0) return this.invalid(At.NMD0 + 3);
        this.admin.reset(nowMs);
        this.slots.subsystemReset();
        return NvmeMi.RESPONSE_SIZE;
      case MiOpcode.SHUTDOWN: {
        const kind = request[At.NMD0 + 3];
        if (kind > 1) return this.invalid(At.NMD0 + 3);
        this.subsystem.shutdown(nowMs);
        return NvmeMi.RESPONSE_SIZE;
      }
      default:
        return -MiStatus.INVALID_OPCODE;
    }
  }
}

function subsystemHealth(
  mi: MiCommands,
  request: Uint8Array,
  reply: Uint8Array,
  nowMs: number,
): number {
  const { subsystem } = mi;
  subsystem.refresh(nowMs);
  const { celsius, used } = subsystem;
  reply[8] = mi.status;
  reply[9] = ~subsystem.warning & 0x3f; // Inverted: a bit of 0 warns.
  reply[10] = celsius > 126 ? 127 : celsius < -60 ? 0xc4 : celsius;
  reply[11] = used > 255 ? 255 : used; // 255 is for all above 254.
  reply[12] = mi.composite;
  reply[13] = mi.composite >> 8;
  reply[14] = 0;
  reply[15] = 0;
  if (request[At.NMD1 + 3] >= 0x80) mi.composite = 0; // Clear Status.
  return 16;
}

function controllerHealth(
  mi: MiCommands,
  request: Uint8Array,
  reply: Uint8Array,
  nowMs: number,
): number {
  const { subsystem } = mi;
  const { controllers } = subsystem;
  const start = le16(request, At.NMD0);
  const most = request[At.NMD0 + 2] + 1;
  const functions = request[At.NMD0 + 3];
  if (start >= controllers.length) return mi.invalid(At.NMD0);
  const all = functions >= 0x80;
  // All are PCI functions without SR-IOV, which INCF asks for; who asks for no kind at all means every one.
  const isIncluded = (functions & 1) !== 0 || (functions & 7) === 0;
  // Properties that select, in the order of NVMe-MI 1.2: CSTS, CTEMP, PDLU, SPARE, CWARN.
  const selected = request[At.NMD1];
  const clear = request[At.NMD1 + 3] >= 0x80;
  let count = 0;
  let at = 8;
  subsystem.refresh(nowMs);
  const { compositeKelvin: kelvin, used, spare, warning } = subsystem;
  for (let i = start; isIncluded && i < controllers.length && count < most; i++) {
    const one = controllers[i];
    let matches = all;
    if (!matches) {
      const by = (selected & 1 ? 0xff : 0) | (selected & 2 ? Change.TEMPERATURE : 0) |
        (selected & 4 ? Change.USED : 0) | (selected & 8 ? Change.SPARE : 0) |
        (selected & 16 ? Change.WARNING : 0);
      matches = (one.changed & by) !== 0;
    }
    if (!matches) continue;
    put16(reply, at, i);
    // NSSRO, CECO, NAC and FA stand for what has occurred since it was cleared, as the changes do.
    put16(reply, at + 2, (one.ready ? 1 : 0) | one.shutdown << 2 | one.changed & 0xf0);
    put16(reply, at + 4, kelvin);
    reply[at + 6] = used > 255 ? 255 : used;
    reply[at + 7] = spare;
    reply[at + 8] = warning;
    put16(reply, at + 9, one.changed);
    for (let octet = 11; octet < 16; octet++) reply[at + octet] = 0;
    if (clear) one.changed = 0;
    at += 16;
    count++;
  }
  reply[7] = count;
  return at;
}

function readDataStructure(mi: MiCommands, request: Uint8Array, reply: Uint8Array): number {
  const { subsystem, admin } = mi;
  const { controllers, description } = subsystem;
  const controller = le16(request, At.NMD0);
  const portId = request[At.NMD0 + 2];
  let size = 32;
  for (let i = 8; i < 8 + size; i++) reply[i] = 0;
  switch (request[At.NMD0 + 3]) {
    case DataType.SUBSYSTEM:
      reply[8] = PORTS - 1;
      reply[9] = 1; // NVMe-MI 1.2
      reply[10] = 2;
      break;
    case DataType.PORT:
      if (portId >= PORTS) return mi.invalid(At.NMD0 + 2);
      reply[9] = 2; // AEMS: it sends Asynchronous Event Messages.
      reply[10] = MAX_MTU; // MMTUS
      if (portId === 0) {
        reply[8] = 1;
        reply[17] = 0x3f; // 2.5 to 64 GT/s.
        reply[18] = 1;
        reply[19] = 2;
        reply[20] = 1;
      } else {
        reply[8] = 2;
        reply[18] = 0x1d;
        reply[19] = 3;
      }
      break;
    case DataType.CONTROLLERS: {
      let count = 0;
      for (let i = controller; i < controllers.length && count < 2047; i++) {
        put16(reply, 10 + 2 * count++, i);
      }
      put16(reply, 8, count);
      size = 2 + 2 * count;
      break;
    }
    case DataType.CONTROLLER: {
      if (controller >= controllers.length) return mi.invalid(At.NMD0);
      const { identity } = description;
      reply[13] = 1; // PRII: the routing ID is valid, a function number on bus 0.
      put16(reply, 14, controller);
      put16(reply, 16, identity.vendorId);
      put16(reply, 18, identity.deviceId);
      put16(reply, 20, identity.subsystemVendorId);
      put16(reply, 22, identity.subsystemId);
      break;
    }
    case DataType.COMMANDS: {
      if (controller >= controllers.length) return mi.invalid(At.NMD0);
      const commands = [Nmimt.MI << 3, MiOpcode.SHUTDOWN];
      for (const opcode of admin.opcodes) {
        if (MANDATORY.indexOf(opcode) < 0) commands.push(Nmimt.ADMIN << 3, opcode);
      }
      commands.push(Nmimt.PCIE << 3, 0); // Configuration Read
      size = 2 + commands.length;
      put16(reply, 8, commands.length / 2);
      for (let i = 0; i < commands.length; i++) reply[10 + i] = commands[i];
      break;
    }
    case DataType.MEB_COMMANDS:
      size = 2; // There is no Management Endpoint Buffer: an empty list.
      break;
    default:
      return mi.invalid(At.NMD0 + 3);
  }
  put16(reply, 5, size);
  // Messages are whole dwords, which libnvme demands; the length says how much of it counts.
  while (size % 4 !== 0) reply[NvmeMi.RESPONSE_SIZE + size++] = 0;
  return NvmeMi.RESPONSE_SIZE + size;
}

function configurationGet(mi: MiCommands, request: Uint8Array, reply: Uint8Array): number {
  const portId = request[At.NMD0 + 3];
  switch (request[At.NMD0]) {
    case Configuration.SMBUS_FREQUENCY:
      if (portId !== 1) return mi.invalid(At.NMD0 + 3);
      reply[5] = mi.frequency;
      return NvmeMi.RESPONSE_SIZE;
    case Configuration.HEALTH_CHANGE:
      return NvmeMi.RESPONSE_SIZE;
    case Configuration.MTU:
      if (portId >= PORTS) return mi.invalid(At.NMD0 + 3);
      put16(reply, 5, mi.mtu[portId]);
      return NvmeMi.RESPONSE_SIZE;
    case Configuration.ASYNCHRONOUS_EVENT:
      return mi.events.writeSupported(reply);
    default:
      return mi.invalid(At.NMD0);
  }
}

function configurationSet(
  mi: MiCommands,
  request: Uint8Array,
  length: number,
  reply: Uint8Array,
  source: number,
): number {
  const portId = request[At.NMD0 + 3];
  const id = request[At.NMD0];
  if (id === Configuration.ASYNCHRONOUS_EVENT) {
    const size = mi.events.configure(request, length, reply, source);
    return size === -MiStatus.INVALID_PARAMETER ? mi.invalid(mi.events.errorByte) : size;
  }
  if (length > At.DATA) return -MiStatus.INVALID_INPUT_SIZE;
  switch (id) {
    case Configuration.SMBUS_FREQUENCY: {
      const frequency = request[At.NMD0 + 1] & 15;
      if (portId !== 1) return mi.invalid(At.NMD0 + 3);
      if (frequency < 1 || frequency > 3) return mi.invalid(At.NMD0 + 1);
      mi.frequency = frequency;
      return NvmeMi.RESPONSE_SIZE;
    }
    case Configuration.HEALTH_CHANGE: {
      const flags = le16(request, At.NMD1) & CHANGES;
      mi.composite &= ~flags;
      for (const one of mi.subsystem.controllers) one.changed &= ~flags;
      return NvmeMi.RESPONSE_SIZE;
    }
    case Configuration.MTU: {
      const mtu = le16(request, At.NMD1);
      if (portId >= PORTS) return mi.invalid(At.NMD0 + 3);
      if (mtu < 64 || mtu > MAX_MTU) return mi.invalid(At.NMD1);
      mi.mtu[portId] = mtu;
      mi.setMtu(source, mtu);
      mi.slots.payload = mtu;
      return NvmeMi.RESPONSE_SIZE;
    }
    default:
      return mi.invalid(At.NMD0);
  }
}

function vitalProductData(
  mi: MiCommands,
  request: Uint8Array,
  length: number,
  reply: Uint8Array,
): number {
  const offset = le16(request, At.NMD0);
  const size = le16(request, At.NMD1);
  if (offset > VPD_SIZE) return mi.invalid(At.NMD0);
  if (size > VPD_SIZE - offset) return mi.invalid(At.NMD1);
  const image = mi.vpdImage();
  if (request[At.OPCODE] === MiOpcode.VPD_READ) {
    mi.port.copy(reply, NvmeMi.RESPONSE_SIZE, image, offset, size);
    return NvmeMi.RESPONSE_SIZE + size;
  }
  if (length !== At.DATA + size) return -MiStatus.INVALID_INPUT_SIZE;
  mi.port.copy(image, offset, request, At.DATA, size);
  return NvmeMi.RESPONSE_SIZE;
}
