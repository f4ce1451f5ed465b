import { Peripheral, type PeripheralHost } from "../peripheral.ts";
import { CRC_V3_CRC } from "../registers/crc_v3_crc.ts";

/** CRC calculation unit: any polynomial of 7, 8, 16 or 32 bits. @see RM0477, CRC */
export class Crc extends Peripheral {
  #remainder = 0xffff_ffff;

  constructor(base: number, host: PeripheralHost) {
    super("CRC", base, 0x400, CRC_V3_CRC, {
      resets: { INIT: -1, POL: 0x04c1_1db7, DR16: -1 },
      rules: { "CR.RESET": "trigger" },
    }, host);
  }

  override reset(): void {
    super.reset();
    this.#remainder = 0xffff_ffff;
  }

  override read(offset: number, size: number): number {
    if (offset >= 4) return super.read(offset, size);
    const value = this.field("CR", "REV_OUT")
      ? reverse(this.#remainder, this.#width)
      : this.#remainder;
    return size === 4 ? value >>> 0 : value & ((1 << (8 * size)) - 1);
  }

  override write(offset: number, size: number, value: number): void {
    if (offset >= 4) return super.write(offset, size, value);
    const swapped = this.#reversed(value, size);
    for (let shift = 8 * size - 8; shift >= 0; shift -= 8) this.#take(swapped >>> shift & 0xff);
  }

  protected override onWrite(register: string, _index: number, written: number): void {
    if (register === "INIT" || (register === "CR" && written & 1)) {
      this.#remainder = (this.get("INIT") & this.#mask) >>> 0;
    }
  }

  get #width(): number {
    return [32, 16, 8, 7][this.field("CR", "POLYSIZE")];
  }

  get #mask(): number {
    return this.#width === 32 ? -1 : (1 << this.#width) - 1;
  }

  /** REV_IN turns the bits of each byte, half-word or word around. */
  #reversed(value: number, size: number): number {
    const unit = [0, 1, 2, 4][this.field("CR", "REV_IN")];
    if (unit === 0) return value;
    const step = Math.min(unit, size);
    let result = 0;
    for (let at = 0; at < size; at += step) {
      const bits = 8 * step;
      const part = step === 4 ? value : value >>> (8 * at) & ((1 << bits) - 1);
      result |= reverse(part, bits) << (8 * at);
    }
    return result;
  }

  #take(byte: number): void {
    const width = this.#width;
    const polynomial = this.get("POL") & this.#mask;
    for (let bit = 7; bit >= 0; bit--) {
      const top = (this.#remainder >>> (width - 1) ^ byte >>> bit) & 1;
      this.#remainder = (this.#remainder << 1 ^ (top ? polynomial : 0)) & this.#mask;
    }
    this.#remainder >>>= 0;
  }
}

function reverse(value: number, bits: number): number {
  let result = 0;
  for (let i = 0; i < bits; i++) result |= (value >>> i & 1) << (bits - 1 - i);
  return result >>> 0;
}
