/**
 * Logs that tell which logs and commands there are, and what the commands change.
 *
 * @see NVM Express Base Specification 2.0, Supported Log Pages (00h), Commands Supported and Effects (05h);
 *   NVMe-MI 1.2, NVMe-MI Commands Supported and Effects (13h)
 * @module
 */
import { AdminOpcode } from "../../wire/nvme_numbers.ts";
import { MiOpcode } from "../../wire/nvme_mi_numbers.ts";

/** Bits of a command's effects: supported, logical blocks, capabilities of namespaces, inventory, controllers. */
const enum Effect {
  CSUPP = 0x01,
  LBCC = 0x02,
  NCC = 0x04,
  NIC = 0x08,
  CCC = 0x10,
  /** No other command meanwhile in any namespace. */
  ALONE = 0x20000,
  /** Of the subsystem, in NVMe-MI's effects. */
  SUBSYSTEM_SCOPE = 0x02000000,
}
/** The first word of I/O commands. */
const IO = 256;

/** Writes log page 0x05 as words; `opcodes` are those of the Admin commands. */
export function writeCommandEffects(words: Uint32Array, opcodes: readonly number[]): void {
  for (const opcode of opcodes) words[opcode] = Effect.CSUPP;
  words[AdminOpcode.NAMESPACE_MANAGEMENT] |= Effect.NIC;
  words[AdminOpcode.NAMESPACE_ATTACHMENT] |= Effect.NIC;
  words[AdminOpcode.FORMAT] |= Effect.LBCC | Effect.NCC | Effect.ALONE;
  words[AdminOpcode.SANITIZE] |= Effect.LBCC | Effect.ALONE;
  words[AdminOpcode.FIRMWARE_COMMIT] |= Effect.CCC;
  // What a host on PCIe would find: Flush, Write, Read.
  words[IO] = Effect.CSUPP;
  words[IO + 1] = Effect.CSUPP | Effect.LBCC;
  words[IO + 2] = Effect.CSUPP;
}

/** Writes log page 0x13 as words. */
export function writeMiEffects(words: Uint32Array): void {
  for (let opcode = MiOpcode.READ_DATA_STRUCTURE; opcode <= MiOpcode.RESET; opcode++) {
    words[opcode] = Effect.CSUPP | Effect.SUBSYSTEM_SCOPE;
  }
  words[MiOpcode.RESET] |= Effect.CCC;
  words[MiOpcode.SHUTDOWN] = Effect.CSUPP | Effect.CCC | Effect.SUBSYSTEM_SCOPE;
}
