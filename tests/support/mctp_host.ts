/**
 * The host's side of MCTP over USB, for tests and `start`: builds transfers, parses replies.
 *
 * Sans-IO: it touches no bus; {@link exchange} moves the transfers over one that the caller has. It is
 * written over the tables of `wire/`, apart from the firmware's code, and takes nothing on trust.
 *
 * @module
 */
import {
  COMPLETION_RESPONSE,
  decode,
  ECHO,
  EMPTY_REQUEST,
  encode,
  GET_ENDPOINT_ID_RESPONSE,
  GET_ENDPOINT_UUID_RESPONSE,
  GET_MCTP_VERSION_SUPPORT_REQUEST,
  GET_MCTP_VERSION_SUPPORT_RESPONSE,
  GET_MESSAGE_TYPE_SUPPORT_RESPONSE,
  type Layout,
  MCTP_PACKET,
  SET_ENDPOINT_ID_REQUEST,
  SET_ENDPOINT_ID_RESPONSE,
  SPANNING_USB_PACKET,
  USB_PACKET,
  type ValueOf,
} from "../../wire/layouts.ts";

/** A complete message that the device sent. */
export interface HostMessage {
  readonly source: number;
  readonly destination: number;
  readonly tagOwner: number;
  readonly tag: number;
  /** Octet 0 is the integrity check bit and the type. A copy. */
  readonly body: Uint8Array;
}

/** A request ready to be sent, and how its reply is read. */
export interface HostRequest<T> {
  readonly destination: number;
  readonly tag: number;
  readonly body: Uint8Array;
  /** Octets of whole USB transfers, in order. */
  readonly transfers: readonly Uint8Array[];
  /** Reads the reply's body; throws a {@link WireError} or {@link CompletionError}. */
  parse(reply: Uint8Array): T;
}

/** A bus on which transfers go to and come from the device. */
export interface HostBus {
  send(transfer: Uint8Array): Promise<void> | void;
  /** Gives the next transfer of the device, or throws when none comes. */
  receive(): Promise<Uint8Array> | Uint8Array;
}

/** A control reply with a completion code other than success. */
export class CompletionError extends Error {
  readonly code: number;
  constructor(command: number, code: number) {
    super(`Cannot do control command ${command}: completion code ${code}`);
    this.name = "CompletionError";
    this.code = code;
  }
}

interface Partial {
  body: number[];
  sequence: number;
  unit: number;
}

/** One host with its EID, tags and instance IDs. */
export class MctpHost {
  /** Our own EID. */
  readonly eid: number;
  /** Octets of payload in each packet that we send: 64 to 247, or to 8,183 where packets span. */
  payload: number;
  #tag = 0;
  #instanceId = 0;
  readonly #partials = new Map<string, Partial>();

  /** Whether packets span USB packets (DSP0283 1.1), each a transfer of its own; settable, as enumeration tells it. */
  spanning = false;

  constructor(eid = 9, payload = 247) {
    this.eid = eid;
    this.payload = payload;
  }

  /** Makes a request with any body. */
  request<T>(
    destination: number,
    body: Uint8Array,
    parse: (reply: Uint8Array) => T,
  ): HostRequest<T> {
    const tag = this.#tag;
    this.#tag = (tag + 1) % 8;
    return { destination, tag, body, transfers: this.transfers(destination, 1, tag, body), parse };
  }

  /** Assigns `eid` to the device at `destination`; returns the EID that it took. */
  setEid(eid: number, destination = 0, operation = 0): HostRequest<number> {
    const request = encode(SET_ENDPOINT_ID_REQUEST, { ...this.#header(1), operation, eid });
    return this.#control(destination, request, SET_ENDPOINT_ID_RESPONSE, (reply) => reply.eid);
  }

  /** Asks for the device's EID. */
  getEid(destination = 0): HostRequest<ValueOf<typeof GET_ENDPOINT_ID_RESPONSE>> {
    return this.#control(destination, this.#bare(2), GET_ENDPOINT_ID_RESPONSE, (reply) => reply);
  }

  /** Asks for the UUID; returns it as 36 characters. */
  getUuid(destination = 0): HostRequest<string> {
    return this.#control(destination, this.#bare(3), GET_ENDPOINT_UUID_RESPONSE, (reply) => {
      const hex = Array.from(reply.uuid, (octet) => octet.toString(16).padStart(2, "0")).join("");
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    });
  }

  /** Asks for the versions of a message type, 0xff for the base specification; u32 each. */
  getVersion(messageType: number, destination = 0): HostRequest<readonly number[]> {
    const request = encode(GET_MCTP_VERSION_SUPPORT_REQUEST, { ...this.#header(4), messageType });
    return this.#control(
      destination,
      request,
      GET_MCTP_VERSION_SUPPORT_RESPONSE,
      (reply) => reply.versions,
    );
  }

  /** Asks for the message types. */
  getTypes(destination = 0): HostRequest<readonly number[]> {
    return this.#control(
      destination,
      this.#bare(5),
      GET_MESSAGE_TYPE_SUPPORT_RESPONSE,
      (reply) => reply.types,
    );
  }

  /** Asks for an echo of `payload` behind the prefix; the reply must be equal to the request. */
  echo(payload: Uint8Array, destination = 0): HostRequest<Uint8Array> {
    return this.request(destination, encode(ECHO, { payload }), (reply) => {
      const back = decode(ECHO, reply).payload;
      if (back.length !== payload.length || back.some((octet, i) => octet !== payload[i])) {
        throw new Error(
          `Cannot accept the echo: ${back.length} octets, not the ${payload.length} sent`,
        );
      }
      return back;
    });
  }

