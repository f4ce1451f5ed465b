/**
 * The NVM subsystem: what Admin commands, NVMe-MI and the console all look at and change.
 *
 * @module
 */
import type { DeviceDescription, Varying } from "../device/description.ts";
import { EventLog, EventType } from "./event_log.ts";
import { Namespaces } from "./namespaces.ts";
import { hexDigits, put } from "./octets.ts";

/** Bits of the SMART log's Critical Warning (NVM Express Base 2.0, SMART / Health Information). */
export const enum CriticalWarning {
  SPARE = 1,
  TEMPERATURE = 2,
  RELIABILITY = 4,
  READ_ONLY = 8,
  VOLATILE_BACKUP = 16,
}

/** What changed, for events and change flags; the bits of NVMe-MI's Controller Health Status Changed. */
export const enum Change {
  READY = 1,
  FATAL = 2,
  SHUTDOWN = 4,
  SUBSYSTEM_RESET = 16,
  ENABLE_CHANGE = 32,
  NAMESPACES = 64,
  FIRMWARE = 128,
  STATUS = 256,
  TEMPERATURE = 512,
  USED = 1024,
  SPARE = 2048,
  WARNING = 4096,
  /** Ours, above the bits of the standard. */
  SANITIZE_FAILED = 0x10000,
}

/** The values that the console can set, in the order of {@link VALUE_NAMES}. */
export const enum ValueOf {
  TEMPERATURE,
  SPARE,
  USED,
  WARNING,
  MEDIA_ERRORS,
  DATA_READ,
  DATA_WRITTEN,
  SANITIZE_FAILS,
  SELF_TEST_FAILS,
}

/** Names of {@link ValueOf} on the console. */
export const VALUE_NAMES: readonly string[] = [
  "temperature",
  "spare",
  "used",
  "warning",
  "media-errors",
  "data-read",
  "data-written",
  "sanitize-fails",
  "self-test-fails",
];

/** One controller. */
export interface Controller {
  /** CC.EN and CSTS.RDY: the host has enabled it, and it is ready. */
  ready: boolean;
  /** CSTS.SHST, 0 none, 1 under way, 2 complete. */
  shutdown: number;
  /** {@link Change} bits since they were read and cleared. */
  changed: number;
}

/** Kelvin at 0 °C, as NVMe counts. */
const ZERO_CELSIUS = 273;

/** The state of the device. */
export class Subsystem {
  readonly description: DeviceDescription;
  readonly namespaces: Namespaces;
  readonly controllers: readonly Controller[];
  /** 16 octets in RFC 4122 order; the device's. */
  readonly uuid: Uint8Array;
  readonly serial: string;
  readonly nqn: string;
  /** Is told of every change, with the controller's index or -1 for all. */
  onChange: ((change: number, controller: number, nowMs: number) => void) | undefined;
  /**
   * Temperature thresholds in K: over and under for the composite temperature and each sensor, the
   * tightest of all controllers. {@link setThreshold} changes them.
   */
  readonly thresholds: Uint16Array;
  /** The values that a health poll asks for, as of the last {@link refresh}. */
  celsius = 0;
  compositeKelvin = 0;
  used = 0;
  spare = 0;
  warning = 0;
  /** Whether these hold until something is set. */
  private isFresh = false;
  private isFixed = false;
  /** What happened, for the Persistent Event log. */
  readonly events = new EventLog(this);
  /** Milliseconds since 1970 at the start, as a host said it, and whether one has (Timestamp Origin). */
  epochMs = 0;
  epochOrigin = 0;
  private readonly values: Varying[];
  /** Changed namespaces by controller, a bit for each NSID; made on the first change. */
  private readonly changedRows = new Map<number, Uint8Array>();

