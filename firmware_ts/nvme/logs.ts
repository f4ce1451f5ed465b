/**
 * Get Log Page.
 *
 * @see NVM Express Base Specification 2.0, Get Log Page command and log page definitions
 * @module
 */
import { AdminOpcode, NvmeStatus } from "../../wire/nvme_numbers.ts";
import type { Port } from "../port.ts";
import { type AdminCommands, At, PAGE_SIZE } from "./admin_command.ts";
import { BROADCAST_NSID } from "./namespaces.ts";
import { le32, put } from "./octets.ts";
import { type Subsystem, ValueOf } from "./subsystem.ts";

/** Writes a log page's octets from `offset` on into `page[0..size)`, which is zero. */
export type LogWriter = (page: Uint8Array, nowMs: number, controller: number) => void;

/** A log page: its size, at most 4,096 octets, and what writes it from its start. */
export interface LogPage {
  readonly sizeBytes: number;
  readonly write: LogWriter;
}

/** Makes the handler of Get Log Page. */
export function createLogs(subsystem: Subsystem, port: Port): AdminCommands {
  const { description } = subsystem;
  const pages = new Map<number, LogPage>();

  function smart(page: Uint8Array, nowMs: number): void {
    const { wear, temperatures } = description;
    page[0] = subsystem.criticalWarning(nowMs);
    put(page, 1, 2, subsystem.kelvin(nowMs));
    page[3] = subsystem.value(ValueOf.SPARE, nowMs);
    page[4] = wear.spareThresholdPercent;
    const used = subsystem.value(ValueOf.USED, nowMs);
    page[5] = used > 255 ? 255 : used;
    put(page, 32, 8, subsystem.value(ValueOf.DATA_READ, nowMs));
    put(page, 48, 8, subsystem.value(ValueOf.DATA_WRITTEN, nowMs));
    put(page, 112, 8, wear.powerCycles + 1);
    put(page, 128, 8, wear.powerOnHours + Math.floor(nowMs / 3600000));
    put(page, 144, 8, wear.unsafeShutdowns);
    put(page, 160, 8, subsystem.value(ValueOf.MEDIA_ERRORS, nowMs));
    for (let i = 0; i < temperatures.sensors.length; i++) {
      put(page, 200 + 2 * i, 2, subsystem.sensorKelvin(i, nowMs));
    }
  }

  const ids: number[] = [];
  const add = (id: number, sizeBytes: number, write: LogWriter) => {
    ids.push(id);
    pages.set(id, { sizeBytes, write });
  };
  add(0x00, 1024, (page) => {
    for (const id of ids) page[4 * id] = 1; // LSUPP
  });
  add(0x02, 512, smart);

  return [[AdminOpcode.GET_LOG_PAGE, (request, _length, controller, nowMs, result) => {
    const log = pages.get(request[At.CDW10]);
    if (log === undefined) return result.fail(NvmeStatus.INVALID_LOG_PAGE);
    const nsid = le32(request, At.NSID);
    if (nsid !== BROADCAST_NSID && nsid !== 0) return result.fail(NvmeStatus.INVALID_FIELD);
    // NUMD counts dwords from 0; its low half is in CDW10, its high half in CDW11.
    const dwords = (request[At.CDW10 + 2] | request[At.CDW10 + 3] << 8) +
      (request[At.CDW11] | request[At.CDW11 + 1] << 8) * 65536 + 1;
    const offset = le32(request, At.CDW12) + le32(request, At.CDW13) * 4294967296;
    if (offset % 4 !== 0 || offset > log.sizeBytes) return result.fail(NvmeStatus.INVALID_FIELD);
    const { page } = result;
    log.write(page, nowMs, controller);
    if (offset > 0) {
      port.copy(page, 0, page, offset, PAGE_SIZE - offset);
      port.copy(page, PAGE_SIZE - offset, result.zeros, 0, offset);
    }
    result.length = 4 * dwords > PAGE_SIZE ? PAGE_SIZE : 4 * dwords;
  }]];
}
