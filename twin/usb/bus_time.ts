import type { UsbSpeed } from "./port.ts";

/**
 * Nanoseconds that a transaction of `sizeBytes` takes: (bytes + 55) / 60 microseconds at high
 * speed, an agreed cost and not a measurement; at full speed 13 bytes of overhead at 12 Mbit/s
 * (USB 2.0, 5.8.4).
 */
export function transactionNs(sizeBytes: number, speed: UsbSpeed): number {
  return speed === "high" ? (sizeBytes + 55) * 1000 / 60 : (sizeBytes + 13) * 8000 / 12;
}

/** Nanoseconds of a (micro)frame. */
export function frameNs(speed: UsbSpeed): number {
  return speed === "high" ? 125_000 : 1_000_000;
}

/** Gives when a transaction of `costNs` may start at or after `nowNs`: none crosses a frame. */
export function fitFrame(nowNs: number, costNs: number, speed: UsbSpeed): number {
  const frame = frameNs(speed);
  const index = Math.floor(nowNs / frame);
  return nowNs + costNs <= (index + 1) * frame ? nowNs : (index + 1) * frame;
}
