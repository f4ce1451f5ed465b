import type { AccessPort } from "./serial_wire_port.ts";

/** The bus behind a memory access port. */
export interface DebugBus {
  /** Reads 1, 2 or 4 bytes at an aligned address; undefined if the bus answers with an error. */
  read(address: number, size: 1 | 2 | 4): number | undefined;
  /** Writes; false if the bus answers with an error. */
  write(address: number, size: 1 | 2 | 4, value: number): boolean;
}

/** Register offsets. @see ARM IHI 0031E, C2.5 and C2.6 */
const REG = { CSW: 0, TAR: 4, DRW: 0xc, BD0: 0x10, BD3: 0x1c, CFG: 0xf4, BASE: 0xf8, IDR: 0xfc };
/** CSW: what a write changes (protection, increment, size), and DeviceEn, which always reads as 1. */
const CSW_WRITABLE = 0x7f00_0037;
const CSW_DEVICE_ENABLED = 1 << 6;
/** Privileged data accesses by words, as after a reset. */
const CSW_RESET = 0x0300_0002;
/** AHB-AP of an Arm design (class MEM-AP, type AHB3). */
const IDR_AHB3 = 0x8477_0001;

/**
 * A memory access port (MEM-AP) on AHB: accesses of 8, 16 and 32 bits in their byte lanes, single
 * or packed increment within 1 KB, and banked data registers.
 *
 * @see ARM IHI 0031E (ADIv5.2), C2
 */
export class MemoryPort implements AccessPort {
  readonly #bus: DebugBus;
  readonly #base: number;
  #csw = CSW_RESET;
  #tar = 0;

  /** @param base BASE: address of the ROM table and bits that say whether there is one. */
  constructor(bus: DebugBus, base: number) {
    this.#bus = bus;
    this.#base = base;
  }

  /** Puts the registers to their state after power-on. */
  powerOn(): void {
    this.#csw = CSW_RESET;
    this.#tar = 0;
  }

  read(offset: number): number | undefined {
    switch (offset) {
      case REG.CSW:
        return this.#csw | CSW_DEVICE_ENABLED;
      case REG.TAR:
        return this.#tar;
      case REG.DRW:
        return this.#readData();
      case REG.BASE:
        return this.#base;
      case REG.IDR:
        return IDR_AHB3;
    }
    if (offset < REG.BD0 || offset > REG.BD3) return 0;
    return this.#bus.read(this.#banked(offset), 4);
  }

  write(offset: number, value: number): boolean {
    if (offset === REG.CSW) this.#setCsw(value);
    else if (offset === REG.TAR) this.#tar = value >>> 0;
    else if (offset === REG.DRW) return this.#writeData(value);
    else if (offset >= REG.BD0 && offset <= REG.BD3) {
      return this.#bus.write(this.#banked(offset), 4, value >>> 0);
    }
    return true;
  }

  /** A size or increment that the port does not have is not taken, so that a debugger can ask. */
  #setCsw(value: number): void {
    const written = value & CSW_WRITABLE;
    const size = (value & 7) <= 2 ? value & 7 : this.#csw & 7;
    const increment = (value & 0x30) !== 0x30 ? value & 0x30 : this.#csw & 0x30;
    this.#csw = (written & ~0x37 | size | increment) >>> 0;
  }

  #banked(offset: number): number {
    return (this.#tar & ~0xf | offset & 0xc) >>> 0;
  }

  /** How DRW moves data: bytes a bus access, and accesses for each word of the register. */
  #mode(): { size: 1 | 2 | 4; count: number; step: boolean } {
    const size = (1 << (this.#csw & 3)) as 1 | 2 | 4;
    const increment = this.#csw >>> 4 & 3;
    return { size, count: increment === 2 ? 4 / size : 1, step: increment !== 0 };
  }

  #readData(): number | undefined {
    const { size, count, step } = this.#mode();
    let value = 0;
    for (let i = 0; i < count; i++) {
      const address = (this.#tar & -size) >>> 0;
      const part = this.#bus.read(address, size);
      if (part === undefined) return undefined;
      value |= part << 8 * (address & 3);
      if (step) this.#advance(size);
    }
    return value >>> 0;
  }

  #writeData(value: number): boolean {
    const { size, count, step } = this.#mode();
    const mask = size === 4 ? 0xffff_ffff : (1 << 8 * size) - 1;
    for (let i = 0; i < count; i++) {
      const address = (this.#tar & -size) >>> 0;
      const part = (value >>> 8 * (address & 3) & mask) >>> 0;
      if (!this.#bus.write(address, size, part)) return false;
      if (step) this.#advance(size);
    }
    return true;
  }

  /** Only the low 10 bits count up. */
  #advance(size: number): void {
    this.#tar = (this.#tar & ~0x3ff | (this.#tar + size) & 0x3ff) >>> 0;
  }
}
