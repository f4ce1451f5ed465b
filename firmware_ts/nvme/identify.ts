/**
 * Identify: who the subsystem, its controllers and namespaces are.
 *
 * @see NVM Express Base Specification 2.0, Identify command; NVM Command Set 1.0, Identify data structures
 * @module
 */
import { AdminOpcode, Cns, NvmeStatus } from "../../wire/nvme_numbers.ts";
import type { Port } from "../port.ts";
import { type AdminCommands, type AdminResult, At, PAGE_SIZE } from "./admin_command.ts";
import type { FirmwareSlots } from "./firmware_slots.ts";
import type { Maintenance } from "./maintenance.ts";
import { BROADCAST_NSID } from "./namespaces.ts";
import { le16, le32, put, putHex, putText } from "./octets.ts";
import type { Subsystem } from "./subsystem.ts";

/** Most controllers in a controller list. */
const LIST_ENTRIES = 2047;
/** All of Identify Controller but its power states lies in the first octets. */
const TEMPLATE_SIZE = 1024;

/** What is the same in every device (Base 2.0, Identify Controller data structure): `offset:octets`. */
const CONTROLLER = "050:00000200" + // VER: 2.0.0.
  " 05c:0003" + // OAES: namespace attribute and firmware activation notices.
  " 06f:01" + // CNTRLTYPE: I/O controller.
  " 0fd:01" + // NVMSR: an NVMe storage device.
  " 0ff:03" + // MEC: management endpoints on two-wire and on PCIe.
  " 100:1f00" + // OACS: security, format, firmware, namespaces, self-test.
  " 102:0303" + // ACL, AERL
  " 104:17" + // FRMW: three slots, the first read-only, activation without reset.
  " 105:3e" + // LPA: effects, extended data, telemetry, persistent events, supported pages.
  " 106:0f" + // ELPE: 16 entries.
  " 107:02" + // NPSS: three power states.
  " 13e:01" + // DSTO: one self-test at a time in the subsystem.
  " 13f:01" + // FWUG: 4 KiB.
  " 148:07000040" + // SANICAP: crypto erase, block erase, overwrite; media not modified after it.
  " 160:01000000" + // PELS: 64 KiB.
  " 200:6644" + // SQES, CQES
  " 208:5000" + // ONCS: save and select of features, timestamp.
  " 20c:0406"; // FNA: crypto erase with Format; VWC: none, Flush takes the broadcast NSID.

/** What is the same in every namespace: two formats, of 512 and 4,096 octets. */
const NAMESPACE = "019:01 080:00000900 084:00000c00";
const NAMESPACE_SIZE = 192;
/** Where its NGUID and EUI64 stand. */
const NGUID = 104;
const EUI64 = 120;
/**
 * Namespace Identification Descriptors: types 3 (UUID), 2 (NGUID) and 4 (command set identifier, NVM) with
 * their lengths.
 */
const DESCRIPTORS = "000:0310 014:0210 028:0401";
const DESCRIPTORS_SIZE = 48;

