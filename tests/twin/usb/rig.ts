import { OTG_V1_OTG } from "../../../twin/registers/otg_v1_otg.ts";
import type { Unmodelled } from "../../../twin/peripheral.ts";
import { OtgHs } from "../../../twin/peripherals/otg/otg_hs.ts";
import { SimClock } from "./sim_clock.ts";

/** The surroundings of a controller under test, to be spoilt at will. */
export interface Gates {
  phyReferenceHz: number;
  phyExpectedHz: number;
  usbPowered: boolean;
}

/** A USB controller on a table: registers by name, an interrupt line, a clock, no CPU. */
export class Rig {
  readonly clock = new SimClock();
  readonly gates: Gates = {
    phyReferenceHz: 24_000_000,
    phyExpectedHz: 24_000_000,
    usbPowered: true,
  };
  readonly unmodelled: Unmodelled[] = [];
  readonly otg: OtgHs;
  /** Level of the OTG_HS line. */
  irq = false;

  constructor() {
    this.otg = new OtgHs(0x4004_0000, {
      clock: this.clock,
      irq: (line, level) => {
        if (line !== "OTG_HS") throw new Error(`line ${line}`);
        this.irq = level;
      },
      hz: () => 300_000_000,
      unmodelled: (report) => this.unmodelled.push(report),
      reset: () => {},
    }, {
      phyReferenceHz: () => this.gates.phyReferenceHz,
      phyExpectedHz: () => this.gates.phyExpectedHz,
      usbPowered: () => this.gates.usbPowered,
    });
  }

  #offset(register: string, index: number): number {
    const facts = (OTG_V1_OTG as Record<string, { offset: number; stride?: number }>)[register];
    return facts.offset + index * (facts.stride ?? 0);
  }

  /** Reads a register as the CPU does. */
  read(register: string, index = 0): number {
    return this.otg.read(this.#offset(register, index), 4);
  }

  /** Writes a register as the CPU does. */
  write(register: string, value: number, index = 0): void {
    this.otg.write(this.#offset(register, index), 4, value >>> 0);
  }

  /** Reads, changes, writes. */
  modify(register: string, clear: number, set: number, index = 0): void {
    this.write(register, (this.read(register, index) & ~clear) | set, index);
  }

  /** Reads `sizeBytes` from the receive FIFO. */
  readFifo(sizeBytes: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes);
    for (let i = 0; i < sizeBytes; i += 4) {
      const word = this.read("FIFO", 0);
      for (let j = i; j < Math.min(i + 4, sizeBytes); j++) bytes[j] = word >>> ((j - i) * 8);
    }
    return bytes;
  }

  /** Writes bytes to the transmit FIFO of an endpoint. */
  writeFifo(endpoint: number, bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i += 4) {
      let word = 0;
      for (let j = i; j < Math.min(i + 4, bytes.length); j++) word |= bytes[j] << ((j - i) * 8);
      this.write("FIFO", word, endpoint);
    }
  }

  /** Pops a receive entry: kind, endpoint, bytes. */
  popRx(): { kind: number; endpoint: number; size: number } {
    const status = this.read("GRXSTSP");
    return { kind: (status >>> 17) & 15, endpoint: status & 15, size: (status >>> 4) & 0x7ff };
  }
}
