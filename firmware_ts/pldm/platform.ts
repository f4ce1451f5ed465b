/**
 * PLDM for platform monitoring and control: temperature sensors and the records that describe them.
 *
 * @see DSP0248 1.2.1, PLDM for Platform Monitoring and Control
 * @module
 */
import { PlatformCommand, Pldm, PldmCode } from "../../wire/pldm_numbers.ts";
import { le16, le32, put } from "../nvme/octets.ts";
import type { Subsystem } from "../nvme/subsystem.ts";
import type { Port } from "../port.ts";
import { type CommandHandler, fail } from "./pldm.ts";

/** A file that a File Descriptor PDR tells of. */
export interface FileRecord {
  readonly id: number;
  readonly name: string;
  readonly maxBytes: number;
}

/** Platform Descriptor Record types. */
const enum Pdr {
  TERMINUS_LOCATOR = 1,
  NUMERIC_SENSOR = 2,
  FILE_DESCRIPTOR = 30,
}

/** Octets of a record's header. */
const HEADER_SIZE = 10;
/** Entity type: solid state drive, physical (DSP0249, entity ID codes). */
const ENTITY = 0x43;
/** Sensor data size: signed, 16 bits. */
const SINT16 = 3;
/** Operational state of a sensor: enabled, disabled. */
const ENABLED = 0;
const DISABLED = 1;

/** The sensors and the PDR repository. */
export class Platform {
  /** Makes responses to commands of the type. */
  readonly command: CommandHandler;
  private readonly repository: Uint8Array;
  /** Where each record begins; handles count from 1. */
  private readonly records: number[] = [];
  private readonly states: Uint8Array;
  private largest = 0;

  constructor(
    private readonly subsystem: Subsystem,
    private readonly port: Port,
    files: readonly FileRecord[],
  ) {
    // Sensor 1 is the composite temperature, those behind it are the SMART log's.
    const { temperatures } = subsystem.description;
    this.states = new Uint8Array(1 + temperatures.sensors.length);
    const octets: number[] = [];
    this.add(octets, Pdr.TERMINUS_LOCATOR, [...le(1, 2), 1, 0, ...le(0, 2), 1, 1, 0]);
    for (let i = 0; i < this.states.length; i++) {
      this.add(octets, Pdr.NUMERIC_SENSOR, this.sensor(i));
    }
    for (const { id, name, maxBytes } of files) {
      this.add(octets, Pdr.FILE_DESCRIPTOR, [
        ...le(1, 2),
        ...le(id, 2),
        ...le(ENTITY, 2),
        ...le(1, 2),
        ...le(0, 2),
        ...le(0, 2), // No directory above.
        0x02, // File classification: log.
        0x00,
        ...le(0x0001, 2), // Can be read.
        ...le(0xf1f0f000, 4),
        ...le(maxBytes, 4),
        2,
        name.length + 1,
        ...text(name),
        0,
      ]);
    }
    this.repository = Uint8Array.of(...octets);
    this.command = (message, length, reply, _source, nowMs) => {
      const data = length - Pldm.HEADER_SIZE;
      switch (message[3]) {
        case PlatformCommand.GET_SENSOR_READING:
          if (data !== 3) break;
          return this.reading(message, reply, nowMs);
        case PlatformCommand.GET_SENSOR_THRESHOLDS:
          if (data !== 2) break;
          return this.thresholds(message, reply);
        case PlatformCommand.SET_NUMERIC_SENSOR_ENABLE:
          if (data !== 4) break;
          return this.enable(message, reply);
        case PlatformCommand.GET_PDR_REPOSITORY_INFO:
          if (data !== 0) break;
          return this.repositoryInfo(reply);
        case PlatformCommand.GET_PDR:
          if (data !== 13) break;
          return this.getPdr(message, reply);
        default:
          return fail(reply, PldmCode.UNSUPPORTED_COMMAND);
      }
      return fail(reply, PldmCode.INVALID_LENGTH);
    };
  }

  private add(octets: number[], type: Pdr, data: readonly number[]): void {
    this.records.push(octets.length);
    const handle = this.records.length;
    octets.push(...le(handle, 4), 1, type, ...le(0, 2), ...le(data.length, 2), ...data);
    if (HEADER_SIZE + data.length > this.largest) this.largest = HEADER_SIZE + data.length;
  }

  /** Makes the data of a Numeric Sensor PDR, in °C. */
  private sensor(index: number): number[] {
    const { warning, critical } = this.subsystem.description.temperatures;
    const one = [0, 0, 0x80, 0x3f];
    const high = index === 0 ? [...le(warning, 2), ...le(0, 2), ...le(critical, 2)] : le(0, 6);
    return [
      ...le(1, 2),
      ...le(1 + index, 2),
      ...le(ENTITY, 2),
      ...le(1, 2),
      ...le(0, 2),
      0, // Needs no initialisation.
      0, // No auxiliary names.
      2, // Degrees Celsius.
      ...[0, 0, 0, 0, 0, 0, 0, 0],
      1, // Linear.
      SINT16,
      ...one,
      ...le(0, 4),
      ...le(0, 2),
      1,
      1,
      ...le(0, 2),
      index === 0 ? 0x03 : 0, // Upper warning and upper critical thresholds.
      0,
      ...le(0, 4),
      ...one, // Updated every second.
      ...le(127, 2),
      ...le(0x10000 - 60, 2),
      SINT16,
      index === 0 ? 0x18 : 0, // Warning high and critical high are given.
      ...le(0, 6), // Nominal value, normal maximum and minimum.
      ...high.slice(0, 2),
      ...le(0, 2),
      ...high.slice(4, 6),
      ...le(0, 6),
    ];
  }

