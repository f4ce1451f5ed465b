/**
 * Security Receive and Send of security protocol 0x00: which protocols there are.
 *
 * @see NVM Express Base Specification 2.0, Security Receive; SPC-5, SECURITY PROTOCOL IN, security protocol information
 * @module
 */
import { AdminOpcode } from "../../wire/nvme_numbers.ts";
import { type AdminCommands, At, PAGE_SIZE } from "./admin_command.ts";
import { le16, le32 } from "./octets.ts";

/** Makes the handlers. */
export function createSecurity(): AdminCommands {
  return [
    [AdminOpcode.SECURITY_RECEIVE, (request, _length, _controller, _nowMs, result) => {
      const specific = le16(request, At.CDW10 + 1);
      if (request[At.CDW10 + 3] !== 0 || specific > 1) {
        return result.invalidField(At.CDW10);
      }
      // Specific 0: a list of one protocol, 0x00 itself. Specific 1: certificate data, none.
      if (specific === 0) result.page[7] = 1;
      const octets = le32(request, At.CDW11);
      result.length = octets > PAGE_SIZE ? PAGE_SIZE : octets;
    }],
    [AdminOpcode.SECURITY_SEND, (_request, _length, _controller, _nowMs, result) => {
      result.invalidField(At.CDW10); // Nothing can be sent to protocol 0x00.
    }],
  ];
}
