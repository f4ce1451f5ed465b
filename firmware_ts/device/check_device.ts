/**
 * Checks that the values of a device file are in their ranges.
 *
 * The build runs this on its own machine; it is in no image.
 *
 * @module
 */
import { parseCommand } from "./command_names.ts";
import { VALUE_NAMES } from "../nvme/subsystem.ts";
import { parseFault } from "./fault_line.ts";
import type { DeviceDescription, FaultRule, NamespaceGroup, Varying } from "./description.ts";

const U16 = 0xffff;
const U32 = 0xffffffff;
/** Whole numbers end here, and with them the bytes of a capacity. */
const MOST_BYTES = 2 ** 53;

/** Gives what is out of range as `field: value, range`, in the order of the description; nothing if all is good. */
export function checkDevice(device: DeviceDescription): string[] {
  const faults: string[] = [];
  const range = (field: string, value: number, least: number, most: number, whole = true) => {
    if (value >= least && value <= most && (!whole || value % 1 === 0)) return;
    faults.push(
      `${field}: ${value}, not ${whole ? "a whole number " : ""}from ${least} to ${most}`,
    );
  };
  /** A value that moves is looked at as it is at the start. */
  const start = (field: string, value: Varying, least: number, most: number) =>
    range(field, typeof value === "number" ? value : value(0), least, most, false);
  const ascii = (field: string, text: string | undefined, most: number) => {
    if (text === undefined) return;
    let isGood = text.length <= most;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x20 || code > 0x7e) isGood = false;
    }
    if (!isGood) faults.push(`${field}: "${text}", not at most ${most} ASCII characters`);
  };

  const { identity, temperatures, wear, durationsMs } = device;
  for (const name of ["vendorId", "deviceId", "subsystemVendorId", "subsystemId"] as const) {
    range(`identity.${name}`, identity[name], 0, U16);
  }
  range("identity.ieeeOui", identity.ieeeOui, 0, 0xffffff);
  ascii("identity.model", identity.model, 40);
  ascii("identity.firmware", identity.firmware, 8);
  ascii("identity.serial", identity.serial, 20);
  ascii("identity.nqn", identity.nqn, 223);
  if (device.staticEid !== undefined) range("staticEid", device.staticEid, 8, 254);
  range("controllers", device.controllers, 1, 64);
  range("maxNamespaces", device.maxNamespaces, 1, 1024);
  range("capacityBytes", device.capacityBytes, 0, MOST_BYTES);
  checkNamespaces(device, range, faults);
  start("temperatures.composite", temperatures.composite, -273, U16 - 273);
  range("temperatures.sensors.length", temperatures.sensors.length, 0, 8);
  temperatures.sensors.forEach((sensor, i) =>
    start(`temperatures.sensors[${i}]`, sensor, -273, U16 - 273)
  );
  range("temperatures.warning", temperatures.warning, -273, 1000, false);
  range("temperatures.critical", temperatures.critical, -273, 1000, false);
  start("wear.usedPercent", wear.usedPercent, 0, 255);
  start("wear.sparePercent", wear.sparePercent, 0, 100);
  range("wear.spareThresholdPercent", wear.spareThresholdPercent, 0, 100);
  start("wear.criticalWarning", wear.criticalWarning, 0, 0x3f);
  for (const name of ["powerOnHours", "powerCycles", "unsafeShutdowns"] as const) {
    range(`wear.${name}`, wear[name], 0, U32);
  }
  for (const name of ["mediaErrors", "dataUnitsRead", "dataUnitsWritten"] as const) {
    start(`wear.${name}`, wear[name], 0, MOST_BYTES);
  }
  device.events.forEach(({ atMs, line }, i) => {
    range(`events[${i}].atMs`, atMs, 0, MOST_BYTES, false);
    checkLine(`events[${i}].line`, line, faults);
  });
  device.faults.forEach((rule, i) => checkFault(`faults[${i}]`, rule, range, faults));
  range("seed", device.seed, 0, U32);
  for (const name of ["sanitize", "format", "shortSelfTest", "extendedSelfTest"] as const) {
    range(`durationsMs.${name}`, durationsMs[name], 1, U32, false);
  }
  return faults;
}

/** Checks a console line as far as it sets values or adds faults; others only tell something. */
function checkLine(field: string, line: string, faults: string[]): void {
  const [command, name] = line.split(" ");
  const rule = command === "fault" ? parseFault(line.slice(6)) : undefined;
  const isGood = command === "set"
    ? VALUE_NAMES.indexOf(name) >= 0
    : command !== "fault" || name === "clear" ||
      rule !== undefined && parseCommand(rule.on) !== undefined;
  if (!isGood) faults.push(`${field}: "${line}" is not understood`);
}

type Range = (field: string, value: number, least: number, most: number, whole?: boolean) => void;

function checkNamespaces(device: DeviceDescription, range: Range, faults: string[]): void {
  let count = 0;
  let bytes = 0;
  device.namespaces.forEach((group: NamespaceGroup, i) => {
    const field = `namespaces[${i}]`;
    const { blocks, attachedTo } = group;
    const many = group.count === undefined ? 1 : group.count;
    range(`${field}.count`, many, 0, 1024);
    range(`${field}.blocks`, blocks, 1, 2 ** 44);
    range(`${field}.usedBlocks`, group.usedBlocks === undefined ? 0 : group.usedBlocks, 0, blocks);
    if (attachedTo !== undefined && attachedTo !== "all") {
      for (const one of attachedTo) {
        range(`${field}.attachedTo`, one, 0, device.controllers - 1);
      }
    }
    count += many;
    bytes += many * blocks * (group.blockBytes === undefined ? 512 : group.blockBytes);
  });
  if (count > device.maxNamespaces) {
    faults.push(`maxNamespaces: ${device.maxNamespaces}, but ${count} namespaces are described`);
  }
  if (bytes > device.capacityBytes) {
    faults.push(`capacityBytes: ${device.capacityBytes}, but the namespaces have ${bytes}`);
  }
}

function checkFault(field: string, rule: FaultRule, range: Range, faults: string[]): void {
  const { on, action, after, times, probability } = rule;
  if (parseCommand(on) === undefined) faults.push(`${field}.on: there is no command "${on}"`);
  if (action.kind === "delay") range(`${field}.action.ms`, action.ms, 0, U32, false);
  if (action.kind === "mpr") range(`${field}.action.times100Ms`, action.times100Ms, 0, U16);
  if (action.kind === "status") range(`${field}.action.code`, action.code, 0, 0xff);
  if (after !== undefined) range(`${field}.after`, after, 0, U32);
  if (times !== undefined) range(`${field}.times`, times, 0, U32);
  if (probability !== undefined) range(`${field}.probability`, probability, 0, 1, false);
}
