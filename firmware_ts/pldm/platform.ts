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
import { crc8 } from "./crc8.ts";
import { type CommandHandler, fail } from "./pldm.ts";

/** A file that a File Descriptor PDR tells of. */
export interface FileRecord {
  readonly id: number;
  readonly name: string;
  readonly maxBytes: number;
  /** File classification: 4 diagnostic log, 5 crash dump. */
  readonly kind: number;
}

/** Platform Descriptor Record types. */
const enum Pdr {
  TERMINUS_LOCATOR = 1,
  NUMERIC_SENSOR = 2,
  AUXILIARY_NAMES = 6,
  FILE_DESCRIPTOR = 30,
}

/** Octets of a record's header. */
const HEADER_SIZE = 10;
/** Entity type: solid state drive, physical (DSP0249, entity ID codes). */
const ENTITY = 111;
/** Files that can be open at a time, over all of them. */
export const MAX_OPEN = 4;
/** Sensor data size: signed, 16 bits. */
const SINT16 = 3;
/** Operational states of a sensor; a host may set 0 to 2. */
const ENABLED = 0;
const UNAVAILABLE = 2;
/** States of a reading. */
const enum State {
  UNKNOWN = 0,
  NORMAL = 1,
  UPPER_WARNING = 8,
  UPPER_CRITICAL = 9,
}
/** Places in the first record, the terminus locator: change number, TID, EID. */
const LOCATOR_CHANGE = 6;
const LOCATOR_TID = 13;
const LOCATOR_EID = 18;

/** The sensors and the PDR repository. */
export class Platform {
  /** Makes responses to commands of the type. */
  readonly command: CommandHandler;
  private readonly repository: Uint8Array;
  /** Where each record begins; handles count from 1. */
  private readonly records: number[] = [];
  /** By sensor: operational state, then present and previous state of the reading. */
  private readonly states: Uint8Array;
  private readonly present: Uint8Array;
  private readonly previous: Uint8Array;
  private largest = 0;

  constructor(
    private readonly subsystem: Subsystem,
    private readonly port: Port,
    files: readonly FileRecord[],
  ) {
    // Sensor 1 is the composite temperature, those behind it are the SMART log's.
    const { temperatures } = subsystem.description;
    this.states = new Uint8Array(1 + temperatures.sensors.length);
    this.present = new Uint8Array(this.states.length).fill(State.NORMAL);
    this.previous = new Uint8Array(this.states.length).fill(State.NORMAL);
    const octets: number[] = [];
    this.add(octets, Pdr.TERMINUS_LOCATOR, [...le(1, 2), 1, 0, ...le(0, 2), 1, 1, 0]);
    for (let i = 0; i < this.states.length; i++) {
      this.add(octets, Pdr.NUMERIC_SENSOR, this.sensor(i));
    }
    for (let i = 0; i < this.states.length; i++) {
      const name = i === 0 ? "composite temperature" : `temperature sensor ${i}`;
      const wide: number[] = [];
      for (const octet of text(name)) wide.push(0, octet);
      // One sensor, one name: language tag in ASCII, then UTF-16BE.
      this.add(octets, Pdr.AUXILIARY_NAMES, [
        ...le(1, 2),
        ...le(1 + i, 2),
        1,
        1,
        ...text("en"),
        0,
        ...wide,
        0,
        0,
      ]);
    }
    for (const { id, name, maxBytes, kind } of files) {
      this.add(octets, Pdr.FILE_DESCRIPTOR, [
        ...le(1, 2),
        ...le(id, 2),
        ...le(ENTITY, 2),
        ...le(1, 2),
        ...le(0, 2),
        ...le(0, 2), // No directory above.
        kind,
        0,
        ...le(0, 2), // Neither exclusive nor for writing.
        ...le(0xf1f0f000, 4),
        ...le(maxBytes, 4),
        MAX_OPEN,
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

  /** Keeps our TID in the terminus locator. */
  setTid(tid: number): void {
    this.locate(LOCATOR_TID, tid);
  }

  /** Keeps our EID in the terminus locator. */
  setEid(eid: number): void {
    this.locate(LOCATOR_EID, eid);
  }

  private locate(at: number, value: number): void {
    const { repository } = this;
    if (repository[at] === value) return;
    repository[at] = value;
    repository[LOCATOR_CHANGE]++;
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
      1, // Has auxiliary names.
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
      index === 0 ? 0x08 : 0, // Critical high is given; warning high has no bit.
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
    // Whether to rearm does not matter: states follow the temperature both ways by themselves.
    const { subsystem } = this;
    subsystem.refresh(nowMs);
    const celsius = index === 0
      ? subsystem.celsius
      : subsystem.sensorKelvin(index - 1, nowMs) - 273;
    const { warning, critical } = subsystem.description.temperatures;
    const state = index > 0 || celsius < warning
      ? State.NORMAL
      : celsius < critical
      ? State.UPPER_WARNING
      : State.UPPER_CRITICAL;
    if (state !== this.present[index]) {
      this.previous[index] = this.present[index];
      this.present[index] = state;
    }
    const isOn = this.states[index] === ENABLED;
    reply[4] = PldmCode.SUCCESS;
    reply[5] = SINT16;
    reply[6] = this.states[index];
    reply[7] = 0; // No events are generated.
    reply[8] = isOn ? state : State.UNKNOWN;
    reply[9] = this.previous[index];
    reply[10] = reply[8];
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
    if (message[6] > UNAVAILABLE) return fail(reply, PldmCode.INVALID_OPERATIONAL_STATE);
    // Event generation: 0 as it is, 1 off, 2 to 4 on for some or all.
    if (message[7] > 4) return fail(reply, PldmCode.INVALID_DATA);
    if (message[7] > 1) return fail(reply, PldmCode.EVENTS_UNSUPPORTED);
    this.states[index] = message[6];
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
    if (!first && le16(message, 15) !== le16(this.repository, at + 6)) {
      return fail(reply, PldmCode.INVALID_RECORD_CHANGE);
    }
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
    reply[16 + size] = crc8(this.repository, at, end);
    return 17 + size;
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
