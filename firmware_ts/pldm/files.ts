/**
 * PLDM for file transfer, as the one who has the files: the log, and the record of the last crash.
 *
 * @see DSP0242 1.0.0, PLDM for File Transfer; DSP0240 1.2, MultipartReceive
 * @module
 */
import {
  FileCommand,
  Pldm,
  PldmCode,
  TransferFlag,
  TransferOperation,
} from "../../wire/pldm_numbers.ts";
import { le16, le32, put } from "../nvme/octets.ts";
import type { Port } from "../port.ts";
import { type CommandHandler, fail, PART_SIZE } from "./pldm.ts";
import type { FileRecord } from "./platform.ts";

/** Octets of a part's response up to its data. */
const PART_HEADER = 14;
/** How long a descriptor stays open that nobody uses, in ms. */
const IDLE_MS = 60000;

/** An open file. */
interface Open {
  readonly file: number;
  readonly owner: number;
  usedMs: number;
  /** Where the last part began, and what the checksum was before it. */
  at: number;
  checksum: number;
  /** Octets of the last part. */
  size: number;
}

/** The files of the device. */
export class PldmFiles {
  /** What the File Descriptor PDRs tell. */
  static readonly RECORDS: readonly FileRecord[] = [
    { id: 1, name: "log.txt", maxBytes: PART_SIZE },
    { id: 2, name: "crash.txt", maxBytes: 1024 },
  ];
  /** Octets of a part, as negotiated. */
  partSize = PART_SIZE;
  readonly command: CommandHandler;
  /** By descriptor, from 0 on. */
  private readonly open: (Open | undefined)[] = [undefined, undefined, undefined, undefined];
  /** The file that is being read; the log moves on, so a reader gets a copy. */
  private readonly content = new Uint8Array(PART_SIZE);
  private contentLength = 0;

  constructor(private readonly port: Port) {
    this.command = (message, length, reply, source, nowMs) => {
      const data = length - Pldm.HEADER_SIZE;
      switch (message[3]) {
        case FileCommand.OPEN:
          if (data !== 4) return fail(reply, PldmCode.INVALID_LENGTH);
          return this.openFile(message, reply, source, nowMs);
        case FileCommand.CLOSE: {
          if (data !== 4) return fail(reply, PldmCode.INVALID_LENGTH);
          const one = this.find(le16(message, 4), source, nowMs);
          if (one === undefined) return fail(reply, PldmCode.INVALID_DESCRIPTOR);
          this.open[le16(message, 4)] = undefined;
          return fail(reply, PldmCode.SUCCESS);
        }
        case FileCommand.HEARTBEAT: {
          if (data !== 6) return fail(reply, PldmCode.INVALID_LENGTH);
          const one = this.find(le16(message, 4), source, nowMs);
          if (one === undefined) return fail(reply, PldmCode.INVALID_DESCRIPTOR);
          for (let i = 4; i < 9; i++) reply[i] = 0;
          put(reply, 5, 4, IDLE_MS);
          return 9;
        }
        case FileCommand.READ: // Is done by MultipartReceive.
        default:
          return fail(reply, PldmCode.UNSUPPORTED_COMMAND);
      }
    };
  }

  private openFile(
    message: Uint8Array,
    reply: Uint8Array,
    source: number,
    nowMs: number,
  ): number {
    const file = le16(message, 4);
    if (file < 1 || file > PldmFiles.RECORDS.length) return fail(reply, PldmCode.INVALID_FILE);
    if (le16(message, 6) !== 0) return fail(reply, PldmCode.INVALID_ATTRIBUTE);
    for (let i = 0; i < this.open.length; i++) {
      const one = this.open[i];
      if (one !== undefined && nowMs - one.usedMs < IDLE_MS) continue;
      this.open[i] = { file, owner: source, usedMs: nowMs, at: 0, checksum: 0, size: 0 };
      this.load(file);
      reply[5] = i;
      reply[6] = 0;
      return fail(reply, PldmCode.SUCCESS) + 2;
    }
    return fail(reply, PldmCode.TOO_MANY_DESCRIPTORS);
  }

  /** Gives the open file of a descriptor, if it is the asker's. */
  private find(descriptor: number, source: number, nowMs: number): Open | undefined {
    const one = descriptor < this.open.length ? this.open[descriptor] : undefined;
    if (one === undefined || one.owner !== source) return undefined;
    one.usedMs = nowMs;
    return one;
  }

  private load(file: number): void {
    if (file === 1) this.contentLength = this.port.logTail(this.content, 0);
    else {
      const { crashRecord } = this.port;
      this.contentLength = crashRecord.length;
      this.port.copy(this.content, 0, crashRecord, 0, crashRecord.length);
    }
  }

  /** Answers MultipartReceive of a file: `message[5]` operation, then context (the descriptor), handle, section. */
  multipartReceive(
    message: Uint8Array,
    reply: Uint8Array,
    source: number,
    nowMs: number,
  ): number {
    const operation = message[5];
    const one = this.find(le32(message, 6), source, nowMs);
    if (one === undefined) return fail(reply, PldmCode.INVALID_DESCRIPTOR);
    const offset = le32(message, 14);
    const wanted = le32(message, 18);
    switch (operation) {
      case TransferOperation.FIRST:
        if (offset > this.contentLength) return fail(reply, PldmCode.INVALID_DATA);
        one.at = offset;
        one.checksum = 0;
        break;
      case TransferOperation.NEXT:
        if (le32(message, 10) !== one.at + one.size) {
          return fail(reply, PldmCode.INVALID_TRANSFER_HANDLE);
        }
        one.checksum = this.port.crc32(this.content, one.at, one.size, one.checksum);
        one.at += one.size;
        break;
      case TransferOperation.CURRENT:
        break;
      case TransferOperation.ABORT:
      case TransferOperation.COMPLETE:
        for (let i = 4; i < PART_HEADER; i++) reply[i] = 0;
        reply[5] = TransferFlag.ACKNOWLEDGE;
        return PART_HEADER;
      default:
        return fail(reply, PldmCode.INVALID_TRANSFER_OPERATION);
    }
    const end = wanted < this.contentLength - offset ? offset + wanted : this.contentLength;
    const left = end - one.at;
    if (left < 0) return fail(reply, PldmCode.INVALID_TRANSFER_HANDLE);
    const size = left < this.partSize ? left : this.partSize;
    one.size = size;
    const isFirst = one.at === offset;
    const isLast = size === left;
    for (let i = 4; i < PART_HEADER; i++) reply[i] = 0;
    reply[5] = isFirst && isLast
      ? TransferFlag.START_AND_END
      : isFirst
      ? TransferFlag.START
      : isLast
      ? TransferFlag.END
      : TransferFlag.MIDDLE;
    if (!isLast) put(reply, 6, 4, one.at + size);
    put(reply, 10, 4, size);
    this.port.copy(reply, PART_HEADER, this.content, one.at, size);
    const checksum = this.port.crc32(this.content, one.at, size, one.checksum);
    for (let i = 0; i < 4; i++) reply[PART_HEADER + size + i] = checksum >>> 8 * i;
    return PART_HEADER + size + 4;
  }
}
