/**
 * Namespace Management and Namespace Attachment.
 *
 * @see NVM Express Base Specification 2.0, Namespace Management, Namespace Attachment
 * @module
 */
import { AdminOpcode, NvmeStatus } from "../../wire/nvme_numbers.ts";
import { MiStatus } from "../../wire/nvme_mi_numbers.ts";
import { type AdminCommands, At, PAGE_SIZE } from "./admin_command.ts";
import { BROADCAST_NSID } from "./namespaces.ts";
import { le16, le32, le64 } from "./octets.ts";
import { Change, type Subsystem } from "./subsystem.ts";

/** Most controllers in a controller list. */
const MAX_LIST = 2047;

/** Makes the handlers. */
export function createNamespaceCommands(subsystem: Subsystem): AdminCommands {
  const { namespaces, controllers, description } = subsystem;

  /** Notes that the list of a controller, or of all that it was attached to, has changed. */
  function detachAll(nsid: number, nowMs: number): void {
    for (let i = 0; i < controllers.length; i++) {
      if (namespaces.isAttached(nsid, i)) subsystem.changed(Change.NAMESPACES, i, nowMs);
    }
  }

  return [
    [AdminOpcode.NAMESPACE_MANAGEMENT, (request, length, _controller, nowMs, result) => {
      const nsid = le32(request, At.NSID);
      const select = request[At.CDW10] & 15;
      if (select === 1) {
        if (nsid !== BROADCAST_NSID && !namespaces.exists(nsid)) {
          return result.fail(NvmeStatus.INVALID_NAMESPACE);
        }
        let one = nsid === BROADCAST_NSID ? namespaces.next(0, -1) : nsid;
        while (one > 0) {
          detachAll(one, nowMs);
          namespaces.remove(one);
          subsystem.namespaceChanged(one, nowMs);
          one = nsid === BROADCAST_NSID ? namespaces.next(one, -1) : 0;
        }
        return;
      }
      if (select !== 0) return result.fail(NvmeStatus.INVALID_FIELD);
      if (length !== At.DATA + PAGE_SIZE) {
        result.status = MiStatus.INVALID_INPUT_SIZE;
        return;
      }
      if (request[At.CDW11 + 3] !== 0) return result.fail(NvmeStatus.COMMAND_SET_NOT_SUPPORTED);
      const blocks = le64(request, At.DATA);
      const capacity = le64(request, At.DATA + 8);
      const format = request[At.DATA + 26] & 15;
      if (nsid !== 0 || blocks === 0 || capacity > blocks || request[At.DATA + 29] !== 0) {
        return result.fail(NvmeStatus.INVALID_FIELD);
      }
      if (capacity !== blocks) return result.fail(NvmeStatus.THIN_NOT_SUPPORTED);
      if (format > 1) return result.fail(NvmeStatus.INVALID_FORMAT);
      const shift = format === 0 ? 9 : 12;
      const bytes = blocks * (1 << shift);
      if (bytes > description.capacityBytes - namespaces.allocatedBytes()) {
        return result.fail(NvmeStatus.INSUFFICIENT_CAPACITY);
      }
      const free = namespaces.free();
      if (free === 0) return result.fail(NvmeStatus.NO_NSID);
      namespaces.set(free, blocks, shift);
      namespaces.setShared(free, (request[At.DATA + 30] & 1) !== 0);
      result.dw0 = free;
    }],
    [AdminOpcode.NAMESPACE_ATTACHMENT, (request, length, _controller, nowMs, result) => {
      const nsid = le32(request, At.NSID);
      const select = request[At.CDW10] & 15;
      if (length !== At.DATA + PAGE_SIZE) {
        result.status = MiStatus.INVALID_INPUT_SIZE;
        return;
      }
      if (select > 1 || nsid === BROADCAST_NSID) return result.fail(NvmeStatus.INVALID_FIELD);
      if (!namespaces.exists(nsid)) return result.fail(NvmeStatus.INVALID_NAMESPACE);
      const count = le16(request, At.DATA);
      if (count === 0 || count > MAX_LIST) return result.fail(NvmeStatus.CONTROLLER_LIST_INVALID);
      // All is checked before anything is changed.
      const attach = select === 0;
      for (let i = 0; i < count; i++) {
        const id = le16(request, At.DATA + 2 + 2 * i);
        if (id >= controllers.length || i > 0 && id <= le16(request, At.DATA + 2 * i)) {
          return result.fail(NvmeStatus.CONTROLLER_LIST_INVALID);
        }
        if (namespaces.isAttached(nsid, id) === attach) {
          return result.fail(attach ? NvmeStatus.ALREADY_ATTACHED : NvmeStatus.NOT_ATTACHED);
        }
      }
      if (attach && !namespaces.isShared(nsid)) {
        if (count > 1 || namespaces.isAttachedAnywhere(nsid)) {
          return result.fail(NvmeStatus.PRIVATE);
        }
      }
      for (let i = 0; i < count; i++) {
        const id = le16(request, At.DATA + 2 + 2 * i);
        namespaces.attach(nsid, id, attach);
        subsystem.changed(Change.NAMESPACES, id, nowMs);
      }
      subsystem.namespaceChanged(nsid, nowMs);
    }],
  ];
}
