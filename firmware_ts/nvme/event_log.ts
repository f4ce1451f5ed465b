/**
 * The Persistent Event log.
 *
 * @see NVM Express Base Specification 2.0, Persistent Event Log (Log Page Identifier 0Dh)
 * @module
 */
import { NvmeStatus } from "../../wire/nvme_numbers.ts";
import type { AdminResult } from "./admin_command.ts";
import { put, putHex, putText } from "./octets.ts";
import type { Subsystem } from "./subsystem.ts";

/** Event types that are recorded; each is of revision 1. */
export const enum EventType {
  FIRMWARE_COMMIT = 0x02,
  TIMESTAMP_CHANGE = 0x03,
  CHANGE_NAMESPACE = 0x06,
  FORMAT_START = 0x07,
  FORMAT_COMPLETION = 0x08,
  SANITIZE_START = 0x09,
  SANITIZE_COMPLETION = 0x0a,
  THERMAL_EXCURSION = 0x0d,
}

/** Actions of Get Log Page with this log (LSP bits 1:0). */
const enum Action {
  READ = 0,
  ESTABLISH = 1,
  RELEASE = 2,
}

/** Events kept; with the header the longest of them fit into a page. */
const MAX_EVENTS = 32;
const HEADER_SIZE = 512;
const EVENT_HEADER_SIZE = 24;
/** LID; revision, octets of the header behind the first 20; the types of events in a bit each. */
const HEADER = "000:0d 010:03 012:ec01 1e0:cc27";

/** The newest events. */
export class EventLog {
  /** Newest first. */
  private events: Uint8Array[] = [];
  /** What is reported: the events as they were when the first of the contexts was established. */
  private reported: Uint8Array[] = [];
  /** Controllers with a reporting context. */
  private readonly contexts = new Set<number>();
  private generation = 0;

  constructor(private readonly subsystem: Subsystem) {}

  /** Records an event: its data are pairs of a size in octets and a number. */
  add(type: EventType, controller: number, nowMs: number, fields: readonly number[]): void {
    let size = EVENT_HEADER_SIZE;
    for (let i = 0; i < fields.length; i += 2) size += fields[i];
    const event = new Uint8Array(size);
    event[0] = type;
    event[1] = 1;
    event[2] = EVENT_HEADER_SIZE - 3;
    event[4] = controller;
    this.subsystem.putTimestamp(event, 6, nowMs);
    event[22] = size - EVENT_HEADER_SIZE;
    let at = EVENT_HEADER_SIZE;
    for (let i = 0; i < fields.length; i += 2) {
      put(event, at, fields[i], fields[i + 1]);
      at += fields[i];
    }
    this.events.unshift(event);
    if (this.events.length > MAX_EVENTS) this.events.pop();
  }

  /** Establishes or releases a controller's reporting context, or asks for it. */
  act(action: Action, controller: number): NvmeStatus {
    const { contexts } = this;
    const has = contexts.has(controller);
    if (action > Action.RELEASE) return NvmeStatus.INVALID_FIELD;
    if (action === Action.RELEASE) contexts.delete(controller);
    else if (has !== (action === Action.READ)) return NvmeStatus.SEQUENCE_ERROR;
    else if (!has) {
      if (contexts.size === 0) this.reported = this.events.slice();
      contexts.add(controller);
      this.generation++;
    }
    return NvmeStatus.SUCCESS;
  }

  /** Releases a controller's context: it was reset. */
  reset(controller: number): void {
    this.contexts.delete(controller);
  }

  /** Writes the log to a controller that has a context; to one that has just released it, nothing. */
  write({ page, words }: AdminResult, nowMs: number, controller: number): void {
    if (!this.contexts.has(controller)) return;
    const { subsystem } = this;
    const { identity, wear } = subsystem.description;
    putHex(page, HEADER);
    subsystem.putTimestamp(page, 20, nowMs);
    words[7] = subsystem.powerOnHours(nowMs);
    words[11] = wear.powerCycles + 1;
    words[13] = identity.vendorId | identity.subsystemVendorId << 16;
    putText(page, 56, 20, subsystem.serial);
    putText(page, 76, 40, identity.model);
    for (let i = 0; i < subsystem.nqn.length; i++) page[116 + i] = subsystem.nqn.charCodeAt(i);
    put(page, 372, 2, this.generation);
    let at = HEADER_SIZE;
    for (const event of this.reported) {
      page.set(event, at);
      at += event.length;
    }
    words[1] = this.reported.length;
    words[2] = at;
  }
}
