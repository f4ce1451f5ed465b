/**
 * The door of Admin commands: finds the handler, and keeps what it answered.
 *
 * @module
 */
import { AdminOpcode, NvmeStatus } from "../../wire/nvme_numbers.ts";
import { MiStatus } from "../../wire/nvme_mi_numbers.ts";
import type { Port } from "../port.ts";
import { type AdminHandler, AdminResult, At, PAGE_SIZE } from "./admin_command.ts";
import { ErrorLog } from "./error_log.ts";
import { Features } from "./features.ts";
import { FirmwareSlots } from "./firmware_slots.ts";
import { createIdentify } from "./identify.ts";
import { createLogs } from "./logs.ts";
import { Maintenance } from "./maintenance.ts";
import { createNamespaceCommands } from "./namespace_commands.ts";
import { le32 } from "./octets.ts";
import { createSecurity } from "./security.ts";
import type { Subsystem } from "./subsystem.ts";

/** Opcodes that NVMe-MI prohibits, beside all I/O queue commands (NVMe-MI 1.2, Admin commands prohibited). */
const PROHIBITED = [
  0x00,
  0x01,
  0x04,
  0x05,
  0x08,
  0x0c,
  0x18,
  0x19,
  0x1a,
  0x1d,
  0x1e,
  0x21,
  0x22,
  0x25,
  0x29,
  0x39,
  0x3d,
  0x3e,
  0x41,
  0x42,
  0x45,
  0x7c,
  0x7f,
  0x85,
  0x88,
  0x89,
];

/** Base 2.0, Sanitize Operations – Admin Commands Allowed. */
const SANITIZE_ALLOWS = [
  AdminOpcode.GET_LOG_PAGE,
  AdminOpcode.IDENTIFY,
  AdminOpcode.SET_FEATURES,
  AdminOpcode.GET_FEATURES,
];

/** All Admin commands. */
export class Admin {
  readonly result = new AdminResult();
  /** Opcodes that are carried out, for the list of supported commands. */
  readonly opcodes: readonly number[];
  /** Format, sanitize and self-test. */
  readonly maintenance: Maintenance;
  /** Firmware slots. */
  readonly firmware: FirmwareSlots;
  private readonly errors = new ErrorLog();
  private readonly handlers = new Map<number, AdminHandler>();

  constructor(private readonly subsystem: Subsystem, private readonly port: Port) {
    this.maintenance = new Maintenance(subsystem);
    this.firmware = new FirmwareSlots(subsystem);
    const features = new Features(subsystem);
    const opcodes: number[] = [];
    const { errors, maintenance, firmware } = this;
    const sets = [
      createIdentify(subsystem, port, firmware, maintenance),
      createLogs({ subsystem, errors, features, firmware, maintenance, opcodes }, port),
      features.commands(),
      createNamespaceCommands(subsystem),
      firmware.commands(),
      maintenance.commands(),
      createSecurity(),
    ];
    for (const set of sets) {
      for (const [opcode, handler] of set) {
        opcodes.push(opcode);
        this.handlers.set(opcode, handler);
      }
    }
    opcodes.sort((a, b) => a - b);
    this.opcodes = opcodes;
  }

  /** Carries out the command in `request[0..length)`; gives {@link result}, which is valid until the next. */
  run(request: Uint8Array, length: number, nowMs: number): AdminResult {
    const { result } = this;
    result.status = MiStatus.SUCCESS;
    result.cqe = NvmeStatus.SUCCESS;
    result.dw0 = 0;
    result.dw1 = 0;
    result.length = 0;
    result.requested = 0;
    result.moreMs = 0;
    this.maintenance.settle(nowMs);
    const controller = request[At.CONTROLLER] | request[At.CONTROLLER + 1] << 8;
    const opcode = request[At.OPCODE];
    const handler = this.handlers.get(opcode);
    if (handler === undefined) {
      if (PROHIBITED.indexOf(opcode) >= 0) result.status = MiStatus.INVALID_OPCODE;
      else result.fail(NvmeStatus.INVALID_OPCODE);
    } else if (controller >= this.subsystem.controllers.length) result.invalid(At.CONTROLLER);
    else if (!this.isAllowed(opcode)) {
      result.fail(
        this.maintenance.isSanitizing
          ? NvmeStatus.SANITIZE_IN_PROGRESS
          : NvmeStatus.SANITIZE_FAILED,
      );
    } else {
      this.port.copy(result.page, 0, result.zeros, 0, PAGE_SIZE);
      handler(request, length, controller, nowMs, result);
    }
    if (result.cqe !== NvmeStatus.SUCCESS) this.errors.add(result.cqe, 0, le32(request, At.NSID));
    return result;
  }

  /** Resets the NVM subsystem: what was committed becomes active. */
  reset(nowMs: number): void {
    this.firmware.reset(nowMs);
    this.subsystem.reset(nowMs);
  }

  /** Whether a command may be done while the media are being sanitized, or after that has failed. */
  private isAllowed(opcode: number): boolean {
    const { maintenance } = this;
    if (!maintenance.isSanitizing && !maintenance.hasSanitizeFailed) return true;
    if (opcode === AdminOpcode.SANITIZE) return !maintenance.isSanitizing;
    return SANITIZE_ALLOWS.indexOf(opcode) >= 0;
  }
}
