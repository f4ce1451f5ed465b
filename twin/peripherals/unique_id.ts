import { type BusBlock, BusError } from "../wiring.ts";

/** The read-only words at 0x08fff800: unique ID (12 bytes), flash size in KB, package. @see RM0477, device electronic signature */
export class UniqueId implements BusBlock {
  readonly name = "UID";
  readonly base: number;
  readonly sizeBytes = 16;
  readonly #bytes: DataView;

  /** @param uniqueId u8[12], shared. */
  constructor(base: number, uniqueId: Uint8Array, flashKb: number) {
    this.base = base;
    const bytes = new Uint8Array(this.sizeBytes);
    bytes.set(uniqueId.subarray(0, 12));
    this.#bytes = new DataView(bytes.buffer);
    this.#bytes.setUint16(12, flashKb, true);
  }

  /** The area cannot be read by bytes. */
  read(offset: number, size: number): number {
    if (size === 1) throw new BusError("The unique ID is read by 16 or 32 bits");
    return size === 2 ? this.#bytes.getUint16(offset, true) : this.#bytes.getUint32(offset, true);
  }

  write(): void {
    throw new BusError("The unique ID cannot be written");
  }

  reset(): void {}
}
