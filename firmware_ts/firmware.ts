/**
 * Puts the firmware's parts together over one {@link Port}.
 *
 * @module
 */
import { MessageType } from "../wire/control_numbers.ts";
import { Eid, Mctp } from "../wire/mctp_numbers.ts";
import { Vendor } from "../wire/vendor_numbers.ts";
import createBenchAbsent, { Sent } from "./bench_absent.ts";
import type { DeviceDescription } from "./device/description.ts";
import { deviceCommands, LOCKED_FEATURE, runEvents } from "./device/device_commands.ts";
import { Faults } from "./device/faults.ts";
import { createOwnEid } from "./own_eid.ts";
import { createShell, stateCommands } from "./shell.ts";
import { createControl } from "./control.ts";
import { DROP_REASONS, MESSAGE_DROPS, MessageDrop } from "./mctp/counters.ts";
import { createReceive, type Protocol } from "./mctp/messages.ts";
import { UsbLink } from "./mctp/usb_link.ts";
import { LentLarge } from "./mctp/lent_large.ts";
import { Requester, type Send } from "./mctp/requester.ts";
import { Admin } from "./nvme/admin.ts";
import { Subsystem } from "./nvme/subsystem.ts";
import { createNvmeMi } from "./nvme_mi/nvme_mi.ts";
import { FileReader } from "./pldm/file_reader.ts";
import { PldmFiles } from "./pldm/files.ts";
import { Platform } from "./pldm/platform.ts";
import { createPldm } from "./pldm/pldm.ts";
import { LogLevel, type OnMessage, type Port, RX_SIZE, UsbState } from "./port.ts";
import { Timers } from "./timers.ts";
import { BENCH_SET, createVendor, VENDOR_SETS } from "./vendor.ts";

