/**
 * Get Log Page.
 *
 * @see NVM Express Base Specification 2.0, Get Log Page and log page definitions; NVMe-MI 1.2, log page 0x13
 * @module
 */
import { AdminOpcode, NvmeStatus } from "../../wire/nvme_numbers.ts";
import { MiOpcode } from "../../wire/nvme_mi_numbers.ts";
import type { Port } from "../port.ts";
import { type AdminCommands, At, PAGE_SIZE } from "./admin_command.ts";
import type { ErrorLog } from "./error_log.ts";
import type { Features } from "./features.ts";
import type { FirmwareSlots } from "./firmware_slots.ts";
import type { Maintenance } from "./maintenance.ts";
import { BROADCAST_NSID } from "./namespaces.ts";
import { le16, le32, put, putText } from "./octets.ts";
import { type Subsystem, ValueOf } from "./subsystem.ts";

/** Writes a log page into `page`, which is zero. */
type LogWriter = (page: Uint8Array, nowMs: number, controller: number) => void;

/** What the logs tell of. */
export interface LogSources {
  readonly subsystem: Subsystem;
  readonly errors: ErrorLog;
  readonly features: Features;
  readonly firmware: FirmwareSlots;
  readonly maintenance: Maintenance;
  /** Admin opcodes that are carried out. */
  readonly opcodes: readonly number[];
}

/** Commands Supported and Effects of what changes something: supported and its effect bits. */
const EFFECTS: readonly (readonly [number, number])[] = [
  [AdminOpcode.NAMESPACE_MANAGEMENT, 0x09],
  [AdminOpcode.NAMESPACE_ATTACHMENT, 0x09],
  [AdminOpcode.FORMAT, 0x2000b],
  [AdminOpcode.SANITIZE, 0x20003],
  [AdminOpcode.FIRMWARE_COMMIT, 0x11],
];
/** I/O commands that the drive would take: Flush, Write, Read, Dataset Management. */
const IO_COMMANDS = [0x00, 0x01, 0x02, 0x09];
/** Management Interface commands that change something, with their effects. */
const MI_COMMANDS = [
  MiOpcode.READ_DATA_STRUCTURE,
  MiOpcode.SUBSYSTEM_HEALTH,
  MiOpcode.CONTROLLER_HEALTH,
  MiOpcode.CONFIGURATION_SET,
  MiOpcode.CONFIGURATION_GET,
  MiOpcode.VPD_READ,
  MiOpcode.VPD_WRITE,
  MiOpcode.RESET,
  MiOpcode.SHUTDOWN,
];

