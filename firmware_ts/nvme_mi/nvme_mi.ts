/**
 * NVMe-MI messages: framing, integrity check, slots, and the way to the handler of each kind.
 *
 * @see NVM Express Management Interface Specification 1.2, Message Format
 * @module
 */
import { MessageType } from "../../wire/control_numbers.ts";
import { MiStatus, Nmimt, NvmeMi } from "../../wire/nvme_mi_numbers.ts";
import { MessageDrop } from "../mctp/counters.ts";
import type { Protocol, RequestHandler } from "../mctp/messages.ts";
import type { Send } from "../mctp/requester.ts";
import type { Admin } from "../nvme/admin.ts";
import { At } from "../nvme/admin_command.ts";
import { le16, le32, put } from "../nvme/octets.ts";
import type { Subsystem } from "../nvme/subsystem.ts";
import type { Port } from "../port.ts";
import type { Timers } from "../timers.ts";
import { AsyncEvents } from "./events.ts";
import { MiCommands } from "./mi_commands.ts";
import { CONFIGURATION_SIZE, makeConfiguration } from "./pcie.ts";
import { Slots } from "./slots.ts";

/** DSP0235 1.0.1, NVMe-MI over MCTP binding: what Get MCTP Version Support says of the type. */
const VERSIONS: readonly number[] = [0xf1f0f100];

/** What NVMe-MI needs of the rest. */
export interface NvmeMiEnvironment {
  readonly port: Port;
  /** Sets the packet payload, 64..247 octets, towards one EID. */
  readonly setMtu: (eid: number, payloadBytes: number) => void;
  readonly send: Send;
  readonly timers: Timers;
  readonly subsystem: Subsystem;
  readonly admin: Admin;
  /** Counts in the order of `MESSAGE_DROPS`. */
  readonly drops: Uint32Array;
  /** The transport's counters, in the order of `DROP_REASONS`. */
  readonly transport: Uint32Array;
}

/** NVMe-MI, as the composition root uses it. */
export interface NvmeMiProtocol extends Protocol {
  /** Forgets all that is under way: the bus is gone. */
  reset(): void;
}

