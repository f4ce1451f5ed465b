/**
 * What an Admin command's handler is given, and what it answers.
 *
 * @module
 */
import { NvmeStatus } from "../../wire/nvme_numbers.ts";
import { MiStatus } from "../../wire/nvme_mi_numbers.ts";

/** Where the fields of an Admin request stand in the NVMe-MI message (NVMe-MI 1.2, Admin command request). */
export const enum At {
  OPCODE = 4,
  FLAGS = 5,
  CONTROLLER = 6,
  NSID = 8,
  DOFST = 28,
  DLEN = 32,
  CDW10 = 44,
  CDW11 = 48,
  CDW12 = 52,
  CDW13 = 56,
  CDW14 = 60,
  CDW15 = 64,
  DATA = 68,
}

/** Octets of the largest structure that a command returns in one go. */
export const PAGE_SIZE = 4096;

/**
 * What a command answers; one object, used anew for each command.
 *
 * A handler is entered with all at "success, no data" and `page` zeroed, and sets what differs.
 */
export class AdminResult {
  /** NVMe-MI's response status; other than success there is no completion entry, and no data. */
  status: number = MiStatus.SUCCESS;
  /** With an invalid parameter: its first octet in the message, and its bit. */
  errorByte = 0;
  errorBit = 0;
  /** Completion queue entry: status code type and code, with DNR. */
  cqe: number = NvmeStatus.SUCCESS;
  /** Completion queue entry, dword 0 and 1. */
  dw0 = 0;
  dw1 = 0;
  /**
   * Octets of data, before DOFST and DLEN take their part of them (`nvme_mi.ts` does). They lie in
   * {@link page}; what a command asks for beyond that is zero.
   */
  length = 0;
  /** How much longer the command takes, in ms: More Processing Required is answered first. */
  moreMs = 0;
  /** The data that the command returns, 4,096 octets; whoever cuts DOFST and DLEN reads it. */
  readonly page = new Uint8Array(PAGE_SIZE);
  /** {@link page} as words, little-endian like everything in it: one write in place of four. */
  readonly words = new Uint32Array(this.page.buffer);
  /** With a failed completion: the field's first octet in the submission queue entry, 0xffff for none. */
  location = 0xffff;

  /**
   * Fails with a completion status, not to be retried as it is; `at` is the field's place in the
   * message, which is four octets behind its place in the submission queue entry.
   */
  fail(status: NvmeStatus, at: At | 0 = 0): void {
    this.cqe = status | NvmeStatus.MORE | NvmeStatus.DNR;
    this.location = at === 0 ? 0xffff : at - 4;
    this.length = 0;
  }

  /** Fails since a field of the command has no such value. */
  invalidField(at: At | 0 = 0): void {
    this.fail(NvmeStatus.INVALID_FIELD, at);
  }

  /** Writes a whole number below 2^53 as u64 at word `at` of {@link page}. */
  put64(at: number, value: number): void {
    this.words[at] = value;
    this.words[at + 1] = value / 4294967296;
  }

  /** Fails with NVMe-MI's invalid parameter, at octet and bit of the message. */
  invalid(byte: number, bit = 0): void {
    this.status = MiStatus.INVALID_PARAMETER;
    this.errorByte = byte;
    this.errorBit = bit;
  }
}

/** Carries out a command out of `request[0..length)`, MIC not counted, for one controller by index. */
export type AdminHandler = (
  request: Uint8Array,
  length: number,
  controller: number,
  nowMs: number,
  result: AdminResult,
) => void;

/** A set of commands: opcode and handler. */
export type AdminCommands = readonly (readonly [number, AdminHandler])[];
