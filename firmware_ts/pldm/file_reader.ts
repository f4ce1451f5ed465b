/**
 * PLDM for file transfer, as the one who reads: fetches the host's file each time an EID has been set.
 *
 * It asks for versions, types and commands, looks for the first file in the host's PDRs, negotiates the part size,
 * opens, reads, and closes whatever it opened, also after an error.
 *
 * @see DSP0240 1.2, DSP0242 1.0.0, DSP0248 1.2.1
 * @module
 */
import { MessageType } from "../../wire/control_numbers.ts";
import {
  BaseCommand,
  FileCommand,
  PlatformCommand,
  Pldm,
  PldmType,
  TransferFlag,
  TransferOperation,
} from "../../wire/pldm_numbers.ts";
import type { Channel, Requester } from "../mctp/requester.ts";
import { hexDigits, le16, le32, put } from "../nvme/octets.ts";
import { LogLevel, type Port } from "../port.ts";
import type { Timers } from "../timers.ts";
import { crc8 } from "./crc8.ts";
import { PART_SIZE } from "./pldm.ts";

/** Time for an answer, and how often each is asked for. */
const TIMEOUT_MS = 1000;
const ATTEMPTS = 4;
/** How often a part with a wrong checksum is asked for again before the file is given up. */
const PART_ATTEMPTS = 20;
/** Octets of a record that are looked at: header, fixed fields, names of any length. */
const RECORD_SIZE = 512;
/** Octets of a record asked for at once. */
const RECORD_PART = 184;
const FILE_DESCRIPTOR_PDR = 30;
/** Octets of a request for a part. */
const READ_SIZE = 22;
/** Where a part's data begin in its response. */
const PART_HEADER = 14;

/** What is asked for, in order. */
const enum Step {
  VERSION_BASE,
  VERSION_FILE,
  TYPES,
  COMMANDS_BASE,
  COMMANDS_FILE,
  REPOSITORY,
  RECORD,
  NEGOTIATE,
  OPEN,
  READ,
  CLOSE,
}

/** What a step is called in the log. */
const STEP_NAMES =
  "versions,versions,types,commands,commands,repository,record,negotiate,open,read,close"
    .split(",");

/** Reads the host's file. */
export class FileReader {
  private readonly channel: Channel;
  /** The channel's buffer. */
  private readonly buffer: Uint8Array;
  private peer = 0;
  private step = Step.VERSION_BASE;
  private instance = 0;
  private record: Uint8Array | undefined;
  private recordLength = 0;
  private nextRecord = 0;
  private fileId = 0;
  private fileSize = 0;
  private partSize = PART_SIZE;
  private descriptor = 0;
  private isOpen = false;
  private received = 0;
  private checksum = 0;
  private partAttempts = 0;
  private beganMs = 0;

  private readonly timer: number;
  private restart = false;

  constructor(
    private readonly port: Port,
    requester: Requester,
    private readonly timers: Timers,
  ) {
    this.timer = timers.slot((nowMs) => this.begin(nowMs));
    this.channel = requester.channel(
      32,
      (message, length, nowMs) => this.reply(message, length, nowMs),
      (nowMs) => this.fail("no answer", nowMs),
    );
    this.buffer = this.channel.buffer;
  }

  /** Begins, with whoever set our EID, once that has been answered. */
  start(peer: number, nowMs: number): void {
    this.channel.cancel();
    // What is open there is closed first.
    this.restart = this.isOpen && this.peer === peer;
    if (!this.restart) this.isOpen = false;
    this.peer = peer;
    this.timers.set(this.timer, nowMs);
  }

  /** Gives up, without a word to the host: the bus is gone. */
  reset(): void {
    this.timers.set(this.timer, -1);
    this.channel.cancel();
    this.isOpen = false;
    this.restart = false;
  }

  private begin(nowMs: number): void {
    this.ask(this.restart ? Step.CLOSE : Step.VERSION_BASE, nowMs);
  }

  private send(
    type: PldmType,
    command: number,
    length: number,
    nowMs: number,
  ): void {
    const { buffer } = this;
    this.instance = this.instance + 1 & 31;
    buffer[0] = MessageType.PLDM;
    buffer[1] = Pldm.REQUEST | this.instance;
    buffer[2] = type;
    buffer[3] = command;
    this.channel.request(this.peer, 4 + length, TIMEOUT_MS, ATTEMPTS, nowMs);
  }