/** Makes the handler of NVMe-MI. */
export function createNvmeMi(environment: NvmeMiEnvironment): NvmeMiProtocol {
  const { port, send, timers, subsystem, admin, drops } = environment;
  const slots = new Slots(port, send, timers, environment.transport);
  const events = new AsyncEvents(port, send, timers);
  const mi = new MiCommands(subsystem, admin, environment.setMtu, port, events, slots);
  subsystem.onChange = (change, controller, nowMs) => {
    mi.changed(change);
    events.changed(change, controller, nowMs);
  };
  let configuration: Uint8Array | undefined;

  /** Writes an error: status, and the parameter error location where there is one. Gives its octets. */
  function error(reply: Uint8Array, status: MiStatus, byte = 0, bit = 0): number {
    reply[4] = status;
    const located = status === MiStatus.INVALID_PARAMETER;
    reply[5] = located ? bit : 0;
    reply[6] = located ? byte : 0;
    reply[7] = located ? byte >> 8 : 0;
    return NvmeMi.RESPONSE_SIZE;
  }

  /** Carries out an Admin command. DOFST and DLEN always count, as of NVMe-MI 1.2. */
  function adminCommand(
    request: Uint8Array,
    length: number,
    reply: Uint8Array,
    nowMs: number,
  ): number {
    if (length < NvmeMi.ADMIN_REQUEST_SIZE) return error(reply, MiStatus.INVALID_COMMAND_SIZE);
    const offset = le32(request, At.DOFST);
    const wanted = le32(request, At.DLEN);
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
      if (wanted > result.length - offset) {
        return error(reply, MiStatus.INVALID_PARAMETER, At.DLEN);
      }
      size = wanted;
    }
    port.clear(reply, 4, NvmeMi.ADMIN_RESPONSE_SIZE - 4);
    if (result.dw0 !== 0) put(reply, 8, 4, result.dw0);
    if (result.dw1 !== 0) put(reply, 12, 4, result.dw1);
    reply[18] = result.cqe << 1 | 1; // Phase 1; the command identifier before it has no meaning here.
    reply[19] = result.cqe >> 7;
    if (size > 0) {
      const left = NvmeMi.MAX_DATA - offset;
      const written = left < 0 ? 0 : size < left ? size : left;
      const to = NvmeMi.ADMIN_RESPONSE_SIZE;
      if (written > 0) port.copy(reply, to, result.page, offset, written);
      if (written < size) port.clear(reply, to + written, size - written);
    }
    return NvmeMi.ADMIN_RESPONSE_SIZE + size;
  }

  function pcieCommand(request: Uint8Array, length: number, reply: Uint8Array): number {
    if (length < NvmeMi.PCIE_REQUEST_SIZE) return error(reply, MiStatus.INVALID_COMMAND_SIZE);
    if (request[4] !== 0) {
      // Configuration write, memory and I/O: this subsystem's functions are not to be changed from here.
      return error(
        reply,
        request[4] <= 5 ? MiStatus.ACCESS_DENIED : MiStatus.INVALID_OPCODE,
      );
    }
    if (length > NvmeMi.PCIE_REQUEST_SIZE) return error(reply, MiStatus.INVALID_INPUT_SIZE);
    if (le16(request, 6) >= subsystem.controllers.length) {
      return error(reply, MiStatus.INVALID_PARAMETER, 6);
    }
    const size = le16(request, 8);
    const offset = le16(request, 12);
    if (size === 0 || size > CONFIGURATION_SIZE) {
      return error(reply, MiStatus.INVALID_PARAMETER, 8);
    }
    if (offset + size > CONFIGURATION_SIZE) return error(reply, MiStatus.INVALID_PARAMETER, 12);
    if (configuration === undefined) configuration = makeConfiguration(subsystem);
    const made = configuration.length - offset < size ? configuration.length - offset : size;
    port.clear(reply, 4, 4);
    port.clear(reply, NvmeMi.RESPONSE_SIZE, size);
    if (made > 0) port.copy(reply, NvmeMi.RESPONSE_SIZE, configuration, offset, made);
    return NvmeMi.RESPONSE_SIZE + size;
  }

  const onRequest: RequestHandler = (request, length, reply, source, tag, nowMs) => {
    const body = length - NvmeMi.MIC_SIZE;
    if (body < NvmeMi.HEADER_SIZE) {
      drops[MessageDrop.MI_SHORT]++;
      return 0;
    }
    const header = request[1];
    const index = header & 1;
    if (!port.isSealed(request, body)) {
      drops[MessageDrop.MI_INTEGRITY]++;
      slots.badIntegrity(index);
      return 0;
    }
    if (header >= NvmeMi.RESPONSE) {
      drops[MessageDrop.MI_NOT_REQUEST]++;
      return 0;
    }
    const kind = header >> 3;
    reply[0] = MessageType.NVME_MI | MessageType.INTEGRITY_CHECK;
    reply[1] = header | NvmeMi.RESPONSE;
    reply[2] = 0;
    reply[3] = 0;
    if (kind === Nmimt.PRIMITIVE) {
      if (body !== NvmeMi.RESPONSE_SIZE) {
        return port.seal(reply, error(reply, MiStatus.INVALID_COMMAND_SIZE));
      }
      slots.primitive(index, request, reply, nowMs);
      return port.seal(reply, NvmeMi.RESPONSE_SIZE);
    }
    if (kind !== Nmimt.MI && kind !== Nmimt.ADMIN && kind !== Nmimt.PCIE) {
      drops[MessageDrop.MI_UNKNOWN]++;
      return 0;
    }
    if (!slots.isIdle(index)) {
      drops[MessageDrop.MI_SLOT_BUSY]++;
      return 0;
    }
    let size: number;
    let moreMs = 0;
    if ((request[2] & 1) !== 0) {
      // There is no Management Endpoint Buffer that the data could lie in.
      size = error(reply, MiStatus.INVALID_PARAMETER, 2);
    } else if (kind === Nmimt.MI) {
      size = mi.run(request, body, reply, source, nowMs);
      if (size < 0) size = error(reply, -size, mi.errorByte, mi.errorBit);
    } else if (kind === Nmimt.ADMIN) {
      admin.result.moreMs = 0;
      size = adminCommand(request, body, reply, nowMs);
      moreMs = admin.result.moreMs;
    } else size = pcieCommand(request, body, reply);
    const signed = slots.finish(index, reply, port.seal(reply, size), source, tag);
    if (moreMs === 0) return signed;
    slots.hold(index, nowMs + moreMs);
    const units = Math.ceil(moreMs / 100);
    reply[4] = MiStatus.MORE_PROCESSING_REQUIRED;
    reply[5] = 0;
    reply[6] = units > 0xffff ? 0xff : units;
    reply[7] = units > 0xffff ? 0xff : units >> 8;
    return port.seal(reply, NvmeMi.RESPONSE_SIZE);
  };
  return {
    type: MessageType.NVME_MI,
    integrityCheck: true,
    onRequest,
    versions: VERSIONS,
    reset: () => {
      slots.reset();
      events.reset();
    },
  };
}
