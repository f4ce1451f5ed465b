import { MEMORIES, type TcmSizeKb } from "../../chip/memory.ts";
import type { Cpu, MemoryRights } from "../cpu/cpu.ts";

/** One plain memory as it stands in the address space now. */
export interface Region {
  /** Name as in chip/memory.ts. */
  readonly name: string;
  /** First address. */
  readonly start: number;
  /** Its bytes that can be reached now; a view of the whole memory. */
  readonly bytes: Uint8Array;
  /** Whether the bus writes it like RAM. */
  readonly writable: boolean;
}

const KB = 1024;
const RAMS = [
  "ITCM",
  "DTCM",
  "SRAM1",
  "SRAM2",
  "SRAM3",
  "SRAM4",
  "AHB_SRAM1",
  "AHB_SRAM2",
  "BACKUP_SRAM",
] as const;

/**
 * The plain memories: bytes owned here (RAM) or by the board's state (flashes), mapped into the
 * CPU as they are reachable, and read and written from outside without a trace in virtual time.
 */
export class MemoryMap {
  readonly #cpu: Cpu;
  readonly #whole = new Map<string, Uint8Array>();
  readonly #regions = new Map<string, Region>();
  #sorted: Region[] = [];
  #views: DataView[] = [];

  /** Maps the chip. @param internalFlash Bytes at 0x08000000. @param externalFlash Bytes of the XSPI2 window. */
  constructor(cpu: Cpu, internalFlash: Uint8Array, externalFlash: Uint8Array) {
    this.#cpu = cpu;
    for (const name of RAMS) this.#whole.set(name, new Uint8Array(MEMORIES[name].sizeBytes));
    this.#whole.set("FLASH", internalFlash);
    this.#whole.set("XSPI2", externalFlash);
    for (const name of ["SRAM2", "SRAM4", "FLASH"]) this.show(name, this.#sizeOf(name));
    this.setSplit(64, 64);
  }

  #sizeOf(name: string): number {
    return this.#whole.get(name)!.length;
  }

  /**
   * Makes the first `sizeBytes` of a memory reachable; 0 takes it off the bus.
   *
   * Its contents stay. Not while the CPU runs.
   */
  show(name: string, sizeBytes: number): void {
    const old = this.#regions.get(name);
    if ((old?.bytes.length ?? 0) === sizeBytes) return;
    if (old) this.#cpu.unmap(old.start, old.bytes.length);
    this.#regions.delete(name);
    if (sizeBytes > 0) {
      const { start } = MEMORIES[name as keyof typeof MEMORIES];
      const writable = name !== "FLASH" && name !== "XSPI2";
      const bytes = this.#whole.get(name)!.subarray(0, sizeBytes);
      const rights: MemoryRights = { write: writable, execute: true };
      this.#cpu.map(start, bytes, rights);
      this.#regions.set(name, { name, start, bytes, writable });
    }
    this.#sorted = [...this.#regions.values()].sort((a, b) => a.start - b.start);
    this.#views = this.#sorted.map(({ bytes }) =>
      new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    );
  }

  /** Sets the split of the memories that ITCM and DTCM share with AXI SRAM. */
  setSplit(itcmKb: TcmSizeKb, dtcmKb: TcmSizeKb): void {
    this.show("ITCM", itcmKb * KB);
    this.show("SRAM1", (192 - itcmKb) * KB);
    this.show("DTCM", dtcmKb * KB);
    this.show("SRAM3", (192 - dtcmKb) * KB);
  }

  /** Fills all RAM with zeros, as a twin's RAM is after power-on. */
  clearRam(): void {
    for (const name of RAMS) this.#whole.get(name)!.fill(0);
    for (const name of RAMS) {
      const region = this.#regions.get(name);
      if (region) this.#cpu.invalidate(region.start, region.bytes.length);
    }
  }

  /** The memories on the bus, by rising address. */
  get regions(): readonly Region[] {
    return this.#sorted;
  }

  #indexOf(address: number, length: number): number {
    const regions = this.#sorted;
    for (let i = 0; i < regions.length; i++) {
      const at = address - regions[i].start;
      if (at >= 0 && at + length <= regions[i].bytes.length) return i;
    }
    return -1;
  }

  /** Gives the region that holds all of a range, if one does. */
  find(address: number, length: number): Region | undefined {
    return this.#sorted[this.#indexOf(address, length)];
  }

  /** Reads u32, little-endian, at any alignment; undefined where no memory stands. */
  read32(address: number): number | undefined {
    const i = this.#indexOf(address, 4);
    return i < 0 ? undefined : this.#views[i].getUint32(address - this.#sorted[i].start, true);
  }

  /** Writes u32 to RAM as the core does; says whether it could. Code there is not looked at anew. */
  write32(address: number, value: number): boolean {
    const i = this.#indexOf(address, 4);
    if (i < 0 || !this.#sorted[i].writable) return false;
    this.#views[i].setUint32(address - this.#sorted[i].start, value, true);
    return true;
  }

  /** The pieces of a range, each in one memory; undefined where some of it is in none. */
  #pieces(
    address: number,
    length: number,
  ): { region: Region; at: number; size: number }[] | undefined {
    const pieces = [];
    for (let done = 0; done < length;) {
      const region = this.find(address + done, 1);
      if (!region) return undefined;
      const at = address + done - region.start;
      const size = Math.min(length - done, region.bytes.length - at);
      pieces.push({ region, at, size });
      done += size;
    }
    return pieces;
  }

  /** Copies bytes out, also over the border of two memories; undefined where some are in none. */
  read(address: number, length: number): Uint8Array | undefined {
    const pieces = this.#pieces(address, length);
    if (!pieces) return undefined;
    const copy = new Uint8Array(length);
    let done = 0;
    for (const { region, at, size } of pieces) {
      copy.set(region.bytes.subarray(at, at + size), done);
      done += size;
    }
    return copy;
  }

  /**
   * Copies bytes in as a debugger does, also over the border of two memories; says whether it could.
   *
   * RAM only: a flash takes bytes by its own commands.
   */
  write(address: number, bytes: Uint8Array): boolean {
    const pieces = this.#pieces(address, bytes.length);
    if (!pieces?.every(({ region }) => region.writable)) return false;
    let done = 0;
    for (const { region, at, size } of pieces) {
      region.bytes.set(bytes.subarray(done, done + size), at);
      done += size;
    }
    this.#cpu.invalidate(address, bytes.length);
    return true;
  }
}
