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
import { type FileRecord, MAX_OPEN } from "./platform.ts";

/** Octets of a part's response up to its data. */
const PART_HEADER = 14;
/** How long a descriptor stays open that nobody uses, in ms. */
const IDLE_MS = 60000;
/** How long a repeated request is known as one, in ms: MT4 of DSP0240 1.2, at least 5 s. */
const RETRY_MS = 5000;
/** The file that moves on while it is read. */
const LOG_FILE = 1;

/** Attributes of DfOpen. */
const enum OpenAttribute {
  EXCLUSIVE = 2,
  /** To write, a FIFO, pushed, and all reserved. */
  OTHERS = 0xfffd,
}

/** An open file. */
interface Open {
  readonly file: number;
  readonly owner: number;
  usedMs: number;
  /** The section asked for with the first part; `end` is -1 as long as none has been. */
  from: number;
  end: number;
  /** Where the last part began, and what the checksum was before it. */
  at: number;
  checksum: number;
  /** Octets of the last part, and the instance ID that it was asked for with. */
  size: number;
  instance: number;
}

/** The files of the device. */
export class PldmFiles {
  /** What the File Descriptor PDRs tell. */
  static readonly RECORDS: readonly FileRecord[] = [
    { id: LOG_FILE, name: "log.txt", maxBytes: PART_SIZE, kind: 4 },
    { id: 2, name: "crash.txt", maxBytes: 1024, kind: 5 },
  ];
  readonly command: CommandHandler;
  /** Octets of a part as negotiated, in units of 256, by EID; 0 before. */
  private readonly partSizes = new Uint8Array(256);
  /** By descriptor, from 0 on. */
  private readonly open: (Open | undefined)[] = [];
  /** What the log was when the first of its readers opened it. */
  private readonly log = new Uint8Array(PART_SIZE);
  private logLength = 0;
  /** The last DfOpen or DfClose, and its response, for a retry of it. */
  private readonly retry = new Uint8Array(8);
  private retryUntilMs = -1;
  private retryLength = 0;
  private readonly retryReply = new Uint8Array(3);

  constructor(private readonly port: Port) {
    for (let i = 0; i < MAX_OPEN; i++) this.open.push(undefined);
    this.command = (message, length, reply, source, nowMs) => {
      const data = length - Pldm.HEADER_SIZE;
      switch (message[3]) {
        case FileCommand.OPEN:
        case FileCommand.CLOSE:
          if (data !== 4) return fail(reply, PldmCode.INVALID_LENGTH);
          return this.once(message, reply, source, nowMs);
        case FileCommand.HEARTBEAT: {
          if (data !== 6) return fail(reply, PldmCode.INVALID_LENGTH);
          const one = this.find(le16(message, 4), source, nowMs);
          if (one === undefined) return fail(reply, PldmCode.INVALID_DESCRIPTOR);
          return answer32(reply, IDLE_MS);
        }
        case FileCommand.PROPERTIES: {
          // DMTF's protocol validator has a file descriptor before the property, others have not.
          if (data !== 4 && data !== 6) return fail(reply, PldmCode.INVALID_LENGTH);
          const property = le32(message, data);
          if (property === 1) return answer32(reply, 1); // Mediums at a time.
          if (property === 2) return answer32(reply, MAX_OPEN);
          return fail(reply, PldmCode.INVALID_ATTRIBUTE);
        }
        default: // DfRead is done by MultipartReceive.
          return fail(reply, PldmCode.UNSUPPORTED_COMMAND);
      }
    };
  }

  /** Keeps what `eid` has negotiated. */
  setPartSize(eid: number, sizeBytes: number): void {
    this.partSizes[eid] = sizeBytes >> 8;
  }

  /** Carries out DfOpen or DfClose, but a retry: that gets the first one's response. */
  private once(message: Uint8Array, reply: Uint8Array, source: number, nowMs: number): number {
    const { retry, retryReply } = this;
    let isRetry = nowMs < this.retryUntilMs && retry[0] === source;
    for (let i = 1; i < 8; i++) {
      if (retry[i] !== message[i]) isRetry = false;
      retry[i] = message[i];
    }
    if (isRetry) {
      for (let i = 0; i < 3; i++) reply[4 + i] = retryReply[i];
      return this.retryLength;
    }
    retry[0] = source;
    this.retryUntilMs = nowMs + RETRY_MS;
    this.retryLength = message[3] === FileCommand.OPEN
      ? this.openFile(message, reply, source, nowMs)
      : this.close(message, reply, source, nowMs);
    for (let i = 0; i < 3; i++) retryReply[i] = reply[4 + i];
    return this.retryLength;
  }

