/**
 * The MCTP control protocol: answers commands 0x01 to 0x06, discovery where the device has it, and all others with
 * "unsupported".
 *
 * Replies are written over the request, in place: header and command code are there already.
 *
 * @see DSP0236 1.3.1, MCTP control protocol
 * @module
 */
import {
  CompletionCode,
  ControlCommand,
  ControlHeader,
  MessageType,
  SetEidOperation,
} from "../wire/control_numbers.ts";
import { Eid } from "../wire/mctp_numbers.ts";
import { MessageDrop } from "./mctp/counters.ts";
import type { Protocol, RequestHandler } from "./mctp/messages.ts";

/** What the control protocol needs of the rest. */
export interface ControlEnvironment {
  /** 16 octets in RFC 4122 order. */
  readonly uuid: Uint8Array;
  /** Counts in the order of `MESSAGE_DROPS`. */
  readonly drops: Uint32Array;
  /** What is built in beside control, in the order of the type numbers. */
  readonly others: readonly Protocol[];
  /** What the device file says; a static EID is the one that the endpoint starts with. */
  readonly staticEid?: number;
  /** Whether the endpoint keeps a Discovered flag and answers discovery. DSP0283 has none, so not by default. */
  readonly discovery?: boolean;
  /** Is called once for each Set Endpoint ID that was carried out, not for its retries. */
  onEidSet(eid: number, byEid: number, nowMs: number): void;
}

/** One vendor-defined capability: its PCI vendor ID and the vendor's 16-bit command set. */
export interface VendorSet {
  readonly vendorId: number;
  readonly commandSet: number;
}

/** How long a retry of a request is known as one: MT4 of DSP0236 1.3.1, at least 5 s. */
const RETRY_MS = 5000;

/**
 * Versions of the base specification and of the control protocol, oldest first: F1F0FF00 is 1.0, any update.
 */
export const CONTROL_VERSIONS: readonly number[] = [
  0xf1f0ff00,
  0xf1f1ff00,
  0xf1f2ff00,
  0xf1f3f100,
];

