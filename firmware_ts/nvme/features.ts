/**
 * Get Features and Set Features.
 *
 * @see NVM Express Base Specification 2.0, Get Features, Set Features
 * @module
 */
import { AdminOpcode, NvmeStatus } from "../../wire/nvme_numbers.ts";
import { MiStatus } from "../../wire/nvme_mi_numbers.ts";
import { type AdminCommands, type AdminResult, At } from "./admin_command.ts";
import { le16, le32, le64, put } from "./octets.ts";
import type { Subsystem } from "./subsystem.ts";

/** Feature identifiers that are not a plain dword. */
const enum Feature {
  TEMPERATURE_THRESHOLD = 0x04,
  TIMESTAMP = 0x0e,
  HOST_BEHAVIOR = 0x16,
  HOST_ID = 0x81,
}

/** Plain dwords: identifier, default, bits that can be set. */
const DWORDS: readonly (readonly [number, number, number])[] = [
  [0x01, 0x00000007, 0xffffff07], // Arbitration
  [0x02, 0x00000000, 0x000000e0], // Power Management: one state, and the workload hint.
  [0x05, 0x00000000, 0x0001ffff], // Error Recovery
  [0x07, 0x000f000f, 0x00000000], // Number of Queues
  [0x08, 0x00000000, 0x0000ffff], // Interrupt Coalescing
  [0x09, 0x00000000, 0x0001ffff], // Interrupt Vector Configuration
  [0x0a, 0x00000000, 0x00000001], // Write Atomicity Normal
  [0x0b, 0x00000000, 0x0000031f], // Asynchronous Event Configuration
  [0x17, 0x00000000, 0x00000001], // Sanitize Config
];

/** Select field of Get Features. */
const enum Select {
  CURRENT = 0,
  SUPPORTED = 3,
}

/** Features of all controllers. */
export class Features {
  /** Identifiers that are there, in order. */
  readonly ids: readonly number[];
  /** Plain dwords, a row for each controller. */
  private readonly values: Uint32Array;
  /** Milliseconds since 1970 at the device's start, as the host said it. */
  private epochMs = 0;
  private epochOrigin = 0;
  private readonly hostId = new Uint8Array(16);
  private hostBehavior = 0;

  constructor(private readonly subsystem: Subsystem) {
    const count = subsystem.controllers.length;
    this.values = new Uint32Array(count * DWORDS.length);
    for (let i = 0; i < this.values.length; i++) this.values[i] = DWORDS[i % DWORDS.length][1];
    this.ids = DWORDS.map((row) => row[0])
      .concat([
        Feature.TEMPERATURE_THRESHOLD,
        Feature.TIMESTAMP,
        Feature.HOST_BEHAVIOR,
        Feature.HOST_ID,
      ]);
  }

  private row(id: number): number {
    for (let i = 0; i < DWORDS.length; i++) if (DWORDS[i][0] === id) return i;
    return -1;
  }

  /** Gives the index of a temperature threshold, or -1: sensors 0 to 8, over and under. */
  private threshold(dword11: number): number {
    const sensor = dword11 >> 16 & 15;
    const under = dword11 >> 20 & 3;
    const { sensors } = this.subsystem.description.temperatures;
    return sensor > sensors.length || under > 1 ? -1 : 2 * sensor + under;
  }

