/**
 * Namespace Management and Namespace Attachment.
 *
 * @see NVM Express Base Specification 2.0, Namespace Management, Namespace Attachment
 * @module
 */
import { AdminOpcode, NvmeStatus } from "../../wire/nvme_numbers.ts";
import { MiStatus } from "../../wire/nvme_mi_numbers.ts";
import { type AdminCommands, type AdminResult, At, PAGE_SIZE } from "./admin_command.ts";
import { EventType } from "./event_log.ts";
import { BROADCAST_NSID } from "./namespaces.ts";
import { le16, le32, le64 } from "./octets.ts";
import { type SelfTest, SelfTestEnd } from "./self_tests.ts";
import type { Subsystem } from "./subsystem.ts";

/** Most controllers in a controller list. */
const MAX_LIST = 2047;
/** Octets of a new namespace's data that the host fills in. */
const HOST_SPECIFIED_SIZE = 384;

/** Select field of both commands. */
const enum Select {
  CREATE = 0,
  DELETE = 1,
  ATTACH = 0,
  DETACH = 1,
}

/** Makes the handlers. */
export function createNamespaceCommands(subsystem: Subsystem, selfTest: SelfTest): AdminCommands {
  const { namespaces, controllers, description, events } = subsystem;

  /** Whether `nsid` cannot be the NSID of one allocated namespace; the result says why. */
  function isMissing(nsid: number, result: AdminResult): boolean {
    if (namespaces.exists(nsid)) return false;
    // One that could be is inactive; a broadcast is a value like all others that no such command takes.
    if (nsid === 0 || nsid > namespaces.max && nsid !== BROADCAST_NSID) {
      result.fail(NvmeStatus.INVALID_NAMESPACE, At.NSID);
    } else result.invalidField(At.NSID);
    return true;
  }

  /** Records that a namespace was made or deleted: CDW10, and what the host said of it. */
  function record(select: Select, nsid: number, controller: number, nowMs: number): void {
    const blocks = namespaces.blocks(nsid);
    const format = namespaces.blockShift(nsid) === 12 ? 1 : 0;
    const shared = namespaces.isShared(nsid) ? 1 : 0;
    // Reserved fields have their sizes here: Base 2.0, Change Namespace Event Data Format.
    events.add(EventType.CHANGE_NAMESPACE, controller, nowMs, [
      ...[8, select, 8, blocks, 8, 0, 8, blocks],
      ...[1, format, 1, 0, 1, shared, 9, 0, 4, nsid],
    ]);
  }

  function remove(nsid: number, controller: number, nowMs: number): void {
    subsystem.attachedChanged(nsid, nowMs);
    record(Select.DELETE, nsid, controller, nowMs);
    selfTest.abort(SelfTestEnd.ABORTED_BY_REMOVAL, nowMs, nsid);
    namespaces.remove(nsid);
  }

  function create(
    request: Uint8Array,
    length: number,
    controller: number,
    nowMs: number,
    result: AdminResult,
  ): void {
    // What the host says of it ends at octet 384; tools send that, a part of the rest, or all of it.
    if (length < At.DATA + HOST_SPECIFIED_SIZE || length > At.DATA + PAGE_SIZE) {
      result.status = MiStatus.INVALID_INPUT_SIZE;
      return;
    }
    if (request[At.CDW11 + 3] !== 0) {
      return result.fail(NvmeStatus.COMMAND_SET_NOT_SUPPORTED, At.CDW11);
    }
    if (le32(request, At.NSID) !== 0) return result.invalidField(At.NSID);
    const blocks = le64(request, At.DATA);
    const capacity = le64(request, At.DATA + 8);
    const format = request[At.DATA + 26] & 15;
    // No protection information; the capacity is within the size.
    if (blocks === 0 || capacity > blocks || request[At.DATA + 29] !== 0) {
      return result.invalidField();
    }
    if (capacity !== blocks) return result.fail(NvmeStatus.THIN_NOT_SUPPORTED);
    if (format > 1) return result.fail(NvmeStatus.INVALID_FORMAT);
    const shift = format === 0 ? 9 : 12;
    if (blocks * (1 << shift) > description.capacityBytes - namespaces.allocatedBytes()) {
      return result.fail(NvmeStatus.INSUFFICIENT_CAPACITY);
    }
    const nsid = namespaces.free();
    if (nsid === 0) return result.fail(NvmeStatus.NO_NSID);
    namespaces.create(nsid, blocks, shift, (request[At.DATA + 30] & 1) !== 0);
    record(Select.CREATE, nsid, controller, nowMs);
    result.dw0 = nsid;
  }

  function attach(
    request: Uint8Array,
    nsid: number,
    isAttaching: boolean,
    nowMs: number,
    result: AdminResult,
  ): void {
    const count = le16(request, At.DATA);
    let status: number = NvmeStatus.SUCCESS;
    if (count === 0 || count > MAX_LIST) status = NvmeStatus.CONTROLLER_LIST_INVALID;
    // All is checked before anything is changed.
    let before = -1;
    for (let i = 0; i < count && status === NvmeStatus.SUCCESS; i++) {
      const id = le16(request, At.DATA + 2 + 2 * i);
      if (id >= controllers.length || id <= before) status = NvmeStatus.CONTROLLER_LIST_INVALID;
      else if (namespaces.isAttached(nsid, id) === isAttaching) {
        status = isAttaching ? NvmeStatus.ALREADY_ATTACHED : NvmeStatus.NOT_ATTACHED;
      }
      before = id;
    }
    if (
      status === NvmeStatus.SUCCESS && isAttaching && !namespaces.isShared(nsid) &&
      (count > 1 || namespaces.isAttachedAnywhere(nsid))
    ) status = NvmeStatus.PRIVATE;
    if (status !== NvmeStatus.SUCCESS) return result.fail(status);
    for (let i = 0; i < count; i++) {
      const id = le16(request, At.DATA + 2 + 2 * i);
      namespaces.attach(nsid, id, isAttaching);
      subsystem.namespaceChanged(nsid, id, nowMs);
    }
  }

  return [
    [AdminOpcode.NAMESPACE_MANAGEMENT, (request, length, controller, nowMs, result) => {
      const select = request[At.CDW10] & 15;
      if (select === Select.CREATE) return create(request, length, controller, nowMs, result);
      if (select !== Select.DELETE) return result.invalidField(At.CDW10);
      const nsid = le32(request, At.NSID);
      if (nsid === BROADCAST_NSID) {
        for (let one = 0; (one = namespaces.next(one, -1)) > 0;) remove(one, controller, nowMs);
      } else if (!isMissing(nsid, result)) remove(nsid, controller, nowMs);
    }],
    [AdminOpcode.NAMESPACE_ATTACHMENT, (request, length, _controller, nowMs, result) => {
      const select = request[At.CDW10] & 15;
      if (length !== At.DATA + PAGE_SIZE) {
        result.status = MiStatus.INVALID_INPUT_SIZE;
        return;
      }
      if (select > Select.DETACH) return result.invalidField(At.CDW10);
      const nsid = le32(request, At.NSID);
      if (isMissing(nsid, result)) return;
      attach(request, nsid, select === Select.ATTACH, nowMs, result);
    }],
  ];
}
