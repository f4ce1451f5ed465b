import type { ConfigurationDescriptor, EndpointDescriptor } from "./descriptors.ts";
import type { HostController } from "./host_controller.ts";
import type { UsbSpeed } from "./port.ts";
import type { Transfer, TransferResult, TransferType } from "./transfer.ts";

/** Options of a transfer on an endpoint. */
export interface TransferOptions {
  /** OUT: end a transfer of whole packets with a zero-length one. */
  readonly zeroPacket?: boolean;
  /** IN: a short packet is a fault. */
  readonly shortNotOk?: boolean;
}

/** Standard request codes that change the state of a device. USB 2.0, 9.4. */
const CLEAR_FEATURE = 1;
const SET_CONFIGURATION = 9;
const SET_INTERFACE = 11;

/** Builds a SETUP packet, u8[8]. USB 2.0, 9.3. */
export function setupPacket(
  requestType: number,
  request: number,
  value: number,
  index: number,
  length: number,
): Uint8Array {
  return Uint8Array.of(
    requestType,
    request,
    value,
    value >> 8,
    index,
    index >> 8,
    length,
    length >> 8,
  );
}

/**
 * An addressed device as its host keeps it: which endpoints there are in the present
 * configuration, and their data toggles, which configuration, interface and clear-halt requests
 * reset (USB 2.0, 9.1.1.5 and 9.4.5).
 */
export class UsbDevice {
  readonly #controller: HostController;
  readonly #configurations: readonly ConfigurationDescriptor[];
  readonly #alternates = new Map<number, number>();
  #current: ConfigurationDescriptor | undefined;
  /** Device address. */
  readonly address: number;
  /** Bus speed. */
  readonly speed: UsbSpeed;
  /** bMaxPacketSize0. */
  readonly maxPacket0: number;

  /** Takes all configurations; the list may grow while the device is read. */
  constructor(
    controller: HostController,
    address: number,
    speed: UsbSpeed,
    maxPacket0: number,
    configurations: readonly ConfigurationDescriptor[],
  ) {
    this.#controller = controller;
    this.address = address;
    this.speed = speed;
    this.maxPacket0 = maxPacket0;
    this.#configurations = configurations;
  }

  /** Present configuration, undefined while unconfigured. */
  get configuration(): ConfigurationDescriptor | undefined {
    return this.#current;
  }

  /** Finds an endpoint of the present configuration and alternates by its address. */
  endpoint(address: number): EndpointDescriptor | undefined {
    for (const face of this.#current?.interfaces ?? []) {
      if ((this.#alternates.get(face.number) ?? 0) !== face.alternate) continue;
      const found = face.endpoints.find((endpoint) => endpoint.address === address);
      if (found) return found;
    }
  }

  /**
   * Queues a control transfer.
   *
   * @param setup SETUP packet, u8[8]; its wLength counts. @param data OUT data stage.
   */
  submitControl(
    setup: Uint8Array,
    data: Uint8Array | undefined,
    onEnd: (result: TransferResult) => void,
    options: TransferOptions = {},
  ): Transfer {
    const length = setup[6] | setup[7] << 8;
    return this.#controller.submit({
      address: this.address,
      endpoint: 0,
      type: "control",
      maxPacket: this.maxPacket0,
      setup,
      data: data?.subarray(0, length),
      length: setup[0] & 0x80 ? length : undefined,
      shortNotOk: options.shortNotOk,
      onEnd: (result) => {
        if (!result.fault) this.#follow(setup);
        onEnd(result);
      },
    });
  }

  /** Queues an OUT transfer; undefined if the endpoint does not exist. */
  submitOut(
    address: number,
    data: Uint8Array,
    onEnd: (result: TransferResult) => void,
    options: TransferOptions = {},
  ): Transfer | undefined {
    const common = this.#common(address);
    return common && this.#controller.submit({ ...common, ...options, data, onEnd });
  }

  /** Queues an IN transfer; undefined if the endpoint does not exist. */
  submitIn(
    address: number,
    length: number,
    onEnd: (result: TransferResult) => void,
    options: TransferOptions = {},
  ): Transfer | undefined {
    const common = this.#common(address);
    return common && this.#controller.submit({ ...common, ...options, length, onEnd });
  }

  #common(address: number) {
    const endpoint = this.endpoint(address);
    if (!endpoint || endpoint.type === "isochronous") return undefined;
    const type: TransferType = endpoint.type;
    // At high speed 2 ** (bInterval - 1) microframes, at full speed bInterval frames.
    const interval = this.speed === "high"
      ? 2 ** (Math.min(Math.max(endpoint.interval, 1), 16) - 1)
      : Math.max(endpoint.interval, 1);
    return {
      address: this.address,
      endpoint: address,
      type,
      maxPacket: endpoint.maxPacket,
      interval: type === "interrupt" ? interval : undefined,
    };
  }

  /** Follows what a standard request that went well did to the device. */
  #follow(setup: Uint8Array): void {
    const value = setup[2] | setup[3] << 8;
    const index = setup[4] | setup[5] << 8;
    if (setup[0] === 0x00 && setup[1] === SET_CONFIGURATION) {
      this.#current = this.#configurations.find((candidate) => candidate.value === value);
      this.#alternates.clear();
      for (const face of this.#current?.interfaces ?? []) this.#resetToggles(face.endpoints);
    } else if (setup[0] === 0x01 && setup[1] === SET_INTERFACE) {
      this.#alternates.set(index, value);
      for (const face of this.#current?.interfaces ?? []) {
        if (face.number === index) this.#resetToggles(face.endpoints);
      }
    } else if (setup[0] === 0x02 && setup[1] === CLEAR_FEATURE && value === 0) {
      this.#controller.resetToggle(this.address, index & 0x8f);
    }
  }

  #resetToggles(endpoints: readonly EndpointDescriptor[]): void {
    for (const { address } of endpoints) this.#controller.resetToggle(this.address, address);
  }
}
