/**
 * From a complete message to the handler of its type.
 *
 * @module
 */
import { Eid, Mctp } from "../../wire/mctp_numbers.ts";
import { MessageType } from "../../wire/control_numbers.ts";
import { MessageDrop } from "./counters.ts";

/**
 * Answers one request: tag owner 1, sent to us and not to everybody, integrity check bit as the type has it.
 *
 * Shape: the body is `message[0..length)`, octet 0 the type. Returns 0 for no reply, n > 0 for a reply of
 * n octets in `reply`, n < 0 for one of -n octets in `message`, in place. Both buffers are lent for the call.
 */
export type RequestHandler = (
  message: Uint8Array,
  length: number,
  reply: Uint8Array,
  source: number,
  tag: number,
  nowMs: number,
) => number;

/** Takes one response to a request of ours: tag owner 0. */
export type ResponseHandler = (
  message: Uint8Array,
  length: number,
  source: number,
  tag: number,
  nowMs: number,
) => void;

/** A message type that the firmware speaks. */
export interface Protocol {
  readonly type: number;
  /** Tells whether its messages end in an integrity check, and so have the IC bit set. */
  readonly integrityCheck: boolean;
  readonly onRequest?: RequestHandler;
  /** Takes requests to everybody; without it they are dropped. */
  readonly onBroadcast?: RequestHandler;
  readonly onResponse?: ResponseHandler;
  /** What Get MCTP Version Support says of the type: u32, oldest first. */
  readonly versions: readonly number[];
}

/** Receives messages of all types: the one door of the firmware, whichever way they came. */
export type Receive = (
  message: Uint8Array,
  length: number,
  reply: Uint8Array,
  source: number,
  destination: number,
  tag: number,
  nowMs: number,
) => number;

/**
 * Makes the door for `protocols`; `drops` is counted in the order of `MESSAGE_DROPS`.
 *
 * The table is indexed by octet 0 of the message, integrity check bit included, so that finding the
 * handler is one array read.
 */
export function createReceive(protocols: readonly Protocol[], drops: Uint32Array): Receive {
  const requests: (RequestHandler | undefined)[] = [];
  const responses: (ResponseHandler | undefined)[] = [];
  for (const protocol of protocols) {
    const octet = protocol.type + (protocol.integrityCheck ? MessageType.INTEGRITY_CHECK : 0);
    put(requests, octet, protocol.onRequest);
    put(responses, octet, protocol.onResponse);
  }

  return function receive(message, length, reply, source, destination, tag, nowMs) {
    const octet = message[0];
    if (tag >= Mctp.TAG_OWNER) {
      const handler = requests[octet];
      if (handler !== undefined) {
        if (destination !== Eid.BROADCAST) {
          return handler(message, length, reply, source, tag, nowMs);
        }
        // Seldom, so that no table is kept for it.
        for (const { type, onBroadcast } of protocols) {
          if (type === (octet & 0x7f) && onBroadcast !== undefined) {
            return onBroadcast(message, length, reply, source, tag, nowMs);
          }
        }
        drops[MessageDrop.BROADCAST]++;
      } else drops[unhandled(requests, octet)]++;
      return 0;
    }
    const handler = responses[octet];
    if (handler !== undefined) handler(message, length, source, tag, nowMs);
    else drops[MessageDrop.UNEXPECTED_RESPONSE]++;
    return 0;
  };
}

/** Puts a handler into a table that is no longer than it needs to be, and has no holes: the engine is slow with those. */
function put<T>(table: (T | undefined)[], octet: number, handler: T | undefined): void {
  if (handler === undefined) return;
  while (table.length <= octet) table.push(undefined);
  table[octet] = handler;
}

function unhandled(requests: readonly unknown[], octet: number): MessageDrop {
  return requests[octet ^ MessageType.INTEGRITY_CHECK] === undefined
    ? MessageDrop.UNKNOWN_TYPE
    : MessageDrop.INTEGRITY_BIT;
}
