import type { ScriptedDriver, ScriptedFunction } from "./scripted_driver.ts";

/** Device descriptor: 0x1209:0x0001, class of the interface, strings 1..3. */
const DEVICE = Uint8Array.of(18, 1, 0x10, 2, 0, 0, 0, 64, 0x09, 0x12, 1, 0, 0, 1, 1, 2, 3, 1);
const QUALIFIER = Uint8Array.of(10, 6, 0x10, 2, 0, 0, 0, 64, 1, 0);
const BOS = Uint8Array.of(5, 15, 12, 0, 1, 7, 16, 2, 0, 0, 0, 0);

function configuration(type: number, bulk: number): Uint8Array {
  return Uint8Array.of(
    ...[9, type, 39, 0, 1, 1, 0, 0x80, 50],
    ...[9, 4, 0, 0, 3, 0xff, 0, 0, 0],
    ...[7, 5, 0x01, 2, bulk & 255, bulk >> 8, 0],
    ...[7, 5, 0x81, 2, bulk & 255, bulk >> 8, 0],
    ...[7, 5, 0x82, 3, 8, 0, 4],
  );
}

function text(value: string): Uint8Array {
  const bytes = new Uint8Array(2 + value.length * 2);
  bytes.set([bytes.length, 3]);
  for (let i = 0; i < value.length; i++) bytes[2 + 2 * i] = value.charCodeAt(i);
  return bytes;
}

const STRINGS = [Uint8Array.of(4, 3, 9, 4), text("Example"), text("Echo"), text("0001")];

/**
 * A vendor device: bulk OUT 1 is echoed packet by packet on bulk IN 1, interrupt IN 2 sends a
 * counter, vendor request 1 writes and 2 reads a buffer.
 */
export class EchoFunction implements ScriptedFunction {
  readonly endpoints = [
    { address: 0x01, type: 2, maxPacket: 512 },
    { address: 0x81, type: 2, maxPacket: 512 },
    { address: 0x82, type: 3, maxPacket: 8 },
  ];
  buffer: Uint8Array = new Uint8Array(0);

  controlIn(setup: Uint8Array): Uint8Array | undefined {
    if (setup[0] === 0xc0 && setup[1] === 2) return this.buffer;
    if (setup[0] !== 0x80 || setup[1] !== 6) return undefined;
    const index = setup[2];
    if (setup[3] === 1) return DEVICE;
    if (setup[3] === 2) return configuration(2, 512);
    if (setup[3] === 3) return STRINGS[index];
    if (setup[3] === 6) return QUALIFIER;
    if (setup[3] === 7) return configuration(7, 64);
    return setup[3] === 15 ? BOS : undefined;
  }

  controlOut(setup: Uint8Array, data: Uint8Array): boolean {
    if (setup[0] === 0x01 && setup[1] === 11) return true;
    if (setup[0] !== 0x40 || setup[1] !== 1) return false;
    this.buffer = data;
    return true;
  }

  tasks(driver: ScriptedDriver) {
    return [this.#echo(driver), this.#count(driver)];
  }

  *#echo(driver: ScriptedDriver): Generator<void, void, void> {
    yield* driver.active("DOEPCTL", 1);
    for (;;) {
      const packet = yield* driver.readPacket(1);
      yield* driver.writePacket(1, packet);
    }
  }

  *#count(driver: ScriptedDriver): Generator<void, void, void> {
    yield* driver.active("DIEPCTL", 2);
    for (let n = 1;; n++) yield* driver.writePacket(2, Uint8Array.of(n));
  }
}
