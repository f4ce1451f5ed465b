import type { Clock } from "../clock.ts";
import type { DescriptorSet } from "./check_descriptors.ts";
import {
  type ConfigurationDescriptor,
  type DeviceDescriptor,
  parseConfiguration,
  parseDevice,
} from "./descriptors.ts";
import { setupPacket, UsbDevice } from "./device.ts";
import { usbError } from "./errors.ts";
import type { HostController } from "./host_controller.ts";
import type { UsbPort } from "./port.ts";
import type { TransferResult } from "./transfer.ts";

/** Times and extent of an enumeration. */
export interface EnumerateOptions {
  /** How long to wait for a pull-up, milliseconds of virtual time; default 2,000. */
  readonly attachMs?: number;
  /** Debounce after the pull-up appears; default 100 (USB 2.0, 7.1.7.3). */
  readonly debounceMs?: number;
  /** Length of reset; default 10 (7.1.7.5). */
  readonly resetMs?: number;
  /** Whether to read qualifier, other speed, BOS and strings as well; default true. */
  readonly all?: boolean;
  /** Configuration to set at the end, by its index; default 0, -1 for none. */
  readonly configure?: number;
}

/** A device after enumeration. */
export interface Enumerated {
  /** The addressed device. */
  readonly device: UsbDevice;
  /** Its device descriptor. */
  readonly descriptor: DeviceDescriptor;
  /** Its configurations, in order. */
  readonly configurations: readonly ConfigurationDescriptor[];
  /** All that was read, for {@link checkDescriptors}. */
  readonly set: DescriptorSet;
}

/** What a sequence waits for: time, or a control transfer. */
export type Op =
  | { readonly delayNs: number }
  | { readonly device: UsbDevice; readonly setup: Uint8Array };

/** A piece of host work in steps, so that a pumped and an event-driven host can both run it. */
export type Sequence<T> = Generator<Op, T, TransferResult | undefined>;

/** Runs a sequence on callbacks; `onEnd` gets its value or what it threw. */
export function runSequence<T>(
  clock: Clock,
  sequence: Sequence<T>,
  onEnd: (outcome: { value: T } | { error: unknown }) => void,
): void {
  const step = (result: TransferResult | undefined) => {
    let next: IteratorResult<Op, T>;
    try {
      next = sequence.next(result);
    } catch (error) {
      return onEnd({ error });
    }
    if (next.done) return onEnd({ value: next.value });
    const op = next.value;
    if ("delayNs" in op) clock.after(op.delayNs, () => step(undefined));
    else op.device.submitControl(op.setup, undefined, step);
  };
  step(undefined);
}

/** Language of the strings that are read. */
const ENGLISH_US = 0x0409;

/**
 * Waits for a device, resets the bus, gives address 1, reads the descriptors, configures.
 *
 * @throws {DisconnectedError} If no pull-up appears; {@link UsbError} if a needed request fails.
 */
export function* enumerate(
  port: UsbPort,
  controller: HostController,
  options: EnumerateOptions = {},
): Sequence<Enumerated> {
  const { attachMs = 2000, debounceMs = 100, resetMs = 10, all = true, configure = 0 } = options;
  for (let waited = 0; !port.attached; waited++) {
    if (waited >= attachMs) throw usbError("disconnected", "enumerate", port.detachReason);
    yield { delayNs: 1_000_000 };
  }
  yield { delayNs: debounceMs * 1_000_000 };
  controller.forget();
  port.beginReset();
  yield { delayNs: resetMs * 1_000_000 };
  const speed = port.endReset();
  yield { delayNs: 10_000_000 };

  // The packet size of endpoint 0 is in the first 8 bytes, which fit the smallest packet.
  const fresh = new UsbDevice(controller, 0, speed, 64, []);
  const start = yield* read(fresh, 1, 0, 0, 64);
  const maxPacket0 = parseStart(start);
  yield* request(fresh, setupPacket(0x00, 5, 1, 0, 0), "set the address");
  yield { delayNs: 2_000_000 };

  const known: ConfigurationDescriptor[] = [];
  const device = new UsbDevice(controller, 1, speed, maxPacket0, known);
  const deviceBytes = yield* read(device, 1, 0, 0, 18);
  const descriptor = parseDevice(deviceBytes);
  let first = new Uint8Array(0);
  for (let index = 0; index < descriptor.configurations; index++) {
    const bytes = yield* readWhole(device, 2, index);
    known.push(parseConfiguration(bytes));
    if (index === 0) first = new Uint8Array(bytes);
  }
  const rest = all ? yield* readRest(device, descriptor, known) : {};
  if (configure >= 0) {
    const value = known[configure]?.value ?? 0;
    yield* request(device, setupPacket(0x00, 9, value, 0, 0), `set configuration ${value}`);
  }
  const set = { speed, device: deviceBytes, configuration: first, ...rest };
  return { device, descriptor, configurations: known, set };
}

function parseStart(bytes: Uint8Array): number {
  const size = bytes[7];
  if (bytes.length < 8 || ![8, 16, 32, 64].includes(size)) {
    throw usbError("babble", "enumerate", `bMaxPacketSize0 is ${size} in ${bytes.length} bytes`);
  }
  return size;
}

function* request(device: UsbDevice, setup: Uint8Array, what: string): Sequence<Uint8Array> {
  const result = yield { device, setup };
  if (!result) throw usbError("cancelled", what);
  if (result.fault) throw usbError(result.fault, what);
  return result.data;
}

function read(
  device: UsbDevice,
  type: number,
  index: number,
  language: number,
  length: number,
): Sequence<Uint8Array> {
  const setup = setupPacket(0x80, 6, (type << 8) | index, language, length);
  return request(device, setup, `read descriptor ${type}.${index}`);
}

function* readWhole(device: UsbDevice, type: number, index: number): Sequence<Uint8Array> {
  const head = yield* read(device, type, index, 0, type === 15 ? 5 : 9);
  return yield* read(device, type, index, 0, head[2] | head[3] << 8);
}

/** Reads what a device may refuse by STALL; undefined then. */
function* optional(sequence: Sequence<Uint8Array>): Sequence<Uint8Array | undefined> {
  try {
    return yield* sequence;
  } catch (error) {
    if ((error as { fault?: string }).fault === "stall") return undefined;
    throw error;
  }
}

function* readRest(
  device: UsbDevice,
  descriptor: DeviceDescriptor,
  configurations: readonly ConfigurationDescriptor[],
): Sequence<Omit<DescriptorSet, "speed" | "device" | "configuration">> {
  const qualifier = yield* optional(read(device, 6, 0, 0, 10));
  const otherSpeed = yield* optional(readWhole(device, 7, 0));
  const bos = descriptor.bcdUSB >= 0x0201 ? yield* optional(readWhole(device, 15, 0)) : undefined;
  const strings = new Map<number, Uint8Array>();
  const indexes = new Set([
    0,
    descriptor.manufacturerIndex,
    descriptor.productIndex,
    descriptor.serialIndex,
  ]);
  for (const { stringIndex, interfaces, associations } of configurations) {
    indexes.add(stringIndex);
    for (const { stringIndex } of [...interfaces, ...associations]) indexes.add(stringIndex);
  }
  for (const index of indexes) {
    const bytes = yield* optional(read(device, 3, index, index === 0 ? 0 : ENGLISH_US, 255));
    if (bytes) strings.set(index, bytes);
  }
  return { qualifier, otherSpeed, bos, strings };
}