/** Starts the firmware of `device` on `port`, with the bench or none: registers its handlers, and returns. */
export function startFirmware(
  port: Port,
  device: DeviceDescription,
  createBench = createBenchAbsent,
): void {
  const { rx, tx, large } = port;
  const drops = new Uint32Array(MESSAGE_DROPS.length);

  /** Sends a message of the device's own; it is copied before the return. */
  const send: Send = (destination, tag, body, length) => {
    if (link !== undefined) return link.send(destination, tag, body, length);
    return port.send(destination, tag, length, body);
  };
  const timers = new Timers((ms) => port.deadline(ms));
  const requester = new Requester(send, timers, drops);
  const { onResponse } = requester;

  // What the device speaks beside control, in the order of the type numbers: one row for each protocol.
  const subsystem = new Subsystem(device, port.uuid);
  const admin = new Admin(subsystem, port);
  const transport = port.offload ? port.counters : new Uint32Array(DROP_REASONS.length);
  const nvmeMi = createNvmeMi({
    port,
    setMtu(peer, payload) {
      if (link !== undefined) link.setMtu(peer, payload);
      else port.setMtu(peer, payload);
    },
    send,
    timers,
    subsystem,
    admin,
    drops,
    transport,
  });
  const files = new PldmFiles(port);
  const platform = new Platform(subsystem, port, PldmFiles.RECORDS);
  const fileReader = new FileReader(port, requester, timers);
  const bench = createBench({
    port,
    drops,
    most: (port.offload ? large.length : Mctp.MESSAGE_SIZE) - 1,
    claim: (wanted) => link !== undefined || port.claimLarge(wanted ? 1 : 0),
    // What is sent out of `large` goes behind the answer in any case.
    soon: (nowMs) => link === undefined ? bench.room(nowMs) : timers.set(benchTimer, nowMs),
    send(destination, tag, length) {
      if (link === undefined) {
        return port.sendLarge(destination, tag, length) ? Sent.UNDER_WAY : Sent.NOT;
      }
      return link.send(destination, tag, large, length) ? Sent.QUEUED : Sent.NOT;
    },
  });
  const benchTimer = timers.slot((nowMs) => bench.room(nowMs));
  const vendor = createVendor(drops, bench.onMessage);
  const others: readonly Protocol[] = [
    createPldm({ port, drops, platform, files, onResponse }),
    nvmeMi,
    vendor,
  ];
  const ownEid = createOwnEid(
    port,
    timers,
    platform,
    port.offload ? undefined : () => link,
    (byEid, nowMs) => fileReader.start(byEid, nowMs),
  );
  const asked = device.staticEid ?? Eid.NULL;
  const staticEid = asked >= Eid.FIRST && asked <= Eid.LAST ? asked : Eid.NULL;
  const control = createControl({
    uuid: port.uuid,
    drops,
    others,
    staticEid,
    discovery: device.discovery,
    onEidSet: ownEid.onSet,
  }, bench.built ? [...VENDOR_SETS, BENCH_SET] : VENDOR_SETS);
  const protocols = [control, ...others];
  const lent = new LentLarge(port);
  const faults = new Faults({
    send: (destination, tag, body, length) =>
      length > RX_SIZE ? lent.send(destination, tag, length) : send(destination, tag, body, length),
    timers,
    drops,
    seal: (buffer, length) => port.seal(buffer, length),
    reset: () => port.reset(),
  }, device.seed);
  const receive = createReceive(protocols, drops);
  const spoiled = faults.wrap(receive);

  // With the offload off the script frames, joins and cuts by itself; that costs heap, so it is made only then.
  const link = port.offload ? undefined : new UsbLink(
    port,
    spoiled,
    transport,
    (ms) => timers.set(linkTimer, ms),
  );
  const linkTimer = timers.slot((nowMs) => {
    if (link !== undefined) link.timer(nowMs);
  });

  /** Takes a message that only vendor-defined ones can be as long as. */
  const onLarge: OnMessage = (source, destination, tag, length, nowMs) => {
    if (destination !== Eid.BROADCAST && large[0] === vendor.type) {
      return spoiled(large, length, tx, source, destination, tag, nowMs);
    }
    drops[MessageDrop.TOO_LONG]++;
    return 0;
  };

  // Responses and the echo are dealt with right here, for the way of all messages costs twice as much.
  const onMessage: OnMessage = (source, destination, tag, length, nowMs) => {
    const message = rx;
    if (tag < Mctp.TAG_OWNER) {
      onResponse(message, length, source, tag, nowMs);
      return 0;
    }
    if (length > RX_SIZE) return onLarge(source, destination, tag, length, nowMs);
    if (!faults.isEmpty) return spoiled(message, length, tx, source, destination, tag, nowMs);
    if (
      message[3] === Vendor.ECHO && message[0] === MessageType.VENDOR_PCI &&
      message[2] === Vendor.ID_LOW && message[1] === Vendor.ID_HIGH && length > 3 &&
      destination !== Eid.BROADCAST
    ) return -length;
    return receive(message, length, tx, source, destination, tag, nowMs);
  };

  port.log(
    LogLevel.INFO,
    `mctp types ${protocols.map((one) => one.type.toString(16).padStart(2, "0")).join(" ")}, ` +
      `offload ${port.offload ? "on" : "off"}, device ${device.name}`,
  );
  port.start(
    onMessage,
    (length, nowMs) => link === undefined ? 0 : link.transfer(length, nowMs),
    (nowMs) => timers.due(nowMs),
    (state, nowMs) => {
      if (state !== UsbState.DETACHED) return;
      if (link !== undefined) link.reset();
      lent.giveBack();
      fileReader.reset();
      bench.detached(nowMs);
      requester.failAll(nowMs);
      nvmeMi.reset();
    },
    createShell(port, [
      ...stateCommands(port, transport, drops, ownEid.get),
      ...deviceCommands(port, subsystem, faults, port.features.split(",").includes(LOCKED_FEATURE)),
      { name: "bench", summary: "show what was sent and received; bench stop", run: bench.line },
    ]),
    (nowMs) => {
      if (link !== undefined && !link.room(nowMs)) return;
      if (lent.isLent) lent.giveBack();
      bench.room(nowMs);
    },
  );
  if (staticEid !== asked) port.log(LogLevel.ERROR, `static EID ${asked} is not one of 8 to 254`);
  if (staticEid !== Eid.NULL) ownEid.take(staticEid);
  for (const rule of device.faults) {
    if (!faults.add(rule)) port.log(LogLevel.ERROR, `no command ${rule.on} to spoil`);
  }
  runEvents(
    device.events,
    timers,
    createShell(port, deviceCommands(port, subsystem, faults, false)),
  );
}
