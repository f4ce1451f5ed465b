/**
 * Get Features and Set Features.
 *
 * None can be saved: the device has no memory that outlives its power. A Controller Level Reset brings the
 * defaults back.
 *
 * @see NVM Express Base Specification 2.0, Get Features, Set Features
 * @module
 */
import { AdminOpcode, NvmeStatus } from "../../wire/nvme_numbers.ts";
import { MiStatus } from "../../wire/nvme_mi_numbers.ts";
import { type AdminCommands, type AdminResult, At } from "./admin_command.ts";
import { EventType } from "./event_log.ts";
import { BROADCAST_NSID } from "./namespaces.ts";
import { le32, le64 } from "./octets.ts";
import type { Subsystem } from "./subsystem.ts";

/** Feature identifiers that are more than a plain dword. */
const enum Feature {
  POWER_MANAGEMENT = 0x02,
  TEMPERATURE_THRESHOLD = 0x04,
  ERROR_RECOVERY = 0x05,
  NUMBER_OF_QUEUES = 0x07,
  INTERRUPT_VECTOR = 0x09,
  TIMESTAMP = 0x0e,
  HOST_BEHAVIOR = 0x16,
}

/** Bits of a row of Feature Identifiers Supported and Effects. */
const enum Effect {
  SUPPORTED = 1,
  NAMESPACE_SCOPE = 0x00100000,
  CONTROLLER_SCOPE = 0x00200000,
  SUBSYSTEM_SCOPE = 0x02000000,
}

/** Select field of Get Features. */
const enum Select {
  CURRENT = 0,
  SUPPORTED = 3,
}

/** Plain dwords: identifier, default, bits that can be set, in hex, three to a feature. */
const DWORDS = "1 7 ffffff07" + // Arbitration
  " 2 0 e7" + // Power Management: state and workload hint.
  " 7 f000f 0" + // Number of Queues
  " 8 0 ffff" + // Interrupt Coalescing
  " 9 0 10000" + // Interrupt Vector Configuration, one bit to a vector.
  " a 0 1" + // Write Atomicity Normal
  " b 0 3ff" + // Asynchronous Event Configuration
  " 17 0 1"; // Sanitize Config
/** Power states: their greatest number. */
const MAX_POWER_STATE = 2;
/** Interrupt vectors. */
const VECTORS = 16;
/** Octets of Host Behavior Support. */
const HOST_BEHAVIOR_SIZE = 512;

/** Features of all controllers. */
export class Features {
  /** Identifier, default and mask of each plain dword. */
  private readonly rows: Uint32Array;
  /** Plain dwords, a row for each controller. */
  private readonly values: Uint32Array;
  /** Temperature thresholds, a row for each controller, as the subsystem has them. */
  private readonly thresholds: Uint16Array;
  private hostBehavior = 0;
  /** Time Limited Error Recovery of the namespaces that have one of their own, by NSID, and of all others. */
  private readonly limits = new Map<number, number>();
  private limit = 0;

  constructor(private readonly subsystem: Subsystem) {
    const texts = DWORDS.split(" ");
    this.rows = new Uint32Array(texts.length);
    for (let i = 0; i < texts.length; i++) this.rows[i] = Number("0x" + texts[i]);
    const count = subsystem.controllers.length;
    this.values = new Uint32Array(count * texts.length / 3);
    this.thresholds = new Uint16Array(count * subsystem.thresholds.length);
    for (let i = 0; i < count; i++) this.restore(i);
  }

  /** Brings back a controller's defaults: it was reset. */
  reset(controller: number, nowMs: number): void {
    this.restore(controller);
    this.gatherThresholds(nowMs);
    // The time goes on; only who said it is forgotten.
    this.subsystem.epochOrigin = 0;
  }

  private restore(controller: number): void {
    const { rows, values, thresholds, subsystem } = this;
    const width = rows.length / 3;
    for (let i = 0; i < width; i++) values[controller * width + i] = rows[3 * i + 1];
    const each = subsystem.thresholds.length;
    for (let i = 0; i < each; i++) {
      thresholds[controller * each + i] = subsystem.defaultThreshold(i);
    }
  }

