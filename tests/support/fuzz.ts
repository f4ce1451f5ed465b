/**
 * Mixed messages from a seeded generator, valid and damaged at every layer, each with what must come of it.
 *
 * A message either gets one reply that fits it, or moves the counter of its fault by one. Anything else is a
 * {@link FuzzFailure}, which carries the last messages as a vector file.
 *
 * @module
 */
import type { TwinSession } from "./twin_session.ts";
import { signed, unsigned } from "./mi_host.ts";
import type { HostMessage } from "./mctp_host.ts";
import { Random } from "./random.ts";

/** Own EID of the device while it is fuzzed. */
export const FUZZ_EID = 8;
/** Messages that a failure shows. */
const HISTORY = 40;
const TYPE = { control: 0x00, pldm: 0x01, mi: 0x84, vendor: 0x7e } as const;

/** What must come of a message. */
type Expected =
  | { readonly drop: string }
  | { readonly reply: (body: Uint8Array, request: Uint8Array) => string | undefined };

interface Case {
  readonly kind: string;
  /** The message's body; or a transfer as it is. */
  readonly body?: Uint8Array;
  readonly transfer?: Uint8Array;
  readonly tagOwner?: number;
  readonly expected: Expected;
}

/** What a run has found. */
export class FuzzFailure extends Error {
  /** The last messages, in the form of `tests/vectors/`. */
  readonly vector: string;
  constructor(what: string, seed: number, step: number, history: readonly Uint8Array[]) {
    super(`Cannot accept step ${step} of seed ${seed}: ${what}`);
    this.name = "FuzzFailure";
    const steps = history.map((body) => ({ request: hex(body), reply: "?" }));
    const name = `fuzz, seed ${seed}, step ${step}: ${what}`;
    this.vector = JSON.stringify({ source: "deno task fuzz", cases: [{ name, steps }] }, null, 2);
  }
}

/** A run over one device. */
export class Fuzz {
  /** Messages sent, by kind. */
  readonly kinds = new Map<string, number>();
  /** Drops that must have been counted, by counter. */
  readonly drops = new Map<string, number>();
  steps = 0;
  readonly #session: TwinSession;
  readonly #seed: number;
  readonly #random: Random;
  readonly #history: Uint8Array[] = [];
  #before: Map<string, number>;

  /** The device has the EID {@link FUZZ_EID}. */
  constructor(session: TwinSession, seed: number) {
    this.#session = session;
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#before = this.counters();
  }

