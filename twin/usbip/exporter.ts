import type { Clock } from "../clock.ts";
import type { UsbDevice } from "../usb/device.ts";
import {
  enumerate,
  type Enumerated,
  type EnumerateOptions,
  runSequence,
} from "../usb/enumerate.ts";
import { HostController } from "../usb/host_controller.ts";
import type { UsbPort } from "../usb/port.ts";
import type { DeviceEntry } from "./protocol.ts";

/** Milliseconds of virtual time that a list or an import waits for the device to appear. */
const ATTACH_MS = 5000;

type Outcome = { value: Enumerated } | { error: unknown };

interface Job {
  start(done: (outcome: Outcome) => void): void;
  onEnd(outcome: Outcome): void;
}

/** The one device of a port, as it is offered to USB/IP clients. */
export class Exporter {
  readonly #port: UsbPort;
  readonly #clock: Clock;
  readonly #controller: HostController;
  readonly #unwatch: () => void;
  #known: Enumerated | undefined;
  readonly #jobs: Job[] = [];
  #onDetach: (() => void) | undefined;

  constructor(port: UsbPort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
    // The controller watches first, so that its transfers have ended when the client is told.
    this.#controller = new HostController(port, clock);
    this.#unwatch = port.watch({
      onAttachment: () => {
        if (port.attached) return;
        this.#known = undefined;
        this.#onDetach?.();
      },
    });
  }

  /** Lets go of the port. */
  close(): void {
    this.#unwatch();
    this.#controller.close();
  }

  /** Its queues. */
  get controller(): HostController {
    return this.#controller;
  }

  /** Gives the device's entry, enumerating it if nobody did yet; undefined if none is there. */
  describe(onEnd: (entry: DeviceEntry | undefined) => void): void {
    if (this.#known) return onEnd(describe(this.#known));
    this.#jobs.push({
      start: (done) => {
        // Who came before may have enumerated it, and may hold it: no reset under their feet.
        if (this.#known) return done({ value: this.#known });
        this.#enumerate({}, done);
      },
      onEnd: (outcome) => onEnd("value" in outcome ? describe(outcome.value) : undefined),
    });
    this.#begin();
  }

  /** Whether a client has the device. */
  get taken(): boolean {
    return this.#onDetach !== undefined;
  }

  /**
   * Gives the device to a client: resets the bus, so that the client finds it unconfigured.
   *
   * @param onDetach Called when the device goes away.
   */
  take(
    onDetach: () => void,
    onEnd: (outcome: { device: UsbDevice; entry: DeviceEntry } | { error: unknown }) => void,
  ): void {
    this.#onDetach = onDetach;
    this.#jobs.push({
      start: (done) => this.#enumerate({ debounceMs: this.#known ? 0 : undefined }, done),
      onEnd: (outcome) => {
        if ("error" in outcome) {
          this.#onDetach = undefined;
          return onEnd(outcome);
        }
        onEnd({ device: outcome.value.device, entry: describe(outcome.value) });
      },
    });
    this.#begin();
  }

  /** Takes the device back. */
  release(): void {
    this.#onDetach = undefined;
    this.#controller.cancelAll("cancelled");
  }

  /** Jobs run one after the other: each uses the whole bus. */
  #begin(): void {
    if (this.#jobs.length === 1) this.#next();
  }

  #next(): void {
    const [job] = this.#jobs;
    job?.start((outcome) => {
      this.#jobs.shift();
      job.onEnd(outcome);
      this.#next();
    });
  }

  #enumerate(options: EnumerateOptions, done: (outcome: Outcome) => void): void {
    const full = { configure: -1, all: false, attachMs: ATTACH_MS, ...options };
    runSequence(this.#clock, enumerate(this.#port, this.#controller, full), (outcome) => {
      if ("value" in outcome) this.#known = outcome.value;
      done(outcome);
    });
  }
}

function describe({ descriptor, configurations, device }: Enumerated): DeviceEntry {
  const faces = configurations[0]?.interfaces.filter(({ alternate }) => alternate === 0) ?? [];
  return {
    path: "/sys/devices/platform/usb1/1-1",
    busId: "1-1",
    busNumber: 1,
    deviceNumber: 2,
    speed: device.speed === "high" ? 3 : 2,
    vendor: descriptor.vendor,
    product: descriptor.product,
    bcdDevice: descriptor.bcdDevice,
    deviceClass: descriptor.deviceClass,
    deviceSubClass: descriptor.deviceSubClass,
    deviceProtocol: descriptor.deviceProtocol,
    configurationValue: device.configuration?.value ?? 0,
    configurations: descriptor.configurations,
    interfaces: faces.map((face) =>
      [face.interfaceClass, face.interfaceSubClass, face.interfaceProtocol] as const
    ),
  };
}