  /** Writes log page 0x12 as words. */
  writeEffects(words: Uint32Array): void {
    const { rows } = this;
    const own = Effect.SUPPORTED | Effect.CONTROLLER_SCOPE;
    for (let i = 0; i < rows.length; i += 3) words[rows[i]] = own;
    words[Feature.TEMPERATURE_THRESHOLD] = own;
    words[Feature.HOST_BEHAVIOR] = own;
    words[Feature.ERROR_RECOVERY] = Effect.SUPPORTED | Effect.NAMESPACE_SCOPE;
    words[Feature.TIMESTAMP] = Effect.SUPPORTED | Effect.SUBSYSTEM_SCOPE;
  }

  /** Gives the row of a plain dword, or -1. */
  private row(id: number): number {
    const { rows } = this;
    for (let i = 0; i < rows.length; i += 3) if (rows[i] === id) return i / 3;
    return -1;
  }

  private has(id: number): boolean {
    return id === Feature.TEMPERATURE_THRESHOLD || id === Feature.TIMESTAMP ||
      id === Feature.HOST_BEHAVIOR || id === Feature.ERROR_RECOVERY || this.row(id) >= 0;
  }

  /** Gives the index of a temperature threshold, or -1: sensors 0 to 8, over and under. */
  private threshold(dword11: number): number {
    const index = 2 * (dword11 >> 16 & 15) + (dword11 >> 20 & 3);
    return (dword11 >> 21 & 1) !== 0 || index >= this.subsystem.thresholds.length ? -1 : index;
  }

  /** Hands the tightest thresholds of all controllers to the subsystem. */
  private gatherThresholds(nowMs: number): void {
    const { subsystem, thresholds } = this;
    const each = subsystem.thresholds.length;
    for (let i = 0; i < each; i++) {
      let tightest = thresholds[i];
      for (let at = i; at < thresholds.length; at += each) {
        const one = thresholds[at];
        if ((i & 1) === 0 ? one < tightest : one > tightest) tightest = one;
      }
      if (tightest !== subsystem.thresholds[i]) subsystem.setThreshold(i, tightest, nowMs);
    }
  }

  private setTimestamp(ms: number, controller: number, nowMs: number): void {
    const { subsystem } = this;
    const before = subsystem.epochMs + nowMs;
    subsystem.epochMs = ms - nowMs;
    subsystem.epochOrigin = 1;
    // The time before, and the milliseconds since the reset.
    subsystem.events.add(EventType.TIMESTAMP_CHANGE, controller, nowMs, [8, before, 8, nowMs]);
  }

  private get(
    id: number,
    select: number,
    dword11: number,
    nsid: number,
    controller: number,
    nowMs: number,
    result: AdminResult,
  ): void {
    const { page, words } = result;
    const { rows, values } = this;
    const current = select === Select.CURRENT;
    switch (id) {
      case Feature.TEMPERATURE_THRESHOLD: {
        const index = this.threshold(dword11);
        if (index < 0) return result.invalidField(At.CDW11);
        const { subsystem } = this;
        result.dw0 = current
          ? this.thresholds[controller * subsystem.thresholds.length + index]
          : subsystem.defaultThreshold(index);
        return;
      }
      case Feature.TIMESTAMP:
        if (current) this.subsystem.putTimestamp(page, 0, nowMs);
        result.length = 8;
        return;
      case Feature.HOST_BEHAVIOR:
        if (current) words[0] = this.hostBehavior;
        result.length = HOST_BEHAVIOR_SIZE;
        return;
      case Feature.ERROR_RECOVERY:
        if (current) result.dw0 = this.limits.get(nsid) ?? this.limit;
        return;
    }
    const row = this.row(id);
    const value = current ? values[controller * rows.length / 3 + row] : rows[3 * row + 1];
    if (id === Feature.INTERRUPT_VECTOR) {
      const vector = dword11 & 0xffff;
      if (vector >= VECTORS) return result.invalidField(At.CDW11);
      result.dw0 = vector | (value >> vector & 1) << 16;
    } else result.dw0 = value;
  }