  /** Sends one message and looks at what comes. @throws {FuzzFailure} If it is wrong. */
  step(): void {
    const one = this.#make();
    this.steps++;
    this.kinds.set(one.kind, (this.kinds.get(one.kind) ?? 0) + 1);
    this.#history.push(one.body ?? one.transfer ?? new Uint8Array());
    if (this.#history.length > HISTORY) this.#history.shift();
    const { mctp } = this.#session;
    const tag = this.#random.below(8);
    if (one.transfer) this.#send(one.kind, one.transfer);
    else if (one.body) {
      for (const transfer of mctp.transfers(FUZZ_EID, one.tagOwner ?? 1, tag, one.body, true)) {
        this.#send(one.kind, transfer);
      }
    }
    if ("drop" in one.expected) {
      const { drop } = one.expected;
      this.drops.set(drop, (this.drops.get(drop) ?? 0) + 1);
      return;
    }
    const request = one.body ?? new Uint8Array();
    for (let late = false;; late = true) {
      const reply = this.#reply(one.kind, tag, request[0], late);
      const wrong = one.expected.reply(reply, request);
      if (wrong !== undefined) this.#fail(`${one.kind}: ${wrong}: ${hex(reply)}`);
      // More Processing Required: the reply proper comes later, under the same tag.
      if (request[0] === TYPE.mi && (request[1] >> 3) > 0 && reply[4] === 1) continue;
      return;
    }
  }

  /** Looks whether the device has counted what it dropped, and lives. @throws {FuzzFailure} If not. */
  check(): void {
    const now = this.counters();
    for (const name of new Set([...this.drops.keys(), ...now.keys()])) {
      const counted = (now.get(name) ?? 0) - (this.#before.get(name) ?? 0);
      const sent = this.drops.get(name) ?? 0;
      if (counted !== sent) this.#fail(`counter ${name} moved by ${counted}, not by ${sent}`);
    }
    this.drops.clear();
    this.#before = now;
    const { board } = this.#session;
    const lines = board.log.filter(({ text }) => / (ERROR|WARN) .*(script|panick)/.test(text));
    if (lines.length > 0) this.#fail(lines[0].text);
    if (board.lockup !== undefined) this.#fail(`locked up: ${board.lockup}`);
    board.log.length = 0;
  }

  /** Reads the device's counters by name. */
  counters(): Map<string, number> {
    const { board } = this.#session;
    const from = board.log.length;
    board.rttWrite("counters\neid\n");
    if (!board.runUntilLog(" eid ", 1e9, from)) this.#fail("the console does not answer");
    const found = new Map<string, number>();
    for (const { text } of board.log.slice(from)) {
      const match = /counter (.+) (\d+)$/.exec(text);
      if (match) found.set(match[1], Number(match[2]));
    }
    return found;
  }

  #send(kind: string, transfer: Uint8Array): void {
    try {
      this.#session.send(transfer);
    } catch (error) {
      if (!(error instanceof Error && error.name === "TimeoutError")) throw error;
      this.#fail(`${kind}: not taken`);
    }
  }

  #fail(what: string): never {
    throw new FuzzFailure(what, this.#seed, this.steps, this.#history);
  }

  /** Gives the body of the reply; what the device asks or tells by itself is let go. */
  #reply(kind: string, tag: number, type: number, late: boolean): Uint8Array {
    for (;;) {
      const transfer = this.#session.tryReceive(late ? 5_000 : 1_000);
      if (transfer === undefined) this.#fail(`${kind}: no ${late ? "late " : ""}reply`);
      const found = this.#session.mctp.receive(transfer).filter((one) => one.tagOwner === 0);
      if (found.length === 0) continue;
      const [message] = found as HostMessage[];
      if (found.length > 1 || message.tag !== tag || message.body[0] !== type) {
        this.#fail(`${kind}: a reply under tag ${message.tag}: ${hex(message.body)}`);
      }
      return message.body;
    }
  }

  #make(): Case {
    const random = this.#random;
    const make = KINDS[random.below(KINDS.length)];
    return make(random);
  }
}

