/**
 * NVMe-MI messages: framing, integrity check, and the way to the handler of each kind.
 *
 * @see NVM Express Management Interface Specification 1.2, Message Format
 * @module
 */
import { MessageType } from "../../wire/control_numbers.ts";
import { MiStatus, Nmimt, NvmeMi } from "../../wire/nvme_mi_numbers.ts";
import { MessageDrop } from "../mctp/counters.ts";
import type { Protocol, RequestHandler } from "../mctp/messages.ts";
import type { Admin } from "../nvme/admin.ts";
import { At } from "../nvme/admin_command.ts";
import { le32, put } from "../nvme/octets.ts";
import type { Subsystem } from "../nvme/subsystem.ts";
import type { Port } from "../port.ts";
import { MiReply, runMi } from "./mi_commands.ts";

/** DSP0235 1.0.1, NVMe-MI over MCTP binding: what Get MCTP Version Support says of the type. */
const VERSIONS: readonly number[] = [0xf1f0f100];

/** What NVMe-MI needs of the rest. */
export interface NvmeMiEnvironment {
  readonly port: Port;
  readonly subsystem: Subsystem;
  readonly admin: Admin;
  /** Counts in the order of `MESSAGE_DROPS`. */
  readonly drops: Uint32Array;
}

/** Makes the handler of NVMe-MI. */
export function createNvmeMi({ port, subsystem, admin, drops }: NvmeMiEnvironment): Protocol {
  const mi = new MiReply(subsystem, admin, port);

  /** Signs `reply[0..length)`; gives its length with the check. */
  function sign(reply: Uint8Array, length: number): number {
    const crc = port.crc32c(reply, 0, length);
    reply[length] = crc;
    reply[length + 1] = crc >>> 8;
    reply[length + 2] = crc >>> 16;
    reply[length + 3] = crc >>> 24;
    return length + NvmeMi.MIC_SIZE;
  }

  /** Ends with an error: status, and the parameter error location where there is one. */
  function error(reply: Uint8Array, status: MiStatus, byte = 0, bit = 0): number {
    reply[4] = status;
    reply[5] = status === MiStatus.INVALID_PARAMETER ? bit : 0;
    put16(reply, 6, status === MiStatus.INVALID_PARAMETER ? byte : 0);
    return sign(reply, NvmeMi.RESPONSE_SIZE);
  }

  function adminCommand(
    request: Uint8Array,
    length: number,
    reply: Uint8Array,
    nowMs: number,
  ): number {
    if (length < NvmeMi.ADMIN_REQUEST_SIZE) return error(reply, MiStatus.INVALID_COMMAND_SIZE);
    const flags = request[At.FLAGS];
    const offset = (flags & 2) !== 0 ? le32(request, At.DOFST) : 0;
    const wanted = (flags & 1) !== 0 ? le32(request, At.DLEN) : NvmeMi.MAX_DATA;
    if (offset % 4 !== 0) return error(reply, MiStatus.INVALID_PARAMETER, At.DOFST);
    if (wanted % 4 !== 0 || wanted > NvmeMi.MAX_DATA) {
      return error(reply, MiStatus.INVALID_PARAMETER, At.DLEN);
    }
    const result = admin.run(request, length, nowMs);
    if (result.status !== MiStatus.SUCCESS) {
      return error(reply, result.status, result.errorByte, result.errorBit);
    }
    let size = 0;
    if (result.length > 0) {
      if (offset > result.length) return error(reply, MiStatus.INVALID_PARAMETER, At.DOFST);
      size = result.length - offset;
      if ((flags & 1) !== 0) {
        if (wanted > size) return error(reply, MiStatus.INVALID_PARAMETER, At.DLEN);
        size = wanted;
      }
    }
    reply[4] = MiStatus.SUCCESS;
    reply[5] = 0;
    reply[6] = 0;
    reply[7] = 0;
    put32(reply, 8, result.dw0);
    put32(reply, 12, result.dw1);
    reply[16] = 0; // Command identifier, which has no meaning here; then phase 1 and status.
    reply[17] = 0;
    put16(reply, 18, result.cqe << 1 | 1);
    if (size > 0) port.copy(reply, NvmeMi.ADMIN_RESPONSE_SIZE, result.page, offset, size);
    return sign(reply, NvmeMi.ADMIN_RESPONSE_SIZE + size);
  }

  const onRequest: RequestHandler = (request, length, reply, source, _tag, nowMs) => {
    const body = length - NvmeMi.MIC_SIZE;
    if (body < NvmeMi.HEADER_SIZE) {
      drops[MessageDrop.MI_SHORT]++;
      return 0;
    }
    if (port.crc32c(request, 0, body) !== le32(request, body)) {
      drops[MessageDrop.MI_INTEGRITY]++;
      return 0;
    }
    const header = request[1];
    const kind = header >> 3 & 15;
    if (header >= NvmeMi.RESPONSE) {
      drops[MessageDrop.MI_NOT_REQUEST]++;
      return 0;
    }
    reply[0] = MessageType.NVME_MI | MessageType.INTEGRITY_CHECK;
    reply[1] = header | NvmeMi.RESPONSE;
    reply[2] = 0;
    reply[3] = 0;
    switch (kind) {
      case Nmimt.MI: {
        if (body < NvmeMi.MI_REQUEST_SIZE) return error(reply, MiStatus.INVALID_COMMAND_SIZE);
        const size = runMi(mi, request, body, reply, source, nowMs);
        return size < 0 ? error(reply, -size, mi.errorByte, mi.errorBit) : sign(reply, size);
      }
      case Nmimt.ADMIN:
        return adminCommand(request, body, reply, nowMs);
    }
    drops[MessageDrop.MI_UNKNOWN]++;
    return 0;
  };
  return { type: MessageType.NVME_MI, integrityCheck: true, onRequest, versions: VERSIONS };
}

function put16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value;
  octets[at + 1] = value >> 8;
}

function put32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = 0;
  octets[at + 1] = 0;
  octets[at + 2] = 0;
  octets[at + 3] = 0;
  if (value !== 0) put(octets, at, 4, value);
}