  /** Gives the index of the sensor that a request is about, or -1. */
  private find(message: Uint8Array): number {
    const id = le16(message, 4);
    return id >= 1 && id <= this.states.length ? id - 1 : -1;
  }

  private reading(message: Uint8Array, reply: Uint8Array, nowMs: number): number {
    const index = this.find(message);
    if (index < 0) return fail(reply, PldmCode.INVALID_SENSOR);
    if (message[6] > 1) return fail(reply, PldmCode.INVALID_DATA);
    const { subsystem } = this;
    subsystem.refresh(nowMs);
    const celsius = index === 0
      ? subsystem.celsius
      : subsystem.sensorKelvin(index - 1, nowMs) - 273;
    const { warning, critical } = subsystem.description.temperatures;
    // Present state: normal, upper warning, upper critical.
    const state = index > 0 || celsius < warning ? 1 : celsius < critical ? 7 : 8;
    reply[4] = PldmCode.SUCCESS;
    reply[5] = SINT16;
    reply[6] = this.states[index];
    reply[7] = 1; // No events are generated.
    reply[8] = state;
    reply[9] = state;
    reply[10] = state;
    reply[11] = celsius;
    reply[12] = celsius >> 8;
    return 13;
  }

  private thresholds(message: Uint8Array, reply: Uint8Array): number {
    const index = this.find(message);
    if (index < 0) return fail(reply, PldmCode.INVALID_SENSOR);
    const { warning, critical } = this.subsystem.description.temperatures;
    for (let i = 4; i < 18; i++) reply[i] = 0;
    reply[5] = SINT16;
    if (index === 0) {
      put(reply, 6, 2, warning);
      put(reply, 8, 2, critical);
    }
    return 18;
  }

  private enable(message: Uint8Array, reply: Uint8Array): number {
    const index = this.find(message);
    if (index < 0) return fail(reply, PldmCode.INVALID_SENSOR);
    if (message[6] > DISABLED) return fail(reply, PldmCode.INVALID_DATA);
    this.states[index] = message[6] === ENABLED ? ENABLED : DISABLED;
    return fail(reply, PldmCode.SUCCESS);
  }

  private repositoryInfo(reply: Uint8Array): number {
    for (let i = 4; i < 45; i++) reply[i] = 0;
    put(reply, 32, 4, this.records.length);
    put(reply, 36, 4, this.repository.length);
    put(reply, 40, 4, this.largest);
    return 45; // State available, no times, no timeout of transfer handles.
  }

  /** Gives a record, or a part of one: the transfer handle is where the part begins, from the record's start. */
  private getPdr(message: Uint8Array, reply: Uint8Array): number {
    const handle = le32(message, 4) || 1;
    const first = message[12] === 1;
    if (message[12] > 1) return fail(reply, PldmCode.INVALID_TRANSFER_OPERATION);
    if (handle > this.records.length) return fail(reply, PldmCode.INVALID_RECORD);
    const at = this.records[handle - 1];
    const end = handle < this.records.length ? this.records[handle] : this.repository.length;
    const from = first ? 0 : le32(message, 8);
    if (from >= end - at || !first && from === 0) {
      return fail(reply, PldmCode.INVALID_TRANSFER_HANDLE);
    }
    if (!first && le16(message, 15) !== 0) return fail(reply, PldmCode.INVALID_RECORD_CHANGE);
    const wanted = le16(message, 13);
    if (wanted === 0) return fail(reply, PldmCode.INVALID_DATA);
    const left = end - at - from;
    const size = wanted < left ? wanted : left;
    const last = size === left;
    for (let i = 4; i < 16; i++) reply[i] = 0;
    put(reply, 5, 4, handle < this.records.length ? handle + 1 : 0);
    if (!last) put(reply, 9, 4, from + size);
    reply[13] = first ? (last ? 5 : 0) : last ? 4 : 1;
    put(reply, 14, 2, size);
    this.port.copy(reply, 16, this.repository, at + from, size);
    if (!last || first) return 16 + size;
    reply[16 + size] = this.crc8(at, end);
    return 17 + size;
  }

  /** Computes CRC-8 (x^8 + x^2 + x + 1) of a record that went in parts. */
  private crc8(at: number, end: number): number {
    let crc = 0;
    for (let i = at; i < end; i++) {
      crc ^= this.repository[i];
      for (let bit = 0; bit < 8; bit++) crc = crc >= 128 ? (crc << 1 ^ 7) & 255 : crc << 1;
    }
    return crc;
  }
}

function le(value: number, size: number): number[] {
  const octets: number[] = [];
  for (let i = 0; i < size; i++) octets.push(i < 4 ? value >>> 8 * i & 255 : 0);
  return octets;
}

function text(value: string): number[] {
  const octets: number[] = [];
  for (let i = 0; i < value.length; i++) octets.push(value.charCodeAt(i));
  return octets;
}