const hex = (octets: Uint8Array) =>
  [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join(" ");
const drop = (
  kind: string,
  name: string,
  body: Uint8Array,
  tagOwner = 1,
): Case => ({ kind, body, tagOwner, expected: { drop: name } });
const pick = <T>(random: Random, of: readonly T[]): T => of[random.below(of.length)];
const bytes = (random: Random, size: number) => random.fill(new Uint8Array(size));

/** A control or PLDM reply: header of the request with Rq cleared, `header` octets alike, `size` at least. */
const sameHeader = (header: number, size: number) => (reply: Uint8Array, request: Uint8Array) => {
  if (reply.length < size) return "too short";
  if (reply[1] !== (request[1] & 0x1f)) return "another instance ID, or no response";
  for (let at = 2; at < header; at++) if (reply[at] !== request[at]) return "another command";
  return undefined;
};

const miReply = (reply: Uint8Array, request: Uint8Array) => {
  if (reply[1] !== (request[1] | 0x80)) return "another kind of NVMe-MI message";
  try {
    unsigned(reply);
  } catch (error) {
    return String(error);
  }
  if (reply.length < 12 || reply.length > 4124) return "a size that no response has";
  if (reply[4] !== 0 && reply.length !== 12) return "data behind an error";
  return undefined;
};

function control(random: Random): Case {
  const command = pick(random, [2, 3, 4, 5, 6, 2, 3, 4, 5, 6, 7, 8, 0x0b, 0x20, 0xf0]);
  const size = pick(random, [0, 0, 1, 1, 2, 5, 30]);
  const body = Uint8Array.of(0, 0x80 | random.below(32), command, ...bytes(random, size));
  return { kind: "control", body, expected: { reply: sameHeader(3, 4) } };
}

function setEid(random: Random): Case {
  const body = Uint8Array.of(0, 0x80 | random.below(32), 1, random.below(2), FUZZ_EID);
  return { kind: "set EID", body, expected: { reply: sameHeader(3, 7) } };
}

function controlFault(random: Random): Case {
  const instance = random.below(32);
  return pick(random, [
    () => drop("short control", "controlShort", Uint8Array.of(0, 0x80)),
    () => drop("control, Rq 0", "controlNotRequest", Uint8Array.of(0, instance, 2)),
    () => drop("control datagram", "controlDatagram", Uint8Array.of(0, 0xc0 | instance, 2)),
  ])();
}

function echo(random: Random): Case {
  const size = random.below(pick(random, [20, 300, 4000]));
  const body = Uint8Array.of(TYPE.vendor, 0xcc, 0xde, 0xf0, ...bytes(random, size));
  const reply = (back: Uint8Array) => hex(back) === hex(body) ? undefined : "not the same octets";
  return { kind: "echo", body, expected: { reply } };
}

function miCommand(random: Random): Case {
  const body = new Uint8Array(16 + pick(random, [0, 0, 0, 0, 4, 5, 8, 40]));
  random.fill(body);
  const opcode = pick(random, [0, 0, 1, 1, 2, 2, 3, 4, 4, 5, 6, 7, 0x0c, 0x20, random.below(256)]);
  body.set([TYPE.mi, 0x08 | random.below(2), 0, 0, opcode]);
  if (random.below(2)) body.set([random.below(6), 0, 0, random.below(3)], 8);
  if (random.below(2)) body.set([random.below(256), random.below(2), 0, random.below(2) << 7], 12);
  return { kind: "MI command", body: signed(body), expected: { reply: miReply } };
}

function adminCommand(random: Random): Case {
  const size = pick(random, [0, 0, 0, 0, 8, 16, 512, 4096]);
  const body = new Uint8Array(68 + size);
  const view = new DataView(body.buffer);
  const opcodes = [2, 2, 6, 6, 6, 9, 0x0a, 0x0a, 0x0d, 0x10, 0x11, 0x14, 0x15, 0x80, 0x82, 0x84];
  const opcode = pick(random, [...opcodes, random.below(256)]);
  body.set([TYPE.mi, 0x10 | random.below(2), 0, 0, opcode, random.below(4), random.below(4)]);
  view.setUint32(8, pick(random, [0, 1, 2, 3, 4, 5, 17, 0xfffffffe, 0xffffffff]), true);
  view.setUint32(28, pick(random, [0, 0, 0, 4, 64, 4092, 4096, 7]), true);
  view.setUint32(32, pick(random, [0, 4, 64, 512, 4096, 4096, 4100, 3]), true);
  view.setUint32(44, pick(random, [random.below(32), random.u32()]), true);
  if (opcode === 2) {
    view.setUint32(44, random.below(32) | random.below(1024) << 16, true);
    view.setUint32(52, pick(random, [0, 0, 4, 512, 4096, 5]), true);
  } else {for (const at of [48, 52, 56, 60]) {
      view.setUint32(at, pick(random, [0, random.u32()]), true);
    }}
  if (size >= 16) {
    // A namespace of some size, or a controller list.
    view.setUint32(68, pick(random, [1, 2, 1000]), true);
    view.setUint32(76, pick(random, [1, 1000]), true);
  }
  return { kind: "Admin command", body: signed(body), expected: { reply: miReply } };
}

function primitive(random: Random): Case {
  // Pause and Replay answer more than once, or not at once: they have tests of their own.
  const opcode = pick(random, [1, 2, 3, 3, 5, 0xff]);
  const body = Uint8Array.of(
    TYPE.mi,
    random.below(2),
    0,
    0,
    opcode,
    random.below(256),
    random.below(2),
    0,
  );
  return { kind: "control primitive", body: signed(body), expected: { reply: miReply } };
}

function pcie(random: Random): Case {
  const body = new Uint8Array(20 + pick(random, [0, 0, 0, 4]));
  body.set([TYPE.mi, 0x20 | random.below(2), 0, 0, pick(random, [0, 0, 0, 1, 2, 9])]);
  body[6] = random.below(4);
  body.set([random.below(256), random.below(17)], 8);
  body.set([random.below(256), random.below(17)], 12);
  return { kind: "PCIe command", body: signed(body), expected: { reply: miReply } };
}

function miFault(random: Random): Case {
  const good = Uint8Array.of(TYPE.mi, 0x08, 0, 0, 1, ...new Uint8Array(11));
  const changed = (at: number, value: number) => {
    const body = good.slice();
    body[at] = value;
    return body;
  };
  return pick(random, [
    () => {
      const body = signed(good);
      body[random.below(body.length - 1) + 1] ^= 1 << random.below(8);
      return drop("MI, one bit wrong", "miIntegrity", body);
    },
    () => drop("MI, short", "miShort", Uint8Array.of(TYPE.mi, ...bytes(random, random.below(6)))),
    () => drop("MI, response", "miNotRequest", signed(changed(1, 0x88))),
    () => drop("MI, reserved type", "miUnknown", signed(changed(1, pick(random, [3, 6, 15]) << 3))),
    () => drop("MI, no integrity check", "integrityBit", signed(changed(0, 0x04))),
  ])();
}

function pldm(random: Random): Case {
  const type = pick(random, [0, 0, 2, 2, 7, 5, 63]);
  const command = pick(random, [1, 2, 3, 4, 5, 7, 9, 0x10, 0x11, 0x12, 0x50, 0x51, 0x20, 0xff]);
  const size = pick(random, [0, 1, 2, 3, 4, 5, 6, 10, 13, 18, 18, 40]);
  const body = Uint8Array.of(1, 0x80 | random.below(32), type, command, ...bytes(random, size));
  if (random.below(2)) body.fill(0, 4);
  return { kind: "PLDM", body, expected: { reply: sameHeader(4, 5) } };
}

function pldmFault(random: Random): Case {
  return pick(random, [
    () => drop("short PLDM", "pldmShort", Uint8Array.of(1, 0x80)),
    () => drop("PLDM, Rq 0", "pldmNotRequest", Uint8Array.of(1, random.below(32), 0, 2)),
    () => drop("PLDM datagram", "pldmDatagram", Uint8Array.of(1, 0xc0, 0, 2)),
  ])();
}

function stranger(random: Random): Case {
  const type = pick(random, [2, 3, 5, 6, 0x10, 0x7d, 0x7f, 0x85, 0xff]);
  return pick(random, [
    () => drop("unknown type", "unknownType", Uint8Array.of(type, ...bytes(random, 5))),
    () => drop("unknown vendor", "vendorUnknown", Uint8Array.of(TYPE.vendor, 1, 2, 3, 4)),
    () => drop("a response to nothing", "unexpectedResponse", Uint8Array.of(0x7d, 0, 0), 0),
  ])();
}

function transport(random: Random): Case {
  const packet = [0x1a, 0xb4, 0, 12, 1, FUZZ_EID, 9, 0xc8, 0x7d, ...bytes(random, 3)];
  const changed = (name: string, at: number, value: number): Case => {
    const transfer = Uint8Array.from(packet);
    transfer[at] = value;
    return { kind: `transport, ${name}`, transfer, expected: { drop: name } };
  };
  return pick(random, [
    () => changed("usbWrongId", random.below(2), 0x55),
    () => changed("usbShortLength", 3, random.below(4)),
    () => changed("usbPastEnd", 3, 13 + random.below(200)),
    () => changed("packetVersion", 4, 2),
    () => changed("packetDestination", 5, 77),
    () => changed("packetSource", 6, 0xff),
    () => changed("noStart", 7, 0x48 | random.below(8)),
  ])();
}

/** All kinds; what stands twice comes twice as often. */
const KINDS: readonly ((random: Random) => Case)[] = [
  control,
  control,
  setEid,
  controlFault,
  echo,
  echo,
  miCommand,
  miCommand,
  miCommand,
  adminCommand,
  adminCommand,
  adminCommand,
  adminCommand,
  primitive,
  pcie,
  miFault,
  pldm,
  pldm,
  pldmFault,
  stranger,
  transport,
];