  private ask(step: Step, nowMs: number): void {
    const { buffer } = this;
    this.step = step;
    for (let i = 4; i < buffer.length; i++) buffer[i] = 0;
    switch (step) {
      case Step.VERSION_BASE:
      case Step.VERSION_FILE:
        buffer[8] = 1; // Get the first part.
        buffer[9] = step === Step.VERSION_BASE ? PldmType.BASE : PldmType.FILE;
        return this.send(PldmType.BASE, BaseCommand.GET_PLDM_VERSION, 6, nowMs);
      case Step.TYPES:
        return this.send(PldmType.BASE, BaseCommand.GET_PLDM_TYPES, 0, nowMs);
      case Step.COMMANDS_BASE:
      case Step.COMMANDS_FILE: {
        const isBase = step === Step.COMMANDS_BASE;
        buffer[4] = isBase ? PldmType.BASE : PldmType.FILE;
        put(buffer, 5, 4, isBase ? 0xf1f1f000 : 0xf1f0f000);
        return this.send(PldmType.BASE, BaseCommand.GET_PLDM_COMMANDS, 5, nowMs);
      }
      case Step.REPOSITORY:
        return this.send(PldmType.PLATFORM, PlatformCommand.GET_PDR_REPOSITORY_INFO, 0, nowMs);
      case Step.RECORD:
        put(buffer, 4, 4, this.nextRecord);
        buffer[12] = 1;
        put(buffer, 13, 2, RECORD_PART);
        this.recordLength = 0;
        return this.send(PldmType.PLATFORM, PlatformCommand.GET_PDR, 13, nowMs);
      case Step.NEGOTIATE:
        put(buffer, 4, 2, PART_SIZE);
        buffer[6] = 1 << PldmType.FILE;
        return this.send(PldmType.BASE, BaseCommand.NEGOTIATE_TRANSFER_PARAMETERS, 10, nowMs);
      case Step.OPEN:
        put(buffer, 4, 2, this.fileId);
        return this.send(PldmType.FILE, FileCommand.OPEN, 4, nowMs);
      case Step.READ:
        this.received = 0;
        this.checksum = 0;
        this.partAttempts = 0;
        this.beganMs = nowMs;
        this.port.sha256(0, buffer, 0, 0);
        buffer[4] = PldmType.FILE;
        buffer[5] = TransferOperation.FIRST;
        put(buffer, 6, 4, this.descriptor);
        put(buffer, 18, 4, this.fileSize);
        return this.send(PldmType.BASE, BaseCommand.MULTIPART_RECEIVE, 18, nowMs);
      case Step.CLOSE:
        put(buffer, 4, 2, this.descriptor);
        this.isOpen = false;
        return this.send(PldmType.FILE, FileCommand.CLOSE, 4, nowMs);
    }
  }

  /** Takes an answer; false if it is to another request. */
  private reply(message: Uint8Array, length: number, nowMs: number): boolean {
    if (length < Pldm.RESPONSE_SIZE || message[1] !== this.instance) return false;
    const code = message[4];
    if (this.step === Step.READ) {
      if (message[2] !== PldmType.BASE || message[3] !== BaseCommand.MULTIPART_RECEIVE) {
        return false;
      }
      if (code === 0) this.part(message, length, nowMs);
      else this.fail(`completion code ${code}`, nowMs);
      return true;
    }
    const { buffer } = this;
    if (message[2] !== buffer[2] || message[3] !== buffer[3]) return false;
    if (code !== 0 && this.step > Step.COMMANDS_FILE && this.step !== Step.CLOSE) {
      this.fail(`completion code ${code}`, nowMs);
      return true;
    }
    switch (this.step) {
      case Step.VERSION_BASE:
      case Step.VERSION_FILE:
      case Step.COMMANDS_BASE:
      case Step.COMMANDS_FILE: // Only for the record: a host may answer these or not.
        if (code !== 0) {
          this.port.log(LogLevel.WARN, `pldm ${STEP_NAMES[this.step]}: completion code ${code}`);
        }
        this.ask(this.step + 1, nowMs);
        break;
      case Step.TYPES:
        if (length < 13 || (message[5] & 0x81) !== 0x81) {
          this.port.log(LogLevel.WARN, "pldm: the host does not list base and file transfer");
        }
        this.ask(Step.COMMANDS_BASE, nowMs);
        break;
      case Step.REPOSITORY:
        this.nextRecord = 0;
        this.ask(Step.RECORD, nowMs);
        break;
      case Step.RECORD:
        this.takeRecord(message, length, nowMs);
        break;
      case Step.NEGOTIATE: {
        const size = le16(message, 5);
        if (length < 8 || size < 256 || size > PART_SIZE) this.fail(`part size ${size}`, nowMs);
        else if ((message[7] & 1 << PldmType.FILE) === 0) this.fail("no files in parts", nowMs);
        else {
          this.partSize = size;
          this.ask(Step.OPEN, nowMs);
        }
        break;
      }
      case Step.OPEN:
        if (length < 7) this.fail("short answer", nowMs);
        else {
          this.descriptor = le16(message, 5);
          this.isOpen = true;
          this.ask(Step.READ, nowMs);
        }
        break;
      case Step.CLOSE:
        if (code !== 0) this.port.log(LogLevel.WARN, `pldm close: completion code ${code}`);
        if (this.restart) {
          this.restart = false;
          this.ask(Step.VERSION_BASE, nowMs);
        }
    }
    return true;
  }