/** Makes the handler of Identify. */
export function createIdentify(
  subsystem: Subsystem,
  port: Port,
  firmware: FirmwareSlots,
  maintenance: Maintenance,
): AdminCommands {
  const { namespaces, controllers, description } = subsystem;
  const { identity } = description;
  let template: Uint8Array | undefined;
  // The NGUID is eight octets of the device's UUID, the OUI, and five that tell namespaces apart; the EUI64
  // is the OUI and those five.
  const namespaceTemplate = new Uint8Array(NAMESPACE_SIZE);
  const descriptorsTemplate = new Uint8Array(DESCRIPTORS_SIZE);
  putHex(namespaceTemplate, NAMESPACE);
  namespaceTemplate.set(subsystem.uuid, NGUID);
  for (let i = 0; i < 3; i++) namespaceTemplate[NGUID + 8 + i] = identity.ieeeOui >> 16 - 8 * i;
  port.copy(namespaceTemplate, EUI64, namespaceTemplate, NGUID + 8, 8);
  putHex(descriptorsTemplate, DESCRIPTORS);
  descriptorsTemplate.set(subsystem.uuid, 4);
  port.copy(descriptorsTemplate, 24, namespaceTemplate, NGUID, 16);
  let revision = "";

  /** Everything of Identify Controller that is the same for all controllers, made when it changes. */
  function controllerTemplate(): Uint8Array {
    const page = new Uint8Array(TEMPLATE_SIZE);
    const { temperatures, durationsMs } = description;
    putHex(page, CONTROLLER);
    put(page, 0, 2, identity.vendorId);
    put(page, 2, 2, identity.subsystemVendorId);
    put(page, 73, 3, identity.ieeeOui);
    page[76] = controllers.length > 1 ? 2 : 0; // CMIC: several controllers, one NVM subsystem port.
    put(page, 266, 2, Math.round(temperatures.warning) + 273);
    put(page, 268, 2, Math.round(temperatures.critical) + 273);
    put(page, 280, 8, description.capacityBytes);
    put(page, 316, 2, Math.ceil(durationsMs.extendedSelfTest / 60000));
    put(page, 516, 4, namespaces.max);
    put(page, 540, 4, namespaces.max);
    putText(page, 4, 20, subsystem.serial);
    putText(page, 24, 40, identity.model);
    revision = firmware.revision;
    putText(page, 64, 8, revision);
    for (let i = 0; i < subsystem.nqn.length; i++) page[768 + i] = subsystem.nqn.charCodeAt(i);
    return page;
  }

  function controller(index: number, result: AdminResult): void {
    if (template === undefined || revision !== firmware.revision) template = controllerTemplate();
    const { page, words } = result;
    port.copy(page, 0, template, 0, TEMPLATE_SIZE);
    page[78] = index;
    result.put64(74, description.capacityBytes - namespaces.allocatedBytes()); // UNVMCAP
    // Power states of 9, 6 and 4 W, each slower than the one before.
    words[512] = 900;
    words[520] = 600;
    words[523] = 0x01010101;
    words[528] = 400;
    words[531] = 0x02020202;
  }

  /** Identify Namespace; with NSID 0 what is common to all. */
  function namespace(nsid: number, result: AdminResult, nowMs: number): void {
    const { page } = result;
    port.copy(page, 0, namespaceTemplate, 0, NAMESPACE_SIZE);
    page[30] = nsid === 0 || namespaces.isShared(nsid) ? 0x01 : 0; // NMIC
    page[32] = maintenance.formatProgress(nsid, nowMs); // FPI
    if (nsid === 0) { // No identifier is common to all.
      port.clear(page, NGUID, 24);
      return;
    }
    const blocks = namespaces.blocks(nsid);
    result.put64(0, blocks);
    result.put64(2, blocks);
    result.put64(4, namespaces.used(nsid));
    page[26] = namespaces.blockShift(nsid) === 12 ? 1 : 0;
    result.put64(12, namespaces.bytes(nsid));
    mix(nsid, page, NGUID);
    port.copy(page, EUI64, page, NGUID + 8, 8);
  }

  /** What tells namespaces apart, in the last octets of an identifier: when it was made, and its NSID. */
  function mix(nsid: number, page: Uint8Array, at: number): void {
    page[at + 11] ^= namespaces.birth(nsid);
    page[at + 14] ^= nsid >> 8; // There are at most 1,024.
    page[at + 15] ^= nsid;
  }

  function descriptors(nsid: number, page: Uint8Array): void {
    port.copy(page, 0, descriptorsTemplate, 0, DESCRIPTORS_SIZE);
    mix(nsid, page, 4);
    mix(nsid, page, 24);
  }

  function controllerList(first: number, nsid: number, page: Uint8Array): void {
    let count = 0;
    for (let i = first; i < controllers.length && count < LIST_ENTRIES; i++) {
      if (nsid === 0 || namespaces.isAttached(nsid, i)) page[2 + 2 * count++] = i;
    }
    page[0] = count;
  }

  return [[AdminOpcode.IDENTIFY, (request, _length, index, nowMs, result) => {
    const { page, words } = result;
    const cns = request[At.CDW10];
    result.length = PAGE_SIZE;
    // What is asked most has no more to it.
    if (cns === Cns.CONTROLLER) return controller(index, result);
    const nsid = le32(request, At.NSID);
    const first = le16(request, At.CDW10 + 2);
    const exists = namespaces.exists(nsid);
    const active = exists && namespaces.isAttached(nsid, index);
    // The command set is asked of by some: there is one, NVM, 0.
    const commandSet = request[At.CDW11 + 3];
    if (
      commandSet !== 0 &&
      (cns >= Cns.IO_NAMESPACE && cns <= Cns.IO_ACTIVE_LIST ||
        cns === Cns.IO_ALLOCATED_LIST || cns === Cns.IO_ALLOCATED_NAMESPACE)
    ) return result.invalidField(At.CDW11);
    switch (cns) {
      case Cns.NAMESPACE:
        if (nsid === BROADCAST_NSID) return namespace(0, result, nowMs);
        break;
      case Cns.DESCRIPTORS:
      case Cns.IO_NAMESPACE:
      case Cns.IO_NAMESPACE_INDEPENDENT:
      case Cns.ALLOCATED_NAMESPACE:
      case Cns.IO_ALLOCATED_NAMESPACE:
      case Cns.ATTACHED_CONTROLLERS:
        break;
      case Cns.ACTIVE_LIST:
      case Cns.IO_ACTIVE_LIST:
      case Cns.ALLOCATED_LIST:
      case Cns.IO_ALLOCATED_LIST: {
        if (nsid >= 0xfffffffe) return result.fail(NvmeStatus.INVALID_NAMESPACE, At.NSID);
        const all = cns === Cns.ALLOCATED_LIST || cns === Cns.IO_ALLOCATED_LIST;
        return namespaces.list(words, nsid, all ? -1 : index);
      }
      case Cns.CONTROLLERS:
        return controllerList(first, 0, page);
      case Cns.PRIMARY_CAPABILITIES:
        page[0] = index; // CNTLID; nothing can be assigned to secondary controllers.
        return;
      case Cns.SECONDARY_LIST:
      case Cns.IO_CONTROLLER:
        return; // No secondary controllers; NVM names no limits.
      case Cns.IO_COMMAND_SETS:
        page[0] = 1; // One combination: NVM alone.
        return;
      default:
        return result.invalidField(At.CDW10);
    }
    // All others are of one namespace.
    if (nsid === 0 || nsid > namespaces.max) {
      return result.fail(NvmeStatus.INVALID_NAMESPACE, At.NSID);
    }
    switch (cns) {
      case Cns.NAMESPACE: // Zeros for an inactive namespace.
        if (active) namespace(nsid, result, nowMs);
        return;
      case Cns.ALLOCATED_NAMESPACE: // Zeros for one that is not allocated.
        if (exists) namespace(nsid, result, nowMs);
        return;
      case Cns.IO_NAMESPACE_INDEPENDENT:
        if (!active) return;
        page[1] = namespaces.isShared(nsid) ? 0x01 : 0; // NMIC
        page[14] = 0x01; // NSTAT: ready.
        return;
      case Cns.DESCRIPTORS:
        if (!active) return result.invalidField(At.NSID);
        return descriptors(nsid, page);
      case Cns.ATTACHED_CONTROLLERS:
        if (!exists) return result.invalidField(At.NSID);
        return controllerList(first, nsid, page);
    }
    // The NVM command set's own part of a namespace: without protection information it is all zeros.
  }]];
}
