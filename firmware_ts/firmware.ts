/**
 * Puts the firmware's parts together over one {@link Port}.
 *
 * @module
 */
import { LogLevel, type Port } from "./port.ts";

/** Starts the firmware on `port`: registers its handlers, and returns. */
export function startFirmware(port: Port): void {
  const rx = port.rx;

  function onMessage(
    _source: number,
    _destination: number,
    tag: number,
    length: number,
    _nowMs: number,
  ): number {
    const message = rx;
    if (message[0] === 0x7e && message[3] === 0xf0 && tag >= 8 && length >= 4) return -length;
    return 0;
  }

  port.log(LogLevel.INFO, "mctp endpoint");
  port.start(onMessage, () => 0, () => {}, () => {}, () => {});
}
