/**
 * Makes a device out of what its file says and what the healthy device has.
 *
 * @module
 */
import type { DeviceDescription, Identity, Temperatures, Wear } from "./description.ts";

/** A description of which everything may be left out, also inside identity, temperatures, wear and durations. */
export type PartialDevice =
  & Partial<
    Omit<DeviceDescription, "identity" | "temperatures" | "wear" | "durationsMs">
  >
  & {
    readonly identity?: Partial<Identity>;
    readonly temperatures?: Partial<Temperatures>;
    readonly wear?: Partial<Wear>;
    readonly durationsMs?: Partial<DeviceDescription["durationsMs"]>;
  };

/** Puts together a device: `parts` over the healthy one, which is the default of every build. */
export function defineDevice(parts: PartialDevice = {}): DeviceDescription {
  const temperatures: Temperatures = {
    composite: 35,
    sensors: [],
    warning: 70,
    critical: 80,
    ...parts.temperatures,
  };
  return {
    name: "healthy",
    controllers: 2,
    maxNamespaces: 16,
    capacityBytes: 16_000_000_000_000,
    namespaces: [{ blocks: 19_531_250_000 }],
    events: [],
    faults: [],
    seed: 1,
    ...parts,
    identity: {
      vendorId: 0xccde,
      deviceId: 0x0001,
      subsystemVendorId: 0xccde,
      subsystemId: 0x0001,
      ieeeOui: 0xacde48,
      model: "usbnvme",
      firmware: "0.1.0",
      ...parts.identity,
    },
    temperatures: temperatures.sensors.length > 0
      ? temperatures
      : { ...temperatures, sensors: [temperatures.composite] },
    wear: {
      usedPercent: 3,
      sparePercent: 100,
      spareThresholdPercent: 10,
      criticalWarning: 0,
      powerOnHours: 1200,
      powerCycles: 40,
      unsafeShutdowns: 2,
      mediaErrors: 0,
      dataUnitsRead: 1_000_000,
      dataUnitsWritten: 600_000,
      ...parts.wear,
    },
    durationsMs: {
      sanitize: 10_000,
      format: 3_000,
      shortSelfTest: 10_000,
      extendedSelfTest: 60_000,
      ...parts.durationsMs,
    },
  };
}
