/**
 * The vectors' device on a twin: the image that a board runs, behind its USB port.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PartialDevice } from "../../firmware_ts/device/device.ts";
import { Board } from "../../twin/board.ts";
import { buildVariant } from "./built.ts";
import type { SentMessage } from "./fake_port.ts";
import { MctpHost } from "./mctp_host.ts";
import { TwinSession } from "./twin_session.ts";
import { type Answer, GAP_MS, onlyReplies, type VectorDevice } from "./vector_device.ts";
import { fromHex, toHex, type TransferCase } from "../vectors/vectors.ts";

const MS = 1e6;
/** Of the last octet of an MCTP header: the device has requests of its own. */
const TAG_OWNER = 8;
/** Longer than any answer takes. */
const SILENCE_MS = 40;
/** More than a look at the counters takes. */
const LOOK_MS = 300;
/** Offset of TIM12_CNT (RM0477), which the firmware counts its time with. */
const COUNTER = 0x24;
const CRASH_ADDRESS = 0x2000_fc00;

/** Builds the image of a vectors' device, `undefined` for the healthy one. */
export async function vectorImage(
  device: PartialDevice | undefined,
  features: readonly string[] = [],
): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "vectors-"));
  try {
    const path = join(folder, "device.ts");
    const described = JSON.stringify(device ?? {});
    writeFileSync(
      path,
      `import { defineDevice } from "usbnvme/device";\nexport default defineDevice(${described});\n`,
    );
    return (await buildVariant({ device: path, features: [...features] })).file;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A booted and enumerated twin with the chip's ID and the crash record that the vectors are for. */
export class VectorTwin implements VectorDevice {
  readonly eid = undefined;
  readonly session: TwinSession;
  #startMs = 0;
  readonly #late: SentMessage[] = [];

  constructor(image: Uint8Array) {
    const board = Board.create({ image, ram: true, strict: true });
    try {
      assert.ok(board.writeMemory(CRASH_ADDRESS, crashRecord("panicked at there")));
      this.session = new TwinSession(board);
    } catch (error) {
      board.close();
      throw error;
    }
    this.pause();
  }

  /** Lets the time between two cases pass; what the device asks for meanwhile is read and dropped. */
  pause(): void {
    const { board } = this.session;
    board.runFor(GAP_MS * MS);
    assert.deepEqual(this.late(), []);
    // In the middle of a millisecond, so that spans come out whole.
    this.#startMs = Math.ceil(this.#nowMs()) + LOOK_MS + 0.5;
  }

  at(ms: number): void {
    const untilMs = this.#startMs + ms;
    if (untilMs - this.#nowMs() > LOOK_MS) {
      this.#runUntil(untilMs - LOOK_MS / 2);
      this.#drain();
    }
    assert.ok(this.#nowMs() <= untilMs, `${ms} ms are over`);
    this.#runUntil(untilMs);
  }

  /**
   * Tells the device's own time, some 30 millionths faster than the board's: no divider makes 32,768 Hz of its clock.
   * What its counter of two seconds leaves open, the board's time tells.
   */
  #nowMs(): number {
    const { board } = this.session;
    const ticks = board.system.blocks.find(({ name }) => name === "TIM12")?.read(COUNTER, 4);
    assert.ok(ticks !== undefined, "the device's clock");
    const ms = ticks * 1000 / 32_768;
    return ms + 2000 * Math.round((board.nowNs / MS - ms) / 2000);
  }

  #runUntil(untilMs: number): void {
    const { board } = this.session;
    // The first run ends a little early, the second makes up for what the clocks have drifted apart.
    for (const part of [0.9999, 1]) board.runFor((untilMs - this.#nowMs()) * part * MS);
  }

  send(from: number, to: number, tag: number, body: Uint8Array): SentMessage | undefined {
    for (const one of this.#host(from).transfers(to, tag >> 3, tag & 7, body)) {
      this.session.send(one);
    }
    const replies = this.replies(SILENCE_MS, 1);
    assert.ok(replies.length <= 1, "at most one reply");
    return replies[0];
  }

  /** Reads what waits: requests of the device, and answers that it has put off (More Processing Required). */
  #drain(): void {
    for (let left = 64; left > 0; left--) {
      const transfer = this.session.tryReceive(1);
      if (transfer === undefined) return;
      this.#late.push(...onlyReplies(this.session.mctp.receive(transfer)));
    }
    assert.fail("the device does not stop sending");
  }

  /** Reads until `most` replies are there, or nothing comes for `timeoutMs`. */
  replies(timeoutMs: number, most = Infinity): SentMessage[] {
    const found: SentMessage[] = [];
    while (found.length < most) {
      const transfer = this.session.tryReceive(timeoutMs);
      if (transfer === undefined) break;
      found.push(...onlyReplies(this.session.mctp.receive(transfer)));
    }
    return found;
  }

  late(): SentMessage[] {
    this.#drain();
    return this.#late.splice(0);
  }

  /** Writes transfers at their times; gives what comes back, as `afterTransfers` says it. */
  transfers(transfers: TransferCase["transfers"]): Answer[] {
    const found: SentMessage[] = [];
    transfers.forEach(([ms, hex], i) => {
      const [before] = transfers[i - 1] ?? [-1];
      if (ms > before) this.at(ms);
      this.session.send(fromHex(hex));
      // The device holds on to what nobody reads, and waits; but reading takes time.
      const spanMs = (transfers[i + 1]?.[0] ?? ms) - ms;
      if (spanMs === 0 || spanMs > LOOK_MS) found.push(...this.replies(0.2));
    });
    found.push(...this.replies(SILENCE_MS));
    return found.map(({ destination, tag, body }) => [destination, tag, toHex(body)]);
  }

  /** Writes transfers; gives the transfers of replies that come back, as hex. */
  replyTransfers(transfers: readonly string[]): string[] {
    const found: Uint8Array[] = [];
    for (const hex of transfers) {
      this.session.send(fromHex(hex));
      for (let one; (one = this.session.tryReceive(SILENCE_MS / 2)) !== undefined;) found.push(one);
    }
    return found.filter((one) => (one[7] & TAG_OWNER) === 0).map(toHex);
  }

  drops(): Record<string, number> {
    const { board } = this.session;
    const from = board.log.length;
    this.session.command("counters\nheap", " heap ");
    const drops: Record<string, number> = {};
    for (const { text } of board.log.slice(from)) {
      const match = / counter (\w+) (\d+)$/.exec(text);
      if (match) drops[match[1]] = Number(match[2]);
    }
    return drops;
  }

  /** Ends the twin; it must have run without a fault or a reset. */
  close(): void {
    const { board } = this.session;
    this.session.close();
    board.close();
    assert.deepEqual(board.resets, ["power-on"]);
    const errors = board.log.filter(({ text }) => / ERROR /.test(text)).slice(1);
    assert.deepEqual(errors, [], "no error but the crash record's");
  }

  #host(from: number): MctpHost {
    const host = new MctpHost(from, this.session.mctp.payload);
    host.spanning = this.session.mctp.spanning;
    return host;
  }
}

/** Makes the record of one crash, as `native/firmware` keeps it over a reset. */
function crashRecord(text: string): Uint8Array {
  const record = new Uint8Array(28 + 480);
  const view = new DataView(record.buffer);
  new TextEncoder().encodeInto(text, record.subarray(28));
  // Magic, crashes, runs that ended at once, starting, kind "ended", length.
  const words = [0x4352_5348, 1, 0, 0, 1, text.length];
  words.forEach((word, i) => view.setUint32(4 * i, word, true));
  const mix = (sum: number, value: number) =>
    Math.imul((sum << 5 | sum >>> 27) ^ value, 0x9e37_79b1);
  view.setUint32(24, [...words, ...record.subarray(28)].reduce(mix, 0), true);
  return record;
}