  private get(
    id: number,
    select: number,
    dword11: number,
    controller: number,
    nowMs: number,
    result: AdminResult,
  ): void {
    const { page } = result;
    const row = this.row(id);
    if (row >= 0) {
      const at = controller * DWORDS.length + row;
      result.dw0 = select === Select.CURRENT ? this.values[at] : DWORDS[row][1];
      return;
    }
    switch (id) {
      case Feature.TEMPERATURE_THRESHOLD: {
        const index = this.threshold(dword11);
        if (index < 0) return result.fail(NvmeStatus.INVALID_FIELD);
        const { thresholds } = this.subsystem;
        result.dw0 = select === Select.CURRENT
          ? thresholds[index]
          : this.subsystem.defaultThreshold(index);
        return;
      }
      case Feature.TIMESTAMP:
        if (select === Select.CURRENT) {
          put(page, 0, 6, this.epochMs + nowMs);
          page[6] = this.epochOrigin << 1;
        }
        result.length = 8;
        return;
      case Feature.HOST_BEHAVIOR:
        if (select === Select.CURRENT) page[0] = this.hostBehavior;
        result.length = 512;
        return;
      case Feature.HOST_ID:
        if (select === Select.CURRENT) page.set(this.hostId);
        result.length = (dword11 & 1) !== 0 ? 16 : 8;
    }
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
    const row = this.row(id);
    if (row >= 0) {
      const mask = DWORDS[row][2];
      if (id === 0x07) {
        // What was asked for is bounded by what there is, and the answer says so.
        if ((dword11 & 0xffff) === 0xffff || dword11 >>> 16 === 0xffff) {
          return result.fail(NvmeStatus.INVALID_FIELD);
        }
        result.dw0 = DWORDS[row][1];
        return;
      }
      if (id === 0x02 && (dword11 & 31) !== 0) return result.fail(NvmeStatus.INVALID_FIELD);
      this.values[controller * DWORDS.length + row] = dword11 & mask;
      return;
    }
    const size = id === Feature.TIMESTAMP
      ? 8
      : id === Feature.HOST_BEHAVIOR
      ? 512
      : id === Feature.HOST_ID
      ? (dword11 & 1) !== 0 ? 16 : 8
      : 0;
    if (length - At.DATA < size) {
      result.status = MiStatus.INVALID_INPUT_SIZE;
      return;
    }
    switch (id) {
      case Feature.TEMPERATURE_THRESHOLD: {
        const { thresholds } = this.subsystem;
        const value = le16(request, At.CDW11);
        if ((dword11 >> 16 & 15) === 15) { // All sensors that there are.
          if ((dword11 >> 20 & 3) > 1) return result.fail(NvmeStatus.INVALID_FIELD);
          for (let i = dword11 >> 20 & 1; i < thresholds.length; i += 2) {
            this.subsystem.setThreshold(i, value, nowMs);
          }
        } else {
          const index = this.threshold(dword11);
          if (index < 0) return result.fail(NvmeStatus.INVALID_FIELD);
          this.subsystem.setThreshold(index, value, nowMs);
        }
        return;
      }
      case Feature.TIMESTAMP:
        this.epochMs = le64(request, At.DATA) % 281474976710656 - nowMs;
        this.epochOrigin = 1;
        return;
      case Feature.HOST_BEHAVIOR:
        this.hostBehavior = request[At.DATA] & 1;
        return;
      case Feature.HOST_ID:
        for (let i = 0; i < 16; i++) this.hostId[i] = i < size ? request[At.DATA + i] : 0;
    }
  }

  /** Makes the handlers. */
  commands(): AdminCommands {
    return [
      [AdminOpcode.GET_FEATURES, (request, _length, controller, nowMs, result) => {
        const id = request[At.CDW10];
        const select = request[At.CDW10 + 1] & 7;
        if (this.ids.indexOf(id) < 0 || select > Select.SUPPORTED) {
          return result.fail(NvmeStatus.INVALID_FIELD);
        }
        // None can be saved; all but the number of queues can be changed at any time.
        if (select === Select.SUPPORTED) result.dw0 = 4;
        else this.get(id, select, le32(request, At.CDW11), controller, nowMs, result);
      }],
      [AdminOpcode.SET_FEATURES, (request, length, controller, nowMs, result) => {
        const id = request[At.CDW10];
        if (this.ids.indexOf(id) < 0) return result.fail(NvmeStatus.INVALID_FIELD);
        if (request[At.CDW10 + 3] >= 0x80) return result.fail(NvmeStatus.NOT_SAVEABLE);
        this.set(id, request, length, controller, nowMs, result);
      }],
    ];
  }
}
