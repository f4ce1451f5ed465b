/**
 * Get Log Page.
 *
 * @see NVM Express Base Specification 2.0, Get Log Page command and log page definitions
 * @module
 */
import { AdminOpcode, NvmeStatus } from "../../wire/nvme_numbers.ts";
import type { Port } from "../port.ts";
import { type AdminCommands, type AdminResult, At, PAGE_SIZE } from "./admin_command.ts";
import { writeCommandEffects, writeMiEffects } from "./effects_logs.ts";
import type { ErrorLog } from "./error_log.ts";
import type { Features } from "./features.ts";
import type { FirmwareSlots } from "./firmware_slots.ts";
import type { Maintenance } from "./maintenance.ts";
import { BROADCAST_NSID } from "./namespaces.ts";
import { le16, le32 } from "./octets.ts";
import { createSmart, SMART_SIZE } from "./smart.ts";
import type { Subsystem } from "./subsystem.ts";
import { createTelemetry } from "./telemetry.ts";

/** Log page identifiers that are treated in a way of their own. */
const enum Lid {
  CHANGED_NAMESPACES = 0x04,
  HOST_TELEMETRY = 0x07,
  CONTROLLER_TELEMETRY = 0x08,
  PERSISTENT_EVENTS = 0x0d,
}

/** Octets of a block of telemetry: what is read begins and ends with one. */
const BLOCK = 512;

/** Writes a log page, at most 4,096 octets, into `result.page`, which is zero. */
type LogWriter = (result: AdminResult, nowMs: number, controller: number) => void;

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

/** Makes the handler of Get Log Page. */
export function createLogs(sources: LogSources, port: Port): AdminCommands {
  const { subsystem, errors, features, firmware, maintenance } = sources;
  const { events } = subsystem;
  const smart = createSmart(subsystem, errors);
  const telemetry = createTelemetry(subsystem, smart, port);
  const writers = new Map<number, LogWriter>();
  const sizes = new Map<number, number>();
  const add = (id: number, sizeBytes: number, write: LogWriter) => {
    writers.set(id, write);
    sizes.set(id, sizeBytes);
  };
  add(0x00, 1024, ({ words }) => {
    sizes.forEach((_size, id) => words[id] = 1); // LSUPP
  });
  add(0x01, errors.sizeBytes, (result) => errors.write(result));
  add(0x02, SMART_SIZE, smart);
  add(0x03, 512, ({ page }) => firmware.writeLog(page));
  add(0x04, 4096, (result, _nowMs, controller) => {
    subsystem.writeChangedNamespaces(result.words, controller);
  });
  add(0x05, 4096, ({ words }) => writeCommandEffects(words, sources.opcodes));
  add(0x06, 564, (result, nowMs) => maintenance.selfTest.writeLog(result, nowMs));
  add(0x07, telemetry.sizeBytes, (result) => telemetry.write(0x07, result));
  add(0x08, telemetry.sizeBytes, (result) => telemetry.write(0x08, result));
  add(0x0d, PAGE_SIZE, (result, nowMs, controller) => events.write(result, nowMs, controller));
  add(0x12, 1024, ({ words }) => features.writeEffects(words));
  add(0x13, 4096, ({ words }) => writeMiEffects(words));
  add(0x81, 512, (result, nowMs) => maintenance.writeSanitizeLog(result, nowMs));

  return [[AdminOpcode.GET_LOG_PAGE, (request, _length, controller, nowMs, result) => {
    const id = request[At.CDW10];
    const write = writers.get(id);
    if (write === undefined) return result.fail(NvmeStatus.INVALID_LOG_PAGE, At.CDW10);
    const nsid = le32(request, At.NSID);
    // No log is kept for each namespace.
    if (nsid !== BROADCAST_NSID && nsid !== 0) return result.invalidField(At.NSID);
    // Offset Type: no log has an index.
    if ((request[At.CDW14 + 2] & 0x80) !== 0) return result.invalidField(At.CDW14);
    const size = sizes.get(id) as number;
    // NUMD counts dwords from 0; its low half is in CDW10, its high half in CDW11.
    const octets = 4 * (le16(request, At.CDW10 + 2) + le16(request, At.CDW11) * 65536 + 1);
    const offset = le32(request, At.CDW12) + le32(request, At.CDW13) * 4294967296;
    if (offset % 4 !== 0 || offset > size) return result.invalidField(At.CDW12);
    const specific = request[At.CDW10 + 1]; // RAE and LSP
    if (id >= Lid.HOST_TELEMETRY && id <= Lid.CONTROLLER_TELEMETRY) {
      if (offset % BLOCK !== 0 || octets % BLOCK !== 0) return result.invalidField(At.CDW10);
      if (id === Lid.HOST_TELEMETRY && (specific & 1) !== 0) telemetry.capture(result, nowMs);
    } else if (id === Lid.PERSISTENT_EVENTS) {
      const status = events.act(specific & 3, controller);
      if (status !== NvmeStatus.SUCCESS) return result.fail(status, At.CDW10);
    }
    const { page } = result;
    write(result, nowMs, controller);
    // Retain Asynchronous Event keeps the list for the next reader.
    if (id === Lid.CHANGED_NAMESPACES && specific < 0x80) {
      subsystem.clearChangedNamespaces(controller);
    }
    if (offset > 0) {
      port.copy(page, 0, page, offset, PAGE_SIZE - offset);
      port.clear(page, PAGE_SIZE - offset, offset);
    }
    result.length = octets;
  }]];
}
