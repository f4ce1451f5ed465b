/**
 * The bench: sends data messages as fast as they go, and counts those that come.
 *
 * Built in by the feature `mctp-bench`; `bench_absent.ts` stands for it otherwise. The messages of a run lie in
 * `port.large`, where only the sequence number changes, so that a message costs the script two calls.
 *
 * @module
 */
import { BenchCommand, BenchStatus, Vendor } from "../wire/vendor_numbers.ts";
import type { Bench, BenchEnvironment } from "./bench_absent.ts";
import { Sent } from "./bench_absent.ts";
import { commandStatus } from "./bench_absent.ts";
import { MessageDrop } from "./mctp/counters.ts";
import { LogLevel } from "./port.ts";

/** Octets before the filler: type, prefix, magic, sequence number. */
const FILLER_AT = 10;
/** The tag of all data messages. */
const TAG = 0x0f;

/** Makes the bench, idle. */
export default function createBench(environment: BenchEnvironment): Bench {
  const { port, drops, most } = environment;

  let peer = 0;
  let length = 0;
  let left = 0;
  let sent = 0;
  let sequence = 0;
  let beganMs = 0;
  let running = false;
  /** Whether a message is on its way, whose end `room` tells. */
  let underWay = false;
  let filled = false;

  function log(text: string): void {
    port.log(LogLevel.INFO, `bench ${text}`);
  }

  function amount(messages: number, bytes: number, ms: number): string {
    return `${messages} messages, ${bytes} bytes in ${ms} ms, ` +
      `${Math.floor(bytes / (ms > 0 ? ms : 1))} kB/s`;
  }

  function state(nowMs: number): string {
    return `to EID ${peer}: ${amount(sent, sent * (length - 1), nowMs - beganMs)}`;
  }

  function fill(): void {
    const { large } = port;
    large.set([0x7e, Vendor.ID_HIGH, Vendor.ID_LOW, Vendor.BENCH, 0xca, 0xbe]);
    for (let i = 0; i < 256; i++) large[FILLER_AT + i] = FILLER_AT - 1 + i;
    for (let size = 256; FILLER_AT + size < large.length; size *= 2) {
      const room = large.length - FILLER_AT - size;
      port.copy(large, FILLER_AT + size, large, FILLER_AT, size < room ? size : room);
    }
    filled = true;
  }

  function stop(why: string, nowMs: number): void {
    if (!running) return;
    running = false;
    log(`${why} ${state(nowMs)}`);
    if (!underWay) giveBack();
  }

  function giveBack(): void {
    filled = false;
    environment.claim(false);
  }

  function next(nowMs: number): void {
    while (!underWay) {
      if (!running) return giveBack();
      if (left === 0) return stop("sent", nowMs);
      const { large } = port;
      large[6] = sequence;
      if ((sequence & 255) === 0 || sent === 0) {
        large[7] = sequence >>> 8;
        large[8] = sequence >>> 16;
        large[9] = sequence >>> 24;
      }
      const result = environment.send(peer, TAG, length);
      if (result === Sent.NOT) return;
      if (result === Sent.UNDER_WAY) underWay = true;
      left--;
      sent++;
      sequence = sequence + 1 >>> 0;
    }
  }

  function begin(message: Uint8Array, source: number, nowMs: number): BenchStatus {
    const payload = message[16] | message[17] << 8;
    if (
      payload > most || (message[12] | message[13] | message[14] | message[15]) !== 0
    ) return BenchStatus.BAD_ARGUMENT;
    // A run that is not over has the large buffer already.
    if (!running && !underWay && !environment.claim(true)) return BenchStatus.ERROR;
    stop("cut short by another request", nowMs);
    if (!filled) {
      environment.claim(true);
      fill();
    }
    running = true;
    peer = source;
    length = payload + 1;
    left = u32(message, 18) + u32(message, 22) * 0x1_0000_0000;
    sent = 0;
    sequence = Vendor.BENCH_SEQUENCE_START;
    beganMs = nowMs;
    log(`begins to EID ${source}: ${left} messages of ${payload} bytes`);
    if (!underWay) environment.soon(nowMs);
    return BenchStatus.OK;
  }

  // What came.
  let received = 0;
  let receivedBytes = 0;
  let gaps = 0;
  let missing = 0;
  let invalid = 0;
  let expected = 0;
  let firstMs = 0;
  let lastMs = 0;
  let knownLength = 0;
  let knownCrc = 0;
  const pattern = Uint8Array.of(...Array.from({ length: 256 }, (_, i) => FILLER_AT - 1 + i & 255));

  /** Whether the filler is right: compared block by block, and as a whole with the last one of that length. */
  function isFiller(message: Uint8Array, size: number): boolean {
    const rest = size - FILLER_AT;
    if (rest === 0) return true;
    const crc = port.crc32c(message, FILLER_AT, rest);
    if (size === knownLength) return crc === knownCrc;
    const block = port.crc32c(pattern, 0, 256);
    for (let at = 0; at < rest; at += 256) {
      const part = rest - at < 256 ? rest - at : 256;
      const wanted = part === 256 ? block : port.crc32c(pattern, 0, part);
      if (port.crc32c(message, FILLER_AT + at, part) !== wanted) return false;
    }
    knownLength = size;
    knownCrc = crc;
    return true;
  }

  function receive(message: Uint8Array, size: number, nowMs: number): void {
    if (size < FILLER_AT || !isFiller(message, size)) {
      invalid++;
      drops[MessageDrop.BENCH_INVALID]++;
      return;
    }
    const number = u32(message, 6);
    if (number === Vendor.BENCH_SEQUENCE_START) {
      received =
        receivedBytes =
        gaps =
        missing =
        invalid =
          0;
      firstMs = nowMs;
    } else if (number !== expected) {
      gaps++;
      missing += number - expected >>> 0;
    }
    expected = number + 1 >>> 0;
    received++;
    receivedBytes += size - 1;
    lastMs = nowMs;
  }

  return {
    built: true,
    onMessage(message, size, _reply, source, _tag, nowMs) {
      if (size >= 6 && (message[4] | message[5] << 8) === Vendor.BENCH_DATA_MAGIC) {
        receive(message, size, nowMs);
        return 0;
      }
      let status = commandStatus(message, size);
      if (status < 0) {
        drops[MessageDrop.BENCH_INVALID]++;
        return 0;
      }
      if (status === BenchStatus.OK) status = begin(message, source, nowMs);
      message[7] = BenchCommand.RESPONSE;
      message[12] = status;
      return -Vendor.BENCH_RESPONSE_SIZE;
    },
    room(nowMs) {
      underWay = false;
      if (running || filled) next(nowMs);
    },
    detached(nowMs) {
      underWay = false;
      stop("ends with the host", nowMs);
    },
    line(rest, nowMs) {
      if (rest === "stop") stop("stopped", nowMs);
      log(`sender ${running ? "runs" : "idle"}, ${state(running ? nowMs : beganMs)}`);
      log(
        `received ${amount(received, receivedBytes, lastMs - firstMs)}, ` +
          `${gaps} gaps, ${missing} missing, ${invalid} invalid`,
      );
    },
  };
}

function u32(octets: Uint8Array, at: number): number {
  return (octets[at] | octets[at + 1] << 8 | octets[at + 2] << 16 | octets[at + 3] << 24) >>> 0;
}