  /** `uuid` is lent for ever. */
  constructor(description: DeviceDescription, uuid: Uint8Array) {
    const { identity, temperatures, wear } = description;
    this.description = description;
    this.uuid = uuid;
    const digits = hexDigits(uuid, 32);
    this.serial = identity.serial ?? digits.slice(0, 12);
    this.nqn = identity.nqn ??
      "nqn.2014-08.org.nvmexpress:uuid:" +
        [0, 8, 12, 16, 20].map((at, i) => digits.slice(at, [8, 12, 16, 20, 32][i])).join("-");
    const controllers: Controller[] = [];
    for (let i = 0; i < description.controllers; i++) {
      controllers.push({ ready: true, shutdown: 0, changed: Change.READY });
    }
    this.controllers = controllers;
    this.namespaces = new Namespaces(
      description.namespaces,
      description.maxNamespaces,
      description.controllers,
    );
    this.values = [
      temperatures.composite,
      wear.sparePercent,
      wear.usedPercent,
      wear.criticalWarning,
      wear.mediaErrors,
      wear.dataUnitsRead,
      wear.dataUnitsWritten,
      0,
      0,
    ];
    this.thresholds = new Uint16Array(2 + 2 * temperatures.sensors.length);
    for (let i = 0; i < this.thresholds.length; i++) this.thresholds[i] = this.defaultThreshold(i);
    this.noteFixed();
    // While the host looks for the device: the first poll would cost twice as much.
    this.refresh(0);
  }

  /** Gives a threshold's value at the start: the warning one, and none for the others. */
  defaultThreshold(index: number): number {
    if (index === 0) return kelvin(this.description.temperatures.warning);
    return (index & 1) === 0 ? 0xffff : 0;
  }

  /** Writes the time, eight octets, as the Timestamp feature has it. */
  putTimestamp(octets: Uint8Array, at: number, nowMs: number): void {
    put(octets, at, 6, this.epochMs + nowMs);
    octets[at + 6] = this.epochOrigin << 1;
  }

  /** Gives the hours that the drive has been on. */
  powerOnHours(nowMs: number): number {
    return this.description.wear.powerOnHours + Math.floor(nowMs / 3600000);
  }

  /** Notes a namespace for a controller's Changed Attached Namespace List. */
  namespaceChanged(nsid: number, controller: number, nowMs: number): void {
    let row = this.changedRows.get(controller);
    if (row === undefined) {
      row = new Uint8Array((this.namespaces.max >> 3) + 1);
      this.changedRows.set(controller, row);
    }
    row[nsid >> 3] |= 1 << (nsid & 7);
    this.changed(Change.NAMESPACES, controller, nowMs);
  }

  /** Notes a namespace for all controllers that it is attached to. */
  attachedChanged(nsid: number, nowMs: number): void {
    for (let i = 0; i < this.controllers.length; i++) {
      if (this.namespaces.isAttached(nsid, i)) this.namespaceChanged(nsid, i, nowMs);
    }
  }

  /** Writes a controller's log page 0x04 as words; there are never too many for it. */
  writeChangedNamespaces(words: Uint32Array, controller: number): void {
    const row = this.changedRows.get(controller);
    if (row === undefined) return;
    let count = 0;
    for (let nsid = 1; nsid <= this.namespaces.max; nsid++) {
      if ((row[nsid >> 3] >> (nsid & 7) & 1) !== 0) words[count++] = nsid;
    }
  }

  /** Empties that list: it was read. */
  clearChangedNamespaces(controller: number): void {
    this.changedRows.delete(controller);
  }

  /** Gives a value as it is now; temperatures in °C. */
  value(which: ValueOf, nowMs: number): number {
    const value = this.values[which];
    return typeof value === "number" ? value : value(nowMs);
  }

  /** Sets a value by its name from now on; false if there is none of that name. */
  setValue(name: string, value: number, nowMs: number): boolean {
    const which = VALUE_NAMES.indexOf(name);
    if (which < 0) return false;
    this.values[which] = value;
    this.noteFixed();
    const changes = [Change.TEMPERATURE, Change.SPARE, Change.USED, Change.WARNING];
    if (which < changes.length) this.changed(changes[which], -1, nowMs);
    this.refresh(nowMs);
    return true;
  }

