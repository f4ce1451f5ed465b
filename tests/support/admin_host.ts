/**
 * Admin commands to the firmware in Deno, with all of the completion that the answer holds.
 *
 * @module
 */
import type { DeviceDescription } from "../../firmware_ts/device/description.ts";
import { FakePort } from "./fake_port.ts";
import { type AdminFields, signed, unsigned } from "./mi_host.ts";

/** What an Admin command answered. */
export interface AdminAnswer {
  /** NVMe-MI's response status. */
  readonly status: number;
  /** With an invalid parameter: first octet and bit of it in the message. */
  readonly errorByte: number;
  readonly errorBit: number;
  /** Status Field without the phase: SCT << 8 | SC, More (0x2000), Do Not Retry (0x4000). */
  readonly cqe: number;
  readonly dw0: number;
  readonly data: Uint8Array;
  /** The same as a view, for numbers. */
  readonly view: DataView;
}

/** A device, and a host that asks it. */
export class AdminHost {
  readonly port: FakePort;

  constructor(device?: DeviceDescription) {
    this.port = new FakePort(true, device);
  }

  /** Sends a command and takes its answer apart. */
  ask(fields: AdminFields): AdminAnswer {
    return this.answer(this.send(fields));
  }

  /** Sends a command; gives the reply with its integrity check. */
  send(fields: AdminFields): Uint8Array {
    const data = fields.data ?? new Uint8Array();
    const body = new Uint8Array(68 + data.length);
    const view = new DataView(body.buffer);
    body.set([0x84, 0x10, 0, 0, fields.opcode, 3]);
    view.setUint16(6, fields.controller ?? 0, true);
    view.setUint32(8, fields.nsid ?? 0, true);
    view.setUint32(28, fields.offset ?? 0, true);
    view.setUint32(32, fields.length ?? 0, true);
    const dwords = [fields.cdw10, fields.cdw11, fields.cdw12, fields.cdw13, fields.cdw14];
    dwords.forEach((one, i) => view.setUint32(44 + 4 * i, one ?? 0, true));
    body.set(data, 68);
    const reply = this.port.message(9, 0, 8, signed(body));
    if (reply === undefined) throw new Error("Cannot go on: no reply");
    return reply.body;
  }

  /** Takes a signed answer apart. */
  answer(message: Uint8Array): AdminAnswer {
    const octets = unsigned(message);
    const status = octets[4];
    const whole = new DataView(octets.buffer);
    const failed = status !== 0;
    const data = failed ? new Uint8Array() : octets.slice(20);
    return {
      status,
      errorByte: failed ? whole.getUint16(6, true) : 0,
      errorBit: failed ? octets[5] & 7 : 0,
      cqe: failed ? 0 : whole.getUint16(18, true) >> 1,
      dw0: failed ? 0 : whole.getUint32(8, true),
      data,
      view: new DataView(data.buffer),
    };
  }

  /** Identify. */
  identify(cns: number, fields: Partial<AdminFields> = {}): AdminAnswer {
    return this.ask({ opcode: 0x06, length: 4096, ...fields, cdw10: cns | (fields.cdw10 ?? 0) });
  }

  /** Get Log Page of `sizeBytes` from `from` on; `specific` is LSP and RAE. */
  log(
    id: number,
    sizeBytes: number,
    { from = 0, specific = 0, ...fields }: Partial<AdminFields> & {
      from?: number;
      specific?: number;
    } = {},
  ): AdminAnswer {
    const dwords = sizeBytes / 4 - 1;
    return this.ask({
      length: Math.min(sizeBytes, 4096),
      nsid: 0xffffffff,
      ...fields,
      opcode: 0x02,
      cdw10: id | specific << 8 | (dwords & 0xffff) << 16,
      cdw11: dwords >>> 16,
      cdw12: from,
    });
  }
}

/** Makes a controller list of 4,096 octets. */
export function controllerList(...ids: number[]): Uint8Array {
  const list = new Uint8Array(4096);
  const view = new DataView(list.buffer);
  view.setUint16(0, ids.length, true);
  ids.forEach((id, i) => view.setUint16(2 + 2 * i, id, true));
  return list;
}

/** Makes the data of Namespace Management's create, as the host fills them in. */
export function newNamespace(
  blocks: number,
  { capacity = blocks, format = 0, shared = true, protection = 0 } = {},
): Uint8Array {
  const data = new Uint8Array(4096);
  const view = new DataView(data.buffer);
  view.setBigUint64(0, BigInt(blocks), true);
  view.setBigUint64(8, BigInt(capacity), true);
  data[26] = format;
  data[29] = protection;
  data[30] = shared ? 1 : 0;
  return data;
}