/** Makes the handler of control requests; the own EID is the static one, if there is one, until another is set. */
export function createControl(
  environment: ControlEnvironment,
  vendorSets: readonly VendorSet[],
): Protocol {
  const { uuid, drops, others } = environment;
  const staticEid = environment.staticEid ?? Eid.NULL;
  const discovery = environment.discovery === true;
  let eid: number = staticEid;
  let discovered = false;

  // These replies are made once, for a loop over a list costs more than a copy.
  const types = [MessageType.CONTROL, ...others.map((one) => one.type)];
  const typeReply = Uint8Array.of(CompletionCode.SUCCESS, types.length, ...types);
  const versionReplies = new Map<number, Uint8Array>();
  versionReplies.set(0xff, versionReply(CONTROL_VERSIONS));
  versionReplies.set(MessageType.CONTROL, versionReply(CONTROL_VERSIONS));
  for (const one of others) versionReplies.set(one.type, versionReply(one.versions));

  // The last Set Endpoint ID that was carried out. A retry (same requester, same instance ID, same data,
  // within MT4) is answered as the first one was, without being carried out again. The other commands
  // change nothing, so that a retry of them needs no memory.
  let retryUntilMs = -1;
  let retrySource = 0;
  let retryInstance = 0;
  let retryEid = 0;

  /** Ends a reply with its completion code. */
  function fail(message: Uint8Array, code: CompletionCode): number {
    message[3] = code;
    return -ControlHeader.RESPONSE_SIZE;
  }

  function setEndpointId(message: Uint8Array, source: number, nowMs: number): number {
    // Set and Force take any EID; Reset needs a static EID and Set Discovered a binding with that flag, or
    // the command's table gives ERROR_INVALID_DATA. Both ignore the EID in the request.
    const operation = message[3] & 3;
    let wanted = message[4];
    if (operation === SetEidOperation.RESET) wanted = staticEid;
    else if (operation === SetEidOperation.SET_DISCOVERED) {
      if (!discovery) return fail(message, CompletionCode.ERROR_INVALID_DATA);
      discovered = true;
      return eidReply(message, 0);
    }
    if (wanted < Eid.FIRST || wanted === Eid.BROADCAST) {
      return fail(message, CompletionCode.ERROR_INVALID_DATA);
    }
    const instance = message[1];
    if (
      nowMs >= retryUntilMs || wanted !== retryEid || instance !== retryInstance ||
      source !== retrySource
    ) {
      eid = wanted;
      retryUntilMs = nowMs + RETRY_MS;
      retrySource = source;
      retryInstance = instance;
      retryEid = wanted;
      discovered = true;
      environment.onEidSet(wanted, source, nowMs);
    }
    return eidReply(message, 0); // Assignment accepted, no EID pool.
  }

  function eidReply(message: Uint8Array, status: number): number {
    message[3] = CompletionCode.SUCCESS;
    message[4] = status;
    message[5] = eid;
    message[6] = 0;
    return -7;
  }

  function getEndpointId(message: Uint8Array): number {
    message[3] = CompletionCode.SUCCESS;
    message[4] = eid;
    // Simple endpoint; the EID is dynamic, static, or another than the static one.
    message[5] = staticEid === Eid.NULL ? 0 : eid === staticEid ? 2 : 3;
    message[6] = 0;
    return -7;
  }

  function getEndpointUuid(message: Uint8Array): number {
    message[3] = CompletionCode.SUCCESS;
    message.set(uuid, ControlHeader.RESPONSE_SIZE);
    return -20;
  }

  function getVersionSupport(message: Uint8Array): number {
    const reply = versionReplies.get(message[3]);
    if (reply === undefined) return fail(message, CompletionCode.MESSAGE_TYPE_NOT_SUPPORTED);
    message.set(reply, ControlHeader.SIZE);
    return -(ControlHeader.SIZE + reply.length);
  }

  function getMessageTypeSupport(message: Uint8Array): number {
    message.set(typeReply, ControlHeader.SIZE);
    return -(ControlHeader.SIZE + typeReply.length);
  }

  function getVendorSupport(message: Uint8Array): number {
    const selector = message[3];
    if (selector >= vendorSets.length) return fail(message, CompletionCode.ERROR_INVALID_DATA);
    const set = vendorSets[selector];
    message[3] = CompletionCode.SUCCESS;
    message[4] = selector + 1 < vendorSets.length ? selector + 1 : 0xff;
    message[5] = 0; // PCI vendor ID.
    message[6] = set.vendorId >> 8;
    message[7] = set.vendorId;
    message[8] = set.commandSet >> 8;
    message[9] = set.commandSet;
    return -10;
  }

  const onRequest: RequestHandler = (message, length, _reply, source, _tag, nowMs) => {
    if (length < ControlHeader.SIZE) {
      drops[MessageDrop.CONTROL_SHORT]++;
      return 0;
    }
    const flags = message[1];
    if (flags < ControlHeader.REQUEST) {
      drops[MessageDrop.CONTROL_NOT_REQUEST]++;
      return 0;
    }
    if ((flags & ControlHeader.DATAGRAM) !== 0) {
      drops[MessageDrop.CONTROL_DATAGRAM]++;
      return 0;
    }
    message[1] = flags & ControlHeader.INSTANCE_ID;
    const dataLength = length - ControlHeader.SIZE;
    let wantedLength: number;
    const command = message[2];
    switch (command) {
      case ControlCommand.SET_ENDPOINT_ID:
        wantedLength = 2;
        break;
      case ControlCommand.PREPARE_FOR_ENDPOINT_DISCOVERY:
      case ControlCommand.ENDPOINT_DISCOVERY:
        if (!discovery) return fail(message, CompletionCode.ERROR_UNSUPPORTED_CMD);
        wantedLength = 0;
        break;
      case ControlCommand.GET_ENDPOINT_ID:
      case ControlCommand.GET_ENDPOINT_UUID:
      case ControlCommand.GET_MESSAGE_TYPE_SUPPORT:
        wantedLength = 0;
        break;
      case ControlCommand.GET_MCTP_VERSION_SUPPORT:
      case ControlCommand.GET_VENDOR_DEFINED_MESSAGE_SUPPORT:
        wantedLength = 1;
        break;
      default:
        return fail(message, CompletionCode.ERROR_UNSUPPORTED_CMD);
    }
    if (dataLength !== wantedLength) return fail(message, CompletionCode.ERROR_INVALID_LENGTH);
    switch (command) {
      case ControlCommand.SET_ENDPOINT_ID:
        return setEndpointId(message, source, nowMs);
      case ControlCommand.GET_ENDPOINT_ID:
        return getEndpointId(message);
      case ControlCommand.GET_ENDPOINT_UUID:
        return getEndpointUuid(message);
      case ControlCommand.GET_MCTP_VERSION_SUPPORT:
        return getVersionSupport(message);
      case ControlCommand.GET_MESSAGE_TYPE_SUPPORT:
        return getMessageTypeSupport(message);
      case ControlCommand.PREPARE_FOR_ENDPOINT_DISCOVERY:
        discovered = false;
        return fail(message, CompletionCode.SUCCESS);
      case ControlCommand.ENDPOINT_DISCOVERY:
        // Who is discovered already keeps still.
        if (discovered) {
          drops[MessageDrop.CONTROL_DISCOVERED]++;
          return 0;
        }
        return fail(message, CompletionCode.SUCCESS);
      default:
        return getVendorSupport(message);
    }
  };
  // Discovery alone is meant for everybody.
  const onBroadcast: RequestHandler = (message, length, reply, source, tag, nowMs) => {
    const command = length > 2 ? message[2] : 0;
    if (
      discovery && (command === ControlCommand.PREPARE_FOR_ENDPOINT_DISCOVERY ||
        command === ControlCommand.ENDPOINT_DISCOVERY)
    ) return onRequest(message, length, reply, source, tag, nowMs);
    drops[MessageDrop.BROADCAST]++;
    return 0;
  };
  return {
    type: MessageType.CONTROL,
    integrityCheck: false,
    onRequest,
    onBroadcast,
    versions: CONTROL_VERSIONS,
  };
}

/** Makes the data of a version reply: completion code, count, versions in network order. */
function versionReply(versions: readonly number[]): Uint8Array {
  const reply = [CompletionCode.SUCCESS, versions.length];
  for (const one of versions) reply.push(one >>> 24, one >>> 16 & 255, one >>> 8 & 255, one & 255);
  return Uint8Array.of(...reply);
}
