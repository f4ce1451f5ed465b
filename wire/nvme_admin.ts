/**
 * Admin commands in NVMe-MI messages, from the message's first octet up to the integrity check.
 *
 * @module
 */
import { MessageType } from "./control_numbers.ts";
import { bits, bytes, layout, rest, uintLe } from "./layout.ts";
import { Nmimt } from "./nvme_mi_numbers.ts";

const TITLE = "NVM Express Management Interface 1.2, NVM Express Admin Command Set";

const header = <const R extends 0 | 1>(response: R) =>
  [
    bits("integrityCheck", 0, 7, 7, "IC", { must: 1 }),
    bits("type", 0, 6, 0, "message type", { must: MessageType.NVME_MI }),
    bits("response", 1, 7, 7, "ROR", { must: response }),
    bits("nmimt", 1, 6, 3, "NVMe-MI message type", { must: Nmimt.ADMIN }),
    bits("reserved", 1, 2, 1, "reserved"),
    bits("slot", 1, 0, 0, "CSI: command slot"),
    bytes("reserved", 2, 2, "reserved"),
  ] as const;

/** Any request; a Management Controller never sets MEB or CIAP. */
export const ADMIN_REQUEST = layout("NVMe Admin request", `${TITLE}, request message`, [
  ...header(0),
  uintLe("opc", 4, 1, "Opcode"),
  bits("reserved", 5, 7, 3, "reserved"),
  bits("ish", 5, 2, 2, "Ignore Shutdown"),
  bits("dofstv", 5, 1, 1, "Data Offset Valid"),
  bits("dlenv", 5, 0, 0, "Data Length Valid"),
  uintLe("ctlid", 6, 2, "Controller ID"),
  uintLe("sqedw1", 8, 4, "Submission Queue Entry Dword 1: NSID"),
  uintLe("sqedw2", 12, 4, "Submission Queue Entry Dword 2"),
  uintLe("sqedw3", 16, 4, "Submission Queue Entry Dword 3"),
  uintLe("sqedw4", 20, 4, "Submission Queue Entry Dword 4"),
  uintLe("sqedw5", 24, 4, "Submission Queue Entry Dword 5"),
  uintLe("dofst", 28, 4, "Data Offset"),
  uintLe("dlen", 32, 4, "Data Length"),
  bytes("reserved", 36, 8, "reserved"),
  uintLe("sqedw10", 44, 4, "Submission Queue Entry Dword 10"),
  uintLe("sqedw11", 48, 4, "Submission Queue Entry Dword 11"),
  uintLe("sqedw12", 52, 4, "Submission Queue Entry Dword 12"),
  uintLe("sqedw13", 56, 4, "Submission Queue Entry Dword 13"),
  uintLe("sqedw14", 60, 4, "Submission Queue Entry Dword 14"),
  uintLe("sqedw15", 64, 4, "Submission Queue Entry Dword 15"),
  rest("data", 68, "Request Data"),
]);

/** A response of status success; whether the command succeeded, the completion says. */
export const ADMIN_RESPONSE = layout("NVMe Admin response", `${TITLE}, response message`, [
  ...header(1),
  uintLe("status", 4, 1, "Response Message Status", { must: 0 }),
  bytes("reserved", 5, 3, "reserved"),
  uintLe("cqedw0", 8, 4, "Completion Queue Entry Dword 0"),
  uintLe("cqedw1", 12, 4, "Completion Queue Entry Dword 1"),
  uintLe("cid", 16, 2, "Command Identifier: no meaning here"),
  bits("sc0", 18, 7, 1, "Status Code, bits 6:0"),
  bits("p", 18, 0, 0, "Phase Tag"),
  bits("dnr", 19, 7, 7, "Do Not Retry"),
  bits("m", 19, 6, 6, "More"),
  bits("crd", 19, 5, 4, "Command Retry Delay"),
  bits("sct", 19, 3, 1, "Status Code Type"),
  bits("sc7", 19, 0, 0, "Status Code, bit 7"),
  rest("data", 20, "Response Data"),
]);