/** Makes the handler of Get Log Page. */
export function createLogs(sources: LogSources, port: Port): AdminCommands {
  const { subsystem, errors, features, firmware, maintenance } = sources;
  const { description } = subsystem;
  const { identity } = description;
  const pages = new Map<number, LogWriter>();
  const sizes = new Map<number, number>();
  const ids: number[] = [];
  const add = (id: number, sizeBytes: number, write: LogWriter) => {
    ids.push(id);
    pages.set(id, write);
    sizes.set(id, sizeBytes);
  };

  // SMART is asked most: what does not change stands ready.
  const smart = new Uint8Array(512);
  const { wear, temperatures } = description;
  smart[4] = wear.spareThresholdPercent;
  put(smart, 112, 8, wear.powerCycles + 1);
  put(smart, 144, 8, wear.unsafeShutdowns);

  function smartLog(page: Uint8Array, nowMs: number): void {
    page.set(smart);
    subsystem.refresh(nowMs);
    page[0] = subsystem.warning;
    page[1] = subsystem.compositeKelvin;
    page[2] = subsystem.compositeKelvin >> 8;
    page[3] = subsystem.spare;
    page[5] = subsystem.used > 255 ? 255 : subsystem.used;
    put(page, 32, 8, subsystem.value(ValueOf.DATA_READ, nowMs));
    put(page, 48, 8, subsystem.value(ValueOf.DATA_WRITTEN, nowMs));
    put(page, 128, 8, subsystem.powerOnHours(nowMs));
    put(page, 160, 8, subsystem.value(ValueOf.MEDIA_ERRORS, nowMs));
    put(page, 176, 8, errors.count);
    for (let i = 0; i < temperatures.sensors.length; i++) {
      put(page, 200 + 2 * i, 2, subsystem.sensorKelvin(i, nowMs));
    }
  }

  /** Telemetry of either kind: a header, and no data blocks behind it. */
  function telemetry(id: number): LogWriter {
    return (page) => {
      page[0] = id;
      for (let i = 0; i < 3; i++) page[5 + i] = identity.ieeeOui >> 8 * i;
    };
  }

  function persistentEvents(page: Uint8Array, nowMs: number): void {
    page[0] = 0x0d;
    put(page, 8, 8, 512); // Total length: the header alone, for no event was kept.
    page[16] = 3; // Revision of NVM Express 2.0.
    put(page, 18, 2, 512 - 20);
    put(page, 28, 8, subsystem.powerOnHours(nowMs));
    put(page, 44, 8, wear.powerCycles + 1);
    put(page, 52, 2, identity.vendorId);
    put(page, 54, 2, identity.subsystemVendorId);
    putText(page, 56, 20, subsystem.serial);
    putText(page, 76, 40, identity.model);
    for (let i = 0; i < subsystem.nqn.length; i++) page[116 + i] = subsystem.nqn.charCodeAt(i);
  }

  add(0x00, 1024, (page) => {
    for (const id of ids) page[4 * id] = 1; // LSUPP
  });
  add(0x01, 64 * errors.size, (page) => errors.write(page));
  add(0x02, 512, smartLog);
  add(0x03, 512, (page) => firmware.writeLog(page));
  add(0x04, 4096, (page) => subsystem.writeChangedNamespaces(page));
  add(0x05, 4096, (page) => {
    for (const opcode of sources.opcodes) page[4 * opcode] = 1;
    for (const [opcode, effects] of EFFECTS) put(page, 4 * opcode, 3, effects);
    for (const opcode of IO_COMMANDS) page[1024 + 4 * opcode] = 1;
    page[1024 + 4] = 3; // Write changes logical blocks.
    page[1024 + 36] = 3;
  });
  add(0x06, 564, (page, nowMs) => maintenance.writeSelfTestLog(page, nowMs));
  add(0x07, 512, telemetry(0x07));
  add(0x08, 512, telemetry(0x08));
  add(0x0d, 512, persistentEvents);
  add(0x12, 1024, (page) => {
    for (const id of features.ids) page[4 * id] = 1; // FSUPP
  });
  add(0x13, 4096, (page) => {
    for (const opcode of MI_COMMANDS) page[4 * opcode] = 1;
  });
  add(0x81, 512, (page, nowMs) => maintenance.writeSanitizeLog(page, nowMs));

  return [[AdminOpcode.GET_LOG_PAGE, (request, _length, controller, nowMs, result) => {
    const id = request[At.CDW10];
    const write = pages.get(id);
    if (write === undefined) return result.fail(NvmeStatus.INVALID_LOG_PAGE);
    const nsid = le32(request, At.NSID);
    // No log is kept for each namespace; 0x00 to 0x08 and the rest are all the controller's.
    if (nsid !== BROADCAST_NSID && nsid !== 0) return result.fail(NvmeStatus.INVALID_FIELD);
    if ((request[At.CDW14 + 2] & 0x80) !== 0) return result.fail(NvmeStatus.INVALID_FIELD); // OT
    // The persistent event log has a context that is established and released: there is one, always.
    const action = request[At.CDW10 + 1] & 15;
    if (id === 0x0d && action > 2) return result.fail(NvmeStatus.INVALID_FIELD);
    const size = sizes.get(id) as number;
    // NUMD counts dwords from 0; its low half is in CDW10, its high half in CDW11.
    const octets = 4 * (le16(request, At.CDW10 + 2) + le16(request, At.CDW11) * 65536 + 1);
    const offset = le32(request, At.CDW12) + le32(request, At.CDW13) * 4294967296;
    if (offset % 4 !== 0 || offset > size) return result.fail(NvmeStatus.INVALID_FIELD);
    const { page } = result;
    write(page, nowMs, controller);
    // Retain Asynchronous Event keeps the list for the next reader.
    if (id === 0x04 && (request[At.CDW10 + 1] & 0x80) === 0) subsystem.clearChangedNamespaces();
    if (offset > 0) {
      port.copy(page, 0, page, offset, PAGE_SIZE - offset);
      port.copy(page, PAGE_SIZE - offset, result.zeros, 0, offset);
    }
    result.length = octets > PAGE_SIZE ? PAGE_SIZE : octets;
    result.requested = octets;
  }]];
}