  /** Joins a record's parts, and looks whether it tells of a file. */
  private takeRecord(message: Uint8Array, length: number, nowMs: number): void {
    const size = le16(message, 14);
    const flag = message[13];
    if (length < 16 + size || size === 0 || this.recordLength + size > RECORD_SIZE) {
      return this.fail("bad record", nowMs);
    }
    if (this.record === undefined) this.record = new Uint8Array(RECORD_SIZE);
    const { record } = this;
    this.port.copy(record, this.recordLength, message, 16, size);
    this.recordLength += size;
    if ((flag & 4) === 0) { // Not the last part.
      const { buffer } = this;
      for (let i = 0; i < 4; i++) buffer[8 + i] = message[9 + i];
      buffer[12] = 0;
      buffer[15] = record[6]; // The record's change number.
      buffer[16] = record[7];
      return this.send(PldmType.PLATFORM, PlatformCommand.GET_PDR, 13, nowMs);
    }
    // A record that came in parts ends in a checksum.
    if (
      flag === 4 &&
      (length < 17 + size || message[16 + size] !== crc8(record, 0, this.recordLength))
    ) {
      return this.fail("bad checksum of a record", nowMs);
    }
    if (record[5] === FILE_DESCRIPTOR_PDR && this.recordLength >= 35) {
      this.fileId = le16(record, 12);
      const oem = record[23] !== 0 ? 1 : 0;
      this.fileSize = le32(record, 30);
      this.port.log(
        LogLevel.INFO,
        `pldm file ${this.fileId}, at most ${this.fileSize} bytes${oem ? ", OEM class" : ""}`,
      );
      return this.ask(Step.NEGOTIATE, nowMs);
    }
    this.nextRecord = le32(message, 5);
    if (this.nextRecord === 0) this.fail("no file", nowMs);
    else this.ask(Step.RECORD, nowMs);
  }

  /** Takes a part of the file: the hot path. */
  private part(message: Uint8Array, length: number, nowMs: number): void {
    const { port, buffer } = this;
    const size = length - PART_HEADER - 4;
    if (
      size < 0 || size > this.partSize || size !== (message[10] | message[11] << 8) ||
      message[12] !== 0 || message[13] !== 0
    ) return this.fail("bad part", nowMs);
    const received = this.received + size;
    const isLast = (message[5] & TransferFlag.END) !== 0;
    if (received > this.fileSize) return this.fail("more than the file's size", nowMs);
    if (size === 0 && !isLast) return this.fail("empty part", nowMs);
    const checksum = port.crc32(message, PART_HEADER, size, this.checksum);
    // In halves, and the next request in place: here each call counts.
    const end = PART_HEADER + size;
    if (
      (checksum & 0xffff) !== (message[end] | message[end + 1] << 8) ||
      checksum >>> 16 !== (message[end + 2] | message[end + 3] << 8)
    ) {
      if (++this.partAttempts > PART_ATTEMPTS) return this.fail("checksums wrong", nowMs);
      buffer[5] = TransferOperation.CURRENT;
      return this.send(PldmType.BASE, BaseCommand.MULTIPART_RECEIVE, READ_SIZE - 4, nowMs);
    }
    this.partAttempts = 0;
    this.checksum = checksum;
    this.received = received;
    port.sha256(1, message, PART_HEADER, size);
    if (isLast) return this.done(nowMs);
    port.copy(buffer, 10, message, 6, 4);
    const instance = this.instance + 1 & 31;
    this.instance = instance;
    buffer[1] = Pldm.REQUEST | instance;
    buffer[5] = TransferOperation.NEXT;
    this.channel.request(this.peer, READ_SIZE, TIMEOUT_MS, ATTEMPTS, nowMs);
  }

  private done(nowMs: number): void {
    const digest = new Uint8Array(32);
    this.port.sha256(2, digest, 0, 32);
    const ms = nowMs - this.beganMs;
    const speed = ms > 0 ? Math.round(this.received / ms) : this.received;
    this.port.log(
      LogLevel.INFO,
      `pldm file read: ${this.received} bytes in ${Math.round(ms)} ms, ${speed} kB/s`,
    );
    this.port.log(LogLevel.INFO, `pldm file sha256 ${hexDigits(digest, 64)}`);
    this.ask(Step.CLOSE, nowMs);
  }

  private fail(why: string, nowMs: number): void {
    // A host that does not even tell its versions has no PLDM, and need not.
    const level = this.step === Step.VERSION_BASE ? LogLevel.INFO : LogLevel.WARN;
    this.port.log(level, `pldm ${STEP_NAMES[this.step]}: ${why}`);
    if (this.restart) {
      // What could not be closed must not keep the next run from its start.
      this.restart = false;
      this.ask(Step.VERSION_BASE, nowMs);
    } else if (this.isOpen) this.ask(Step.CLOSE, nowMs);
  }
}
