/**
 * The door of Admin commands: finds the handler, and keeps what it answered.
 *
 * @module
 */
import { NvmeStatus } from "../../wire/nvme_numbers.ts";
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
import { SelfTestEnd } from "./self_tests.ts";
import type { Subsystem } from "./subsystem.ts";

/** All Admin commands. */
export class Admin {
  readonly result = new AdminResult();
  /** Opcodes that are carried out, for the list of supported commands. */
  readonly opcodes: readonly number[];
  /** Format, sanitize and self-test. */
  readonly maintenance: Maintenance;
  /** Firmware slots. */
  readonly firmware: FirmwareSlots;
  private readonly features: Features;
  private readonly errors = new ErrorLog();
  private readonly handlers = new Map<number, AdminHandler>();

  constructor(private readonly subsystem: Subsystem, private readonly port: Port) {
    this.firmware = new FirmwareSlots(subsystem);
    this.maintenance = new Maintenance(subsystem, this.firmware, port);
    this.features = new Features(subsystem);
    const opcodes: number[] = [];
    const { errors, features, maintenance, firmware } = this;
    const sets = [
      createIdentify(subsystem, port, firmware, maintenance),
      createLogs({ subsystem, errors, features, firmware, maintenance, opcodes }, port),
      features.commands(),
      createNamespaceCommands(subsystem, maintenance.selfTest),
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
    result.moreMs = 0;
    const { maintenance } = this;
    if (maintenance.isBusy) maintenance.settle(nowMs);
    const controller = request[At.CONTROLLER] | request[At.CONTROLLER + 1] << 8;
    const opcode = request[At.OPCODE];
    const handler = this.handlers.get(opcode);
    if (handler === undefined) {
      // Prohibited out of band, optional and not there, or reserved: NVMe-MI makes no difference.
      result.status = MiStatus.INVALID_OPCODE;
      return result;
    }
    if (controller >= this.subsystem.controllers.length) {
      result.invalid(At.CONTROLLER);
      return result;
    }
    if (length > At.DATA && (opcode & 1) === 0) {
      // Bit 0 of an opcode says whether the host sends data with it.
      result.status = MiStatus.INVALID_INPUT_SIZE;
      return result;
    }
    this.port.clear(result.page, 0, PAGE_SIZE);
    const refused = maintenance.isBusy
      ? maintenance.refusal(opcode, request, nowMs)
      : NvmeStatus.SUCCESS;
    if (refused !== NvmeStatus.SUCCESS) result.fail(refused);
    else handler(request, length, controller, nowMs, result);
    if (result.cqe !== NvmeStatus.SUCCESS) {
      this.errors.add(result.cqe, result.location, le32(request, At.NSID));
    }
    return result;
  }

  /** Resets the NVM subsystem, and with it all controllers: what was committed becomes active. */
  reset(nowMs: number): void {
    const { controllers, events } = this.subsystem;
    this.maintenance.settle(nowMs);
    this.maintenance.selfTest.abort(SelfTestEnd.ABORTED_BY_RESET, nowMs);
    for (let i = 0; i < controllers.length; i++) {
      this.features.reset(i, nowMs);
      events.reset(i);
    }
    this.firmware.reset(nowMs);
    this.subsystem.reset(nowMs);
  }
}
