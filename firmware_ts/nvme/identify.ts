/**
 * Identify: who the subsystem, its controllers and namespaces are.
 *
 * @see NVM Express Base Specification 2.0, Identify command; NVM Command Set 1.0, Identify data structures
 * @module
 */
import { AdminOpcode, Cns, NvmeStatus } from "../../wire/nvme_numbers.ts";
import type { FirmwareSlots } from "./firmware_slots.ts";
import type { Maintenance } from "./maintenance.ts";
import type { Port } from "../port.ts";
import { type AdminCommands, type AdminResult, At, PAGE_SIZE } from "./admin_command.ts";
import { BROADCAST_NSID } from "./namespaces.ts";
import { le16, le32, put, putText } from "./octets.ts";
import type { Subsystem } from "./subsystem.ts";

/** NVM Express 2.0.0, as the VER field has it. */
const VERSION = 0x00020000;
/** Octets of a list of controllers or namespaces, its count included. */
const LIST_ENTRIES = 2047;

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

  /** Everything of Identify Controller that does not change, made on first use. */
  function controllerTemplate(): Uint8Array {
    const page = new Uint8Array(PAGE_SIZE);
    const { temperatures } = description;
    // Offset, size, value: Base 2.0, Identify Controller data structure.
    const fields = [
      [0, 2, identity.vendorId],
      [2, 2, identity.subsystemVendorId],
      [73, 3, identity.ieeeOui],
      [76, 1, 0x03], // CMIC: more than one port and controller.
      [80, 4, VERSION],
      [92, 4, 0x300], // OAES: namespace attribute and firmware activation notices.
      [100, 2, 0],
      [111, 1, 1], // CNTRLTYPE: I/O controller.
      [253, 1, 0x01], // NVMSR: an NVMe storage device.
      [255, 1, 0x03], // MEC: management endpoint on PCIe and on two-wire.
      [256, 2, 0x001f], // OACS: security, format, firmware, namespaces, self-test.
      [258, 1, 3], // ACL
      [259, 1, 3], // AERL
      [260, 1, 0x17], // FRMW: three slots, the first read-only, activation without reset.
      [261, 1, 0x2e], // LPA: effects, extended data, telemetry, supported pages.
      [262, 1, 15], // ELPE
      [266, 2, Math.round(temperatures.warning) + 273],
      [268, 2, Math.round(temperatures.critical) + 273],
      [280, 8, description.capacityBytes],
      [316, 2, Math.ceil(description.durationsMs.extendedSelfTest / 60000)],
      [318, 1, 0x01], // DSTO: one self-test at a time in the subsystem.
      [319, 1, 1], // FWUG: 4 KiB
      [328, 4, 0x00000007], // SANICAP: crypto erase, block erase, overwrite.
      [512, 1, 0x66],
      [513, 1, 0x44],
      [516, 4, namespaces.max],
      [520, 2, 0x0050], // ONCS: save and select of features, timestamp.
      [524, 1, 0x04], // FNA: crypto erase with Format.
      [525, 1, 0x06], // VWC: none; Flush does not take the broadcast NSID.
      [540, 4, namespaces.max],
      [2048, 2, 900], // PSD0: 9 W.
    ];
    for (const [at, size, value] of fields) put(page, at, size, value);
    putText(page, 4, 20, subsystem.serial);
    putText(page, 24, 40, identity.model);
    for (let i = 0; i < subsystem.nqn.length; i++) page[768 + i] = subsystem.nqn.charCodeAt(i);
    return page;
  }

  function controller(index: number, result: AdminResult): void {
    if (template === undefined) template = controllerTemplate();
    const { page } = result;
    port.copy(page, 0, template, 0, PAGE_SIZE);
    putText(page, 64, 8, firmware.revision);
    put(page, 78, 2, index);
    put(page, 296, 8, description.capacityBytes - namespaces.allocatedBytes());
  }

  /** Identify Namespace; with NSID 0 what is common to all. */
  function namespace(nsid: number, page: Uint8Array, nowMs: number): void {
    page[25] = 1; // NLBAF: two formats.
    page[30] = nsid === 0 || namespaces.isShared(nsid) ? 0x01 : 0; // NMIC
    page[32] = nsid === 0 ? 0x80 : maintenance.formatProgress(nsid, nowMs); // FPI
    page[130] = 9; // LBAF0 and 1, LBADS.
    page[134] = 12;
    if (nsid === 0) return;
    const blocks = namespaces.blocks(nsid);
    put(page, 0, 8, blocks);
    put(page, 8, 8, blocks);
    put(page, 16, 8, namespaces.used(nsid));
    page[26] = namespaces.blockShift(nsid) === 12 ? 1 : 0;
    put(page, 48, 8, namespaces.bytes(nsid));
    globalId(nsid, page, 104);
    page.set([identity.ieeeOui >> 16, identity.ieeeOui >> 8 & 255, identity.ieeeOui & 255], 120);
    for (let i = 0; i < 5; i++) page[123 + i] = page[115 + i];
  }

  /** NGUID: eight octets of the device's UUID, the OUI, and five that tell namespaces apart. */
  function globalId(nsid: number, page: Uint8Array, at: number): void {
    page.set(subsystem.uuid, at);
    for (let i = 0; i < 3; i++) page[at + 8 + i] = identity.ieeeOui >> 16 - 8 * i;
    for (let i = 0; i < 4; i++) page[at + 12 + i] ^= nsid >>> 24 - 8 * i;
  }

  function descriptors(nsid: number, page: Uint8Array): void {
    // Namespace Identifier Types 3 (UUID), 2 (NGUID) and 4 (command set identifier, NVM).
    page[0] = 3;
    page[1] = 16;
    page.set(subsystem.uuid, 4);
    for (let i = 0; i < 4; i++) page[16 + i] ^= nsid >>> 24 - 8 * i;
    page[20] = 2;
    page[21] = 16;
    globalId(nsid, page, 24);
    page[40] = 4;
    page[41] = 1;
  }

  function namespaceList(after: number, owner: number, page: Uint8Array): void {
    let at = 0;
    let nsid = after;
    while (at < PAGE_SIZE && (nsid = namespaces.next(nsid, owner)) > 0) {
      put(page, at, 4, nsid);
      at += 4;
    }
  }

  function controllerList(first: number, nsid: number, page: Uint8Array): void {
    let count = 0;
    for (let i = first; i < controllers.length && count < LIST_ENTRIES; i++) {
      if (nsid === 0 || namespaces.isAttached(nsid, i)) put(page, 2 + 2 * count++, 2, i);
    }
    put(page, 0, 2, count);
  }

  return [[AdminOpcode.IDENTIFY, (request, _length, index, nowMs, result) => {
    const { page } = result;
    const cns = request[At.CDW10];
    const nsid = le32(request, At.NSID);
    const first = le16(request, At.CDW10 + 2);
    const commandSet = request[At.CDW11 + 3];
    result.length = PAGE_SIZE;
    switch (cns) {
      case Cns.CONTROLLER:
        return controller(index, result);
      case Cns.NAMESPACE:
        if (nsid === BROADCAST_NSID) return namespace(0, page, nowMs);
        if (nsid === 0 || nsid > namespaces.max) return result.fail(NvmeStatus.INVALID_NAMESPACE);
        if (namespaces.exists(nsid) && namespaces.isAttached(nsid, index)) {
          namespace(nsid, page, nowMs);
        }
        return; // Zeros for an inactive namespace.
      case Cns.DESCRIPTORS:
        if (!namespaces.exists(nsid) || !namespaces.isAttached(nsid, index)) {
          return result.fail(NvmeStatus.INVALID_NAMESPACE);
        }
        return descriptors(nsid, page);
      case Cns.ALLOCATED_NAMESPACE:
      case Cns.IO_ALLOCATED_NAMESPACE:
        if (nsid === 0 || nsid > namespaces.max) return result.fail(NvmeStatus.INVALID_NAMESPACE);
        if (cns === Cns.IO_ALLOCATED_NAMESPACE) break;
        if (namespaces.exists(nsid)) namespace(nsid, page, nowMs);
        return;
      case Cns.ACTIVE_LIST:
      case Cns.IO_ACTIVE_LIST:
      case Cns.ALLOCATED_LIST:
      case Cns.IO_ALLOCATED_LIST:
        if (nsid >= 0xfffffffe) return result.fail(NvmeStatus.INVALID_NAMESPACE);
        if (cns >= Cns.ALLOCATED_LIST) namespaceList(nsid, -1, page);
        else namespaceList(nsid, index, page);
        break;
      case Cns.ATTACHED_CONTROLLERS:
        if (!namespaces.exists(nsid)) return result.fail(NvmeStatus.INVALID_NAMESPACE);
        return controllerList(first, nsid, page);
      case Cns.CONTROLLERS:
        return controllerList(first, 0, page);
      case Cns.PRIMARY_CAPABILITIES:
        put(page, 0, 2, index);
        return;
      case Cns.SECONDARY_LIST:
        return; // No secondary controllers.
      case Cns.IO_NAMESPACE:
        if (!namespaces.exists(nsid) || !namespaces.isAttached(nsid, index)) {
          return result.fail(NvmeStatus.INVALID_NAMESPACE);
        }
        break;
      case Cns.IO_CONTROLLER:
        break;
      case Cns.IO_NAMESPACE_INDEPENDENT:
        if (!namespaces.exists(nsid)) return result.fail(NvmeStatus.INVALID_NAMESPACE);
        page[1] = 0x01; // NMIC
        page[14] = 0x01; // NSTAT: ready.
        return;
      case Cns.IO_COMMAND_SETS:
        page[0] = 1; // One combination: NVM alone.
        return;
      default:
        return result.fail(NvmeStatus.INVALID_FIELD);
    }
    // These look at the command set, of which there is one: NVM, 0.
    const asks = cns === Cns.IO_NAMESPACE || cns === Cns.IO_CONTROLLER ||
      cns === Cns.IO_ACTIVE_LIST || cns >= Cns.IO_ALLOCATED_LIST;
    if (asks && commandSet !== 0) result.fail(NvmeStatus.INVALID_FIELD);
  }]];
}