  private openFile(message: Uint8Array, reply: Uint8Array, source: number, nowMs: number): number {
    const file = le16(message, 4);
    if (file < 1 || file > PldmFiles.RECORDS.length) return fail(reply, PldmCode.INVALID_FILE);
    const attributes = le16(message, 6);
    if ((attributes & OpenAttribute.OTHERS) !== 0) return fail(reply, PldmCode.INVALID_ATTRIBUTE);
    if (attributes === OpenAttribute.EXCLUSIVE) return fail(reply, PldmCode.EXCLUSIVE_NOT_ALLOWED);
    let free = -1;
    let isRead = false;
    for (let i = MAX_OPEN - 1; i >= 0; i--) {
      const one = this.alive(i, nowMs);
      if (one === undefined) free = i;
      else if (one.file === file) isRead = true;
    }
    if (free < 0) return fail(reply, PldmCode.TOO_MANY_DESCRIPTORS);
    if (file === LOG_FILE && !isRead) this.logLength = this.port.logTail(this.log, 0);
    this.open[free] = {
      file,
      owner: source,
      usedMs: nowMs,
      from: 0,
      end: -1,
      at: 0,
      checksum: 0,
      size: 0,
      instance: 0,
    };
    reply[5] = free;
    reply[6] = 0;
    return fail(reply, PldmCode.SUCCESS) + 2;
  }

  private close(message: Uint8Array, reply: Uint8Array, source: number, nowMs: number): number {
    const descriptor = le16(message, 4);
    if (this.find(descriptor, source, nowMs) === undefined) {
      return fail(reply, PldmCode.INVALID_DESCRIPTOR);
    }
    const options = le16(message, 6);
    if (options > 1) return fail(reply, PldmCode.INVALID_ATTRIBUTE);
    if (options === 1) return fail(reply, PldmCode.ZERO_LENGTH_NOT_ALLOWED);
    this.open[descriptor] = undefined;
    return fail(reply, PldmCode.SUCCESS);
  }

  /** Gives what is open under a descriptor, and closes what has not been used for too long. */
  private alive(descriptor: number, nowMs: number): Open | undefined {
    if (descriptor >= MAX_OPEN) return undefined;
    const one = this.open[descriptor];
    if (one === undefined || nowMs - one.usedMs < IDLE_MS) return one;
    return this.open[descriptor] = undefined;
  }

  /** Gives the open file of a descriptor, if it is the asker's. */
  private find(descriptor: number, source: number, nowMs: number): Open | undefined {
    const one = this.alive(descriptor, nowMs);
    if (one === undefined || one.owner !== source) return undefined;
    one.usedMs = nowMs;
    return one;
  }

  /** Answers MultipartReceive of a file: `message[5]` operation, then context (the descriptor), handle, section. */
  multipartReceive(message: Uint8Array, reply: Uint8Array, source: number, nowMs: number): number {
    const partSize = this.partSizes[source] << 8;
    if (partSize === 0) return fail(reply, PldmCode.NEGOTIATION_INCOMPLETE);
    const one = this.find(le32(message, 6), source, nowMs);
    if (one === undefined) return fail(reply, PldmCode.INVALID_DESCRIPTOR);
    const { port } = this;
    const content = one.file === LOG_FILE ? this.log : port.crashRecord;
    const operation = message[5];
    const instance = message[1];
    if (operation === TransferOperation.FIRST) {
      const length = one.file === LOG_FILE ? this.logLength : content.length;
      const offset = le32(message, 14);
      if (offset > length) return fail(reply, PldmCode.INVALID_DATA);
      const wanted = le32(message, 18);
      one.from = one.at = offset;
      one.end = wanted < length - offset ? offset + wanted : length;
      one.checksum = 0;
    } else if (operation === TransferOperation.ABORT || operation === TransferOperation.COMPLETE) {
      one.end = -1;
      for (let i = 4; i < PART_HEADER; i++) reply[i] = 0;
      reply[5] = TransferFlag.ACKNOWLEDGE;
      return PART_HEADER;
    } else if (operation > TransferOperation.CURRENT) {
      return fail(reply, PldmCode.INVALID_TRANSFER_OPERATION);
    } else if (one.end < 0) return fail(reply, PldmCode.INVALID_TRANSFER_HANDLE);
    else if (operation === TransferOperation.NEXT) {
      const handle = le32(message, 10);
      const next = one.at + one.size;
      if (handle === next && next < one.end) {
        one.checksum = port.crc32(content, one.at, one.size, one.checksum);
        one.at = next;
      } else if (handle !== one.at || instance !== one.instance) {
        // It is no retry of the request for the last part either.
        return fail(reply, PldmCode.INVALID_TRANSFER_HANDLE);
      }
    }
    const left = one.end - one.at;
    const isLast = left <= partSize;
    const size = isLast ? left : partSize;
    one.size = size;
    one.instance = instance;
    const flag = (one.at === one.from ? TransferFlag.START : 0) + (isLast ? TransferFlag.END : 0);
    for (let i = 4; i < PART_HEADER; i++) reply[i] = 0;
    reply[5] = flag === 0 ? TransferFlag.MIDDLE : flag;
    if (!isLast) put(reply, 6, 4, one.at + size);
    put(reply, 10, 4, size);
    port.copy(reply, PART_HEADER, content, one.at, size);
    const checksum = port.crc32(content, one.at, size, one.checksum);
    for (let i = 0; i < 4; i++) reply[PART_HEADER + size + i] = checksum >>> 8 * i;
    return PART_HEADER + size + 4;
  }
}

/** Answers with success and one number. */
function answer32(reply: Uint8Array, value: number): number {
  for (let i = 4; i < 9; i++) reply[i] = 0;
  put(reply, 5, 4, value);
  return 9;
}
