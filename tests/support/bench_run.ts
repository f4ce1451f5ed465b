/** A run of the bench's sender on the twin, with the host reading all the while. */
import { Board } from "../../twin/board.ts";
import { BENCH_REQUEST, BENCH_RESPONSE, decode, encode } from "../../wire/layouts.ts";
import { TwinSession } from "./twin_session.ts";

/** What a run gave. */
export interface BenchRun {
  /** 10^6 octets of payload a second of virtual time, start and end left out. */
  readonly megabytesPerSecond: number;
  /** Instructions of one message. */
  readonly instructions: number;
  /** Longest virtual time until a control request was answered meanwhile, in ms. */
  readonly controlMs: number;
}

const EID = 8;
/** Messages before the measure begins. */
const WARM_UP = 4;

/**
 * Boots an image made with `mctp-bench`, asks for `messages` of `payloadSize` octets and checks each octet of them;
 * with `controls`, asks for the EID all the time.
 *
 * @throws {Error} If the device refuses, or a message is missing or wrong.
 */
export function runBench(
  loader: Uint8Array,
  image: Uint8Array,
  payloadSize: number,
  messages: number,
  controls = false,
): BenchRun {
  const board = Board.create({ loader, image, strict: true });
  try {
    board.run({ untilNs: board.nowNs + 1e9, until: () => board.usb.attached });
    const session = new TwinSession(board);
    try {
      return run(session, payloadSize, messages, controls);
    } finally {
      session.close();
    }
  } finally {
    board.close();
  }
}

function run(
  session: TwinSession,
  payloadSize: number,
  messages: number,
  controls: boolean,
): BenchRun {
  const { mctp, board } = session;
  session.ask(mctp.setEid(EID));
  const command = { version: 1, command: 1, instanceId: 0x1234, flags: 0 };
  const count = messages + WARM_UP;
  const body = encode(BENCH_REQUEST, { ...command, payloadSize, messageCount: BigInt(count) });
  const { status } = session.ask(
    mctp.request(EID, body, (reply) => decode(BENCH_RESPONSE, reply)),
  );
  if (status !== 0) throw new Error(`Cannot run the bench: status ${status}`);
  const wanted = Uint8Array.from({ length: payloadSize + 1 }, (_, i) => i - 1);
  wanted.set([0x7e, 0xcc, 0xde, 0xf1, 0xca, 0xbe]);
  let sequence = 0xfffffffa;
  let began = { ns: 0, instructions: 0 };
  let controlMs = 0;
  let asked: { readonly request: ReturnType<typeof mctp.getEid>; readonly ns: number } | undefined;
  for (let received = 0; received < count;) {
    if (controls && asked === undefined) {
      asked = { request: mctp.getEid(EID), ns: board.nowNs };
      for (const one of asked.request.transfers) session.queue(one);
    }
    for (const message of mctp.receive(session.receive())) {
      if (asked !== undefined && mctp.isReply(asked.request, message)) {
        asked.request.parse(message.body);
        controlMs = Math.max(controlMs, (board.nowNs - asked.ns) / 1e6);
        asked = undefined;
        continue;
      }
      // The device asks of its own accord, too.
      if (message.body[0] !== wanted[0]) continue;
      new DataView(wanted.buffer).setUint32(6, sequence, true);
      if (message.tagOwner !== 1 || !equal(message.body, wanted)) {
        throw new Error(`Cannot accept message ${received} of the bench`);
      }
      sequence = (sequence + 1) >>> 0;
      received++;
      if (received === WARM_UP) began = { ns: board.nowNs, instructions: board.instructions };
    }
  }
  const ns = board.nowNs - began.ns;
  return {
    megabytesPerSecond: messages * payloadSize * 1e3 / ns,
    instructions: (board.instructions - began.instructions) / messages,
    controlMs,
  };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