  private set(
    id: number,
    request: Uint8Array,
    length: number,
    controller: number,
    nowMs: number,
    result: AdminResult,
  ): void {
    const dword11 = le32(request, At.CDW11);
    const size = id === Feature.TIMESTAMP
      ? 8
      : id === Feature.HOST_BEHAVIOR
      ? HOST_BEHAVIOR_SIZE
      : 0;
    if (length - At.DATA !== size) {
      result.status = MiStatus.INVALID_INPUT_SIZE;
      return;
    }
    const { rows, values, thresholds } = this;
    const row = this.row(id);
    const at = controller * rows.length / 3 + row;
    switch (id) {
      case Feature.TEMPERATURE_THRESHOLD: {
        const each = this.subsystem.thresholds.length;
        const from = controller * each;
        if ((dword11 >> 16 & 15) === 15 && (dword11 >> 21 & 1) === 0) { // All that there are.
          for (let i = dword11 >> 20 & 1; i < each; i += 2) thresholds[from + i] = dword11;
        } else {
          const index = this.threshold(dword11);
          if (index < 0) return result.invalidField(At.CDW11);
          thresholds[from + index] = dword11;
        }
        return this.gatherThresholds(nowMs);
      }
      case Feature.TIMESTAMP:
        this.setTimestamp(le64(request, At.DATA) % 281474976710656, controller, nowMs);
        return;
      case Feature.HOST_BEHAVIOR:
        this.hostBehavior = request[At.DATA] & 1;
        return;
      case Feature.NUMBER_OF_QUEUES:
        // What was asked for is bounded by what there is, and the answer says so.
        if ((dword11 & 0xffff) === 0xffff || dword11 >>> 16 === 0xffff) {
          return result.invalidField(At.CDW11);
        }
        result.dw0 = values[at];
        return;
      case Feature.INTERRUPT_VECTOR: {
        const vector = dword11 & 0xffff;
        if (vector >= VECTORS) return result.invalidField(At.CDW11);
        values[at] = values[at] & ~(1 << vector) | (dword11 >> 16 & 1) << vector;
        return;
      }
      case Feature.POWER_MANAGEMENT:
        if ((dword11 & 31) > MAX_POWER_STATE) return result.invalidField(At.CDW11);
        break;
      case Feature.ERROR_RECOVERY: {
        // No namespace reports deallocated blocks (DULBE).
        if ((dword11 & 0x10000) !== 0) return result.invalidField(At.CDW11);
        const nsid = le32(request, At.NSID);
        if (nsid !== BROADCAST_NSID) this.limits.set(nsid, dword11 & 0xffff);
        else {
          this.limits.clear();
          this.limit = dword11 & 0xffff;
        }
        return;
      }
    }
    values[at] = dword11 & rows[3 * row + 2];
  }

  /** Checks the NSID of Error Recovery, which is a namespace's; gives whether it was good. */
  private checkNsid(nsid: number, controller: number, result: AdminResult): boolean {
    const { namespaces } = this.subsystem;
    if (nsid === 0 || nsid > namespaces.max) result.fail(NvmeStatus.INVALID_NAMESPACE, At.NSID);
    else if (namespaces.exists(nsid) && namespaces.isAttached(nsid, controller)) return true;
    else result.invalidField(At.NSID);
    return false;
  }

  /** Makes the handlers. */
  commands(): AdminCommands {
    return [
      [AdminOpcode.GET_FEATURES, (request, _length, controller, nowMs, result) => {
        const id = request[At.CDW10];
        const select = request[At.CDW10 + 1] & 7;
        if (!this.has(id)) return result.invalidField(At.CDW10);
        if (select > Select.SUPPORTED) return result.invalidField(At.CDW10);
        // Changeable all; one of a namespace.
        const nsid = le32(request, At.NSID);
        if (select === Select.SUPPORTED) result.dw0 = id === Feature.ERROR_RECOVERY ? 6 : 4;
        else if (id !== Feature.ERROR_RECOVERY || this.checkNsid(nsid, controller, result)) {
          this.get(id, select, le32(request, At.CDW11), nsid, controller, nowMs, result);
        }
      }],
      [AdminOpcode.SET_FEATURES, (request, length, controller, nowMs, result) => {
        const id = request[At.CDW10];
        if (!this.has(id)) return result.invalidField(At.CDW10);
        if (request[At.CDW10 + 3] >= 0x80) {
          return result.fail(NvmeStatus.NOT_SAVEABLE, At.CDW10);
        }
        const nsid = le32(request, At.NSID);
        const all = nsid === BROADCAST_NSID;
        if (id === Feature.ERROR_RECOVERY) {
          if (!all && !this.checkNsid(nsid, controller, result)) return;
        } else if (nsid !== 0 && !all) {
          return result.fail(NvmeStatus.NOT_NAMESPACE_SPECIFIC, At.NSID);
        }
        this.set(id, request, length, controller, nowMs, result);
      }],
    ];
  }
}
