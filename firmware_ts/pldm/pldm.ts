/**
 * PLDM: the door of all its types, and PLDM base.
 *
 * Responses are written into the reply buffer, never over the request, whose fields are still read.
 *
 * @see DSP0240 1.2, PLDM base specification
 * @module
 */
import { MessageType } from "../../wire/control_numbers.ts";
import { BaseCommand, Pldm, PldmCode, PldmType } from "../../wire/pldm_numbers.ts";
import { MessageDrop } from "../mctp/counters.ts";
import type { Protocol, RequestHandler, ResponseHandler } from "../mctp/messages.ts";
import { le32, put } from "../nvme/octets.ts";
import type { Port } from "../port.ts";
import type { PldmFiles } from "./files.ts";
import type { Platform } from "./platform.ts";

/** What Get MCTP Version Support says of PLDM over MCTP (DSP0241 1.0). */
const VERSIONS: readonly number[] = [0xf1f0f000];

/** Largest part of a multipart transfer, in octets. */
export const PART_SIZE = 4096;

/** A PLDM type: its versions, oldest first, and its commands. */
interface TypeRow {
  readonly type: PldmType;
  readonly version: number;
  readonly commands: readonly number[];
}

/** What is answered; DSP0240 1.1.0, DSP0248 1.2.1, DSP0242 1.0.0. */
const TYPES: readonly TypeRow[] = [
  { type: PldmType.BASE, version: 0xf1f1f000, commands: [1, 2, 3, 4, 5, 7, 9] },
  { type: PldmType.PLATFORM, version: 0xf1f2f100, commands: [0x10, 0x11, 0x12, 0x50, 0x51] },
  { type: PldmType.FILE, version: 0xf1f0f000, commands: [1, 2, 3, 0x10, 0x20] },
];

/**
 * Answers a command whose data are `message[4..length)`; writes completion code and data from `reply[4]` on.
 *
 * Returns the octets up to the end of the response.
 */
export type CommandHandler = (
  message: Uint8Array,
  length: number,
  reply: Uint8Array,
  source: number,
  nowMs: number,
) => number;

/** What PLDM needs of the rest. */
export interface PldmEnvironment {
  readonly port: Port;
  /** Counts in the order of `MESSAGE_DROPS`. */
  readonly drops: Uint32Array;
  readonly platform: Platform;
  readonly files: PldmFiles;
  /** Takes the responses to requests of ours. */
  readonly onResponse: ResponseHandler;
}

/** Answers with a completion code alone. */
export function fail(reply: Uint8Array, code: PldmCode): number {
  reply[4] = code;
  return Pldm.RESPONSE_SIZE;
}