  /** Sets a temperature threshold in K; see {@link thresholds}. */
  setThreshold(index: number, kelvin: number, nowMs: number): void {
    this.thresholds[index] = kelvin;
    this.isFresh = false;
    this.refresh(nowMs);
  }

  /** Brings the values of a health poll up to date, and tells of a new warning. */
  refresh(nowMs: number): void {
    if (this.isFresh) return;
    this.isFresh = this.isFixed;
    this.celsius = Math.round(this.value(ValueOf.TEMPERATURE, nowMs));
    this.compositeKelvin = kelvin(this.celsius);
    this.used = this.value(ValueOf.USED, nowMs);
    this.spare = this.value(ValueOf.SPARE, nowMs);
    let warning = this.value(ValueOf.WARNING, nowMs) & 0x3f;
    if (this.spare < this.description.wear.spareThresholdPercent) {
      warning |= CriticalWarning.SPARE;
    }
    if (this.isTemperatureOut(nowMs)) warning |= CriticalWarning.TEMPERATURE;
    if (warning === this.warning) return;
    if ((warning & ~this.warning & CriticalWarning.TEMPERATURE) !== 0) {
      // Kelvin above the threshold, and which: 0 is the upper one of the composite temperature.
      const over = this.compositeKelvin - this.thresholds[0];
      this.events.add(EventType.THERMAL_EXCURSION, 0, nowMs, [1, over > 0 ? over : 0, 1, 0]);
    }
    this.warning = warning;
    this.changed(Change.WARNING, -1, nowMs);
  }

  /** Looks whether the values move with time. */
  private noteFixed(): void {
    this.isFresh = false;
    const { values } = this;
    let fixed = true;
    for (let i = 0; i <= ValueOf.WARNING; i++) if (typeof values[i] !== "number") fixed = false;
    for (const sensor of this.description.temperatures.sensors) {
      if (typeof sensor !== "number") fixed = false;
    }
    this.isFixed = fixed;
  }

  /** Gives sensor 0..7 in K; 0 where there is none. */
  sensorKelvin(index: number, nowMs: number): number {
    const { composite, sensors } = this.description.temperatures;
    if (index >= sensors.length) return 0;
    const sensor = sensors[index];
    if (sensor === composite) return this.compositeKelvin;
    return kelvin(typeof sensor === "number" ? sensor : sensor(nowMs));
  }

  /** Resets all controllers: they are ready again, after whatever shutdown. */
  reset(nowMs: number): void {
    for (const one of this.controllers) {
      one.ready = true;
      one.shutdown = 0;
    }
    // It clears CC.EN, and the host sets it again.
    this.changed(Change.SUBSYSTEM_RESET | Change.ENABLE_CHANGE | Change.READY, -1, nowMs);
  }

  /** Shuts all controllers down, at once and completely. */
  shutdown(nowMs: number): void {
    for (const one of this.controllers) one.shutdown = 2;
    this.changed(Change.SHUTDOWN, -1, nowMs);
  }

  /** Whether a temperature is at or over its upper threshold, or at or under its lower one. */
  private isTemperatureOut(nowMs: number): boolean {
    const { thresholds } = this;
    for (let i = 0; i < thresholds.length; i += 2) {
      if (thresholds[i] === 0xffff && thresholds[i + 1] === 0) continue;
      const value = i === 0 ? this.compositeKelvin : this.sensorKelvin(i / 2 - 1, nowMs);
      if (value >= thresholds[i] || value <= thresholds[i + 1]) return true;
    }
    return false;
  }

  /** Notes a change of one controller, or of all with -1. */
  changed(change: number, controller: number, nowMs: number): void {
    for (let i = 0; i < this.controllers.length; i++) {
      if (controller < 0 || controller === i) this.controllers[i].changed |= change;
    }
    if (this.onChange !== undefined) this.onChange(change, controller, nowMs);
  }
}

function kelvin(celsius: number): number {
  const value = Math.round(celsius) + ZERO_CELSIUS;
  return value < 0 ? 0 : value > 0xffff ? 0xffff : value;
}
