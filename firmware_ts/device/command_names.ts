/**
 * The names of commands in fault rules and on the console: `admin.identify`, `mi.*`, `pldm.0x51`, `echo`.
 *
 * @module
 */
import { MessageType } from "../../wire/control_numbers.ts";
import { Vendor } from "../../wire/vendor_numbers.ts";

const ANY = -1;

/** What a name stands for; -1 for any. */
export interface CommandPattern {
  /** MCTP message type. */
  readonly type: number;
  /** NVMe-MI's message type (NMIMT), PLDM's type, or 0. */
  readonly kind: number;
  /** Opcode, command code, or subtype of a vendor message. */
  readonly opcode: number;
}

/** Each group: message type, class, and its commands as `opcode name` in hex, since an object for each would be dear. */
const GROUPS: readonly (readonly [string, number, number, string])[] = [
  [
    "control",
    0x00,
    0,
    "1 set-endpoint-id 2 get-endpoint-id 3 get-endpoint-uuid 4 get-version 5 get-message-types 6 get-vendor-support",
  ],
  ["primitive", 0x04, 0, "0 pause 1 resume 2 abort 3 get-state 4 replay"],
  [
    "mi",
    0x04,
    1,
    "0 read-data-structure 1 subsystem-health 2 controller-health 3 configuration-set 4 configuration-get " +
    "5 vpd-read 6 vpd-write 7 reset c shutdown",
  ],
  [
    "admin",
    0x04,
    2,
    "2 get-log-page 6 identify 9 set-features a get-features d namespace-management 10 firmware-commit " +
    "11 firmware-download 14 self-test 15 namespace-attachment 80 format 81 security-send 82 security-receive 84 sanitize",
  ],
  ["pcie", 0x04, 4, "0 config-read"],
  [
    "pldm",
    0x01,
    0,
    "1 set-tid 2 get-tid 3 get-version 4 get-types 5 get-commands 7 negotiate 9 multipart-receive",
  ],
  [
    "platform",
    0x01,
    2,
    "10 set-sensor-enable 11 get-sensor-reading 12 get-sensor-thresholds 50 get-pdr-repository-info 51 get-pdr",
  ],
  ["file", 0x01, 7, "1 open 2 close 3 heartbeat 10 get-properties"],
];

/** Reads a name; gives undefined if there is no such command. */
export function parseCommand(name: string): CommandPattern | undefined {
  if (name === "*") return { type: ANY, kind: ANY, opcode: ANY };
  if (name === "echo") return { type: MessageType.VENDOR_PCI, kind: 0, opcode: Vendor.ECHO };
  const dot = name.indexOf(".");
  if (dot < 0) return undefined;
  const command = name.slice(dot + 1);
  for (const [group, type, kind, names] of GROUPS) {
    if (group !== name.slice(0, dot)) continue;
    if (command === "*") return { type, kind, opcode: ANY };
    if (command.startsWith("0x")) {
      const opcode = Number(command);
      return opcode >= 0 && opcode < 256 ? { type, kind, opcode } : undefined;
    }
    const words = names.split(" ");
    const at = words.indexOf(command);
    return at % 2 !== 1 ? undefined : { type, kind, opcode: Number(`0x${words[at - 1]}`) };
  }
  return undefined;
}

/** Tells whether a request is one of the pattern's; the request may be of any length from 1 octet. */
export function isCommand(pattern: CommandPattern, message: Uint8Array, length: number): boolean {
  if (pattern.type === ANY) return true;
  const type = message[0] & 0x7f;
  if (type !== pattern.type) return false;
  let kind = 0;
  let opcodeAt = 2;
  if (type === MessageType.NVME_MI) {
    kind = message[1] >> 3 & 15;
    opcodeAt = 4;
  } else if (type !== MessageType.CONTROL) {
    if (type === MessageType.PLDM) kind = message[2] & 0x3f;
    opcodeAt = 3;
  }
  if (pattern.kind !== kind) return false;
  return length > opcodeAt && (pattern.opcode === ANY || pattern.opcode === message[opcodeAt]);
}
