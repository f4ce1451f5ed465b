/**
 * usbnvme as a library: build images, run them on the twin, and work on boards.
 *
 * @example Boot an image on the twin until it waits for USB
 * ```ts ignore
 * import { Board, build } from "usbnvme";
 *
 * const { file } = await build({}, { root: Deno.cwd() });
 * const board = Board.create({ image: file, ram: true });
 * console.log(board.runUntilLog("mctp usb waiting", 100e6)?.text);
 * board.close();
 * ```
 *
 * @module
 */
export * as boards from "./toolkit/boards/mod.ts";
export { build, buildInMemory } from "./toolkit/build.ts";
export type { BuildOptions, BuildReport, BuiltImage } from "./toolkit/build.ts";
export type { BuildContext } from "./toolkit/cargo.ts";
export type { Run, RunOptions, RunResult } from "./toolkit/process.ts";
export type { ScriptHeap } from "./toolkit/script_heap.ts";
export type { RegionUse } from "./toolkit/size_map.ts";
export { loader } from "./toolkit/images.ts";
export type { BuiltCrate } from "./toolkit/cargo.ts";
export { Board } from "./twin/board.ts";
export { type DebugAddress, DebugServer, type DebugServerOptions } from "./twin/debug/server.ts";
export type { ProgramRun } from "./twin/debug/board_target.ts";
export { UsbHost } from "./twin/usb/host.ts";
export { UsbipServer } from "./twin/usbip/server.ts";
export { TCM_SHARE_CODES, type TcmSizeKb } from "./chip/memory.ts";
export type { LedChange, LedName, LogLine } from "./twin/board.ts";
export type { Alarm, Clock } from "./twin/clock.ts";
export type { Core, RunEnd, RunLimits } from "./twin/core/core.ts";
export type { DebugRegisters } from "./twin/core/debug_registers.ts";
export type { Scb } from "./twin/core/scb.ts";
export type { Cpu, MemoryRights, StopKind } from "./twin/cpu/cpu.ts";
export type { Mx25uw25645g, NorMode } from "./twin/flash/mx25uw25645g.ts";
export type { Lines, Signalling } from "./twin/flash/nor_bus.ts";
export type { MemoryMap, Region } from "./twin/memory/memory_map.ts";
export type { UnmodelledEntry } from "./twin/memory/unmodelled.ts";
export type { Unmodelled } from "./twin/peripheral.ts";
export type { System } from "./twin/peripherals/system.ts";
export type { DescriptorSet } from "./twin/usb/check_descriptors.ts";
export type {
  AssociationDescriptor,
  ConfigurationDescriptor,
  DeviceDescriptor,
  EndpointDescriptor,
  InterfaceDescriptor,
} from "./twin/usb/descriptors.ts";
export type { TransferOptions, UsbDevice } from "./twin/usb/device.ts";
export type { Enumerated, EnumerateOptions } from "./twin/usb/enumerate.ts";
export type { UsbFault } from "./twin/usb/errors.ts";
export type { Pending } from "./twin/usb/host.ts";
export type { HostController } from "./twin/usb/host_controller.ts";
export type {
  Answer,
  Handshake,
  PortListener,
  Readiness,
  Transaction,
  UsbPort,
  UsbSpeed,
} from "./twin/usb/port.ts";
export type {
  Step,
  Transfer,
  TransferRequest,
  TransferResult,
  TransferType,
} from "./twin/usb/transfer.ts";
export type { VirtualClock } from "./twin/virtual_clock.ts";
export type { BoardState, BusBlock, MemoryDevice, SystemWiring } from "./twin/wiring.ts";