/** Makes the handler of PLDM. */
export function createPldm(environment: PldmEnvironment): Protocol {
  const { port, drops, platform, files } = environment;
  /** Terminus ID; 0 while none is assigned. */
  let tid = 0;

  function rowOf(type: number): TypeRow | undefined {
    for (const row of TYPES) if (row.type === type) return row;
    return undefined;
  }

  /** Sets a bit for each number, from `reply[5]` on. */
  function bitmap(reply: Uint8Array, size: number, numbers: readonly number[]): number {
    for (let i = 0; i < size; i++) reply[5 + i] = 0;
    for (const one of numbers) reply[5 + (one >> 3)] |= 1 << (one & 7);
    reply[4] = PldmCode.SUCCESS;
    return Pldm.RESPONSE_SIZE + size;
  }

  function getVersion(message: Uint8Array, reply: Uint8Array): number {
    // All fits in one part, so that there is none to go on with.
    if (message[8] === 0) return fail(reply, PldmCode.INVALID_TRANSFER_HANDLE);
    if (message[8] !== 1) return fail(reply, PldmCode.INVALID_TRANSFER_OPERATION);
    const row = rowOf(message[9]);
    if (row === undefined) return fail(reply, PldmCode.INVALID_TYPE_IN_DATA);
    for (let i = 4; i < 18; i++) reply[i] = 0;
    reply[9] = 5; // Start and end.
    put(reply, 10, 4, row.version);
    put(reply, 14, 4, port.crc32(reply, 10, 4, 0));
    return 18;
  }

  const base: CommandHandler = (message, length, reply, source, nowMs) => {
    const data = length - Pldm.HEADER_SIZE;
    switch (message[3]) {
      case BaseCommand.SET_TID:
        if (data !== 1) return fail(reply, PldmCode.INVALID_LENGTH);
        if (message[4] === 0 || message[4] === 0xff) return fail(reply, PldmCode.INVALID_DATA);
        tid = message[4];
        platform.setTid(tid);
        return fail(reply, PldmCode.SUCCESS);
      case BaseCommand.GET_TID:
        if (data !== 0) return fail(reply, PldmCode.INVALID_LENGTH);
        reply[5] = tid;
        return fail(reply, PldmCode.SUCCESS) + 1;
      case BaseCommand.GET_PLDM_VERSION:
        return data === 6 ? getVersion(message, reply) : fail(reply, PldmCode.INVALID_LENGTH);
      case BaseCommand.GET_PLDM_TYPES:
        if (data !== 0) return fail(reply, PldmCode.INVALID_LENGTH);
        return bitmap(reply, 8, TYPES.map((row) => row.type));
      case BaseCommand.GET_PLDM_COMMANDS: {
        if (data !== 5) return fail(reply, PldmCode.INVALID_LENGTH);
        const row = rowOf(message[4]);
        if (row === undefined) return fail(reply, PldmCode.INVALID_TYPE_IN_DATA);
        if (le32(message, 5) !== row.version) {
          return fail(reply, PldmCode.INVALID_VERSION_IN_DATA);
        }
        return bitmap(reply, 32, row.commands);
      }
      case BaseCommand.NEGOTIATE_TRANSFER_PARAMETERS: {
        if (data !== 10) return fail(reply, PldmCode.INVALID_LENGTH);
        const size = message[4] | message[5] << 8;
        if (size < 256 || (size & size - 1) !== 0) return fail(reply, PldmCode.INVALID_DATA);
        const isFile = (message[6] & 1 << PldmType.FILE) !== 0;
        const agreed = size < PART_SIZE ? size : PART_SIZE;
        if (isFile) files.setPartSize(source, agreed);
        for (let i = 4; i < 15; i++) reply[i] = 0;
        put(reply, 5, 2, agreed);
        if (isFile) reply[7] = 1 << PldmType.FILE;
        return 15;
      }
      case BaseCommand.MULTIPART_RECEIVE:
        if (data !== 18) return fail(reply, PldmCode.INVALID_LENGTH);
        if (message[4] !== PldmType.FILE) return fail(reply, PldmCode.INVALID_TYPE_IN_DATA);
        return files.multipartReceive(message, reply, source, nowMs);
      default:
        return fail(reply, PldmCode.UNSUPPORTED_COMMAND);
    }
  };

  const onRequest: RequestHandler = (message, length, reply, source, _tag, nowMs) => {
    if (length < Pldm.HEADER_SIZE) {
      drops[MessageDrop.PLDM_SHORT]++;
      return 0;
    }
    const flags = message[1];
    if (flags < Pldm.REQUEST) {
      drops[MessageDrop.PLDM_NOT_REQUEST]++;
      return 0;
    }
    if ((flags & Pldm.DATAGRAM) !== 0) {
      drops[MessageDrop.PLDM_DATAGRAM]++;
      return 0;
    }
    reply[0] = MessageType.PLDM;
    reply[1] = flags & Pldm.INSTANCE_ID;
    reply[2] = message[2];
    reply[3] = message[3];
    // Header version 0 in bits 7:6.
    switch (message[2]) {
      case PldmType.BASE:
        return base(message, length, reply, source, nowMs);
      case PldmType.PLATFORM:
        return platform.command(message, length, reply, source, nowMs);
      case PldmType.FILE:
        return files.command(message, length, reply, source, nowMs);
      default:
        return fail(reply, PldmCode.INVALID_TYPE);
    }
  };
  return {
    type: MessageType.PLDM,
    integrityCheck: false,
    onRequest,
    onResponse: environment.onResponse,
    versions: VERSIONS,
  };
}