  /** Asks for an echo of a message whose whole body, type included, has `sizeBytes` octets, at least 4. */
  echoOfSize(sizeBytes: number, destination = 0): HostRequest<Uint8Array> {
    return this.echo(Uint8Array.from({ length: sizeBytes - 4 }, (_, i) => i & 0xff), destination);
  }

  /** Cuts a message into packets, one to a transfer, as Linux did at first, unless `packed`. */
  transfers(
    destination: number,
    tagOwner: number,
    tag: number,
    body: Uint8Array,
    packed = false,
  ): Uint8Array[] {
    const transfers: Uint8Array[] = [];
    for (let at = 0, sequence = 0; at === 0 || at < body.length; sequence = (sequence + 1) % 4) {
      const payload = body.subarray(at, at + this.payload);
      const start = at === 0 ? 1 : 0;
      at += this.payload;
      const end = at >= body.length ? 1 : 0;
      const source = this.eid;
      const data = encode(MCTP_PACKET, {
        destination,
        source,
        start,
        end,
        sequence,
        tagOwner,
        tag,
        payload,
      });
      const packet = this.spanning
        ? encode(SPANNING_USB_PACKET, {
          length: data.length + 4 >> 8,
          lengthLow: data.length + 4 & 255,
          data,
        })
        : encode(USB_PACKET, { length: data.length + 4, data });
      const last = transfers.at(-1);
      if (packed && last !== undefined && last.length + packet.length <= 512) {
        transfers[transfers.length - 1] = Uint8Array.of(...last, ...packet);
      } else transfers.push(packet);
    }
    return transfers;
  }

  /** Takes a transfer of the device apart; returns the messages that it completes. */
  receive(transfer: Uint8Array): HostMessage[] {
    if (transfer.length === 0 || transfer.length > (this.spanning ? 8191 : 512)) {
      throw new Error(`Cannot take a transfer of ${transfer.length} octets`);
    }
    const messages: HostMessage[] = [];
    for (let at = 0; at < transfer.length;) {
      const length = transfer[at + 3] + (this.spanning ? (transfer[at + 2] & 0x1f) << 8 : 0);
      const octets = transfer.subarray(at, at + Math.max(length, 5));
      const usb = decode(this.spanning ? SPANNING_USB_PACKET : USB_PACKET, octets);
      if (usb.data.length !== length - 4) throw new Error(`Cannot read the packet at ${at}: cut`);
      at += length;
      const message = this.#packet(usb.data);
      if (message !== undefined) messages.push(message);
    }
    return messages;
  }

  /** Tells whether `message` is the reply to `request`. */
  isReply<T>(request: HostRequest<T>, message: HostMessage): boolean {
    return message.tagOwner === 0 && message.tag === request.tag &&
      message.destination === this.eid && message.body[0] === request.body[0];
  }

  #packet(data: Uint8Array): HostMessage | undefined {
    const packet = decode(MCTP_PACKET, data);
    const { source, destination, tagOwner, tag, payload, sequence } = packet;
    const key = `${source} ${destination} ${tagOwner} ${tag}`;
    let partial = this.#partials.get(key);
    if (packet.start === 1) {
      if (partial !== undefined) throw new Error("Cannot join: a start within a message");
      partial = { body: [], sequence, unit: payload.length };
      this.#partials.set(key, partial);
    }
    if (partial === undefined) throw new Error("Cannot join: no start");
    if (partial.sequence !== sequence) throw new Error("Cannot join: out of sequence");
    if (packet.end === 0 ? payload.length !== partial.unit : payload.length > partial.unit) {
      throw new Error(`Cannot join: a packet of ${payload.length} octets after ${partial.unit}`);
    }
    for (const octet of payload) partial.body.push(octet);
    partial.sequence = (sequence + 1) % 4;
    if (packet.end === 0) return undefined;
    this.#partials.delete(key);
    return { source, destination, tagOwner, tag, body: Uint8Array.from(partial.body) };
  }

  #header(
    command: number,
  ): { request: number; datagram: number; instanceId: number; command: number } {
    const instanceId = this.#instanceId;
    this.#instanceId = (instanceId + 1) % 32;
    return { request: 1, datagram: 0, instanceId, command };
  }

  #bare(command: number): Uint8Array {
    return encode(EMPTY_REQUEST, this.#header(command));
  }

  #control<L extends Layout, T>(
    destination: number,
    body: Uint8Array,
    layout: L,
    take: (reply: ValueOf<L>) => T,
  ): HostRequest<T> {
    return this.request(destination, body, (reply) => {
      const head = decode(COMPLETION_RESPONSE, reply.subarray(0, 4));
      if (head.request !== 0 || head.datagram !== 0) throw new Error("Cannot accept: no response");
      if (head.instanceId !== (body[1] & 0x1f) || head.command !== body[2]) {
        throw new Error("Cannot accept: instance ID or command is another");
      }
      if (head.completion !== 0) throw new CompletionError(head.command, head.completion);
      return take(decode(layout, reply));
    });
  }
}

/** Sends `request` on `bus` and takes transfers until its reply is complete; other messages are dropped. */
export async function exchange<T>(
  bus: HostBus,
  host: MctpHost,
  request: HostRequest<T>,
): Promise<T> {
  for (const transfer of request.transfers) await bus.send(transfer);
  for (;;) {
    for (const message of host.receive(await bus.receive())) {
      if (host.isReply(request, message)) return request.parse(message.body);
    }
  }
}
