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
  /** Octets of data in {@link page}, before DOFST and DLEN take their part of it. */
  length = 0;
  /** Octets that the command itself asked for, where it says so (Get Log Page); 0 otherwise. */
  requested = 0;
  /** How much longer the command takes, in ms: More Processing Required is answered first. */
  moreMs = 0;
  /** The data that the command returns, 4,096 octets; whoever cuts DOFST and DLEN reads it. */
  readonly page = new Uint8Array(PAGE_SIZE);
  /** 4,096 zero octets to copy from. */
  readonly zeros = new Uint8Array(PAGE_SIZE);

  /** Fails with a completion status, not to be retried as it is. */
  fail(status: NvmeStatus): void {
    this.cqe = status | NvmeStatus.DNR;
    this.length = 0;
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
