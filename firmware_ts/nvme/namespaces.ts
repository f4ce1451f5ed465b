/**
 * The namespaces of the NVM subsystem, and which controller each is attached to.
 *
 * @module
 */
import type { NamespaceGroup } from "../device/description.ts";

/** Stands for all namespaces in a command. */
export const BROADCAST_NSID = 0xffffffff;

/** Namespaces by NSID, 1..max, in typed arrays: a thousand of them as objects would fill the heap. */
export class Namespaces {
  /** The largest NSID that can exist (NN). */
  readonly max: number;
  private readonly rowBytes: number;
  private readonly low: Uint32Array;
  private readonly high: Uint16Array;
  /** Blocks in use, by NSID; only of those that have any, for nothing is ever written here. */
  private readonly inUse = new Map<number, number>();
  /** The exponent of the block size, 9 or 12; 0 where there is no namespace. Bit 7: private. */
  private readonly shift: Uint8Array;
  private readonly rows: Uint8Array;
  /** Tells a namespace from an earlier one of the same NSID: 0 for those of the start. */
  private readonly births: Uint8Array;
  private born = 0;
  private allocated = 0;

  constructor(groups: readonly NamespaceGroup[], max: number, controllers: number) {
    this.max = max;
    this.rowBytes = controllers + 7 >> 3;
    this.low = new Uint32Array(max);
    this.high = new Uint16Array(max);
    this.shift = new Uint8Array(max);
    this.rows = new Uint8Array(max * this.rowBytes);
    this.births = new Uint8Array(max);
    let nsid = 1;
    for (const group of groups) {
      const shift = group.blockBytes === 4096 ? 12 : 9;
      const first = nsid;
      const row = (first - 1) * this.rowBytes;
      for (let i = group.count ?? 1; i > 0 && nsid <= max; i--, nsid++) {
        this.set(nsid, group.blocks, shift);
        this.setUsed(nsid, group.usedBlocks ?? 0);
        if (nsid > first) {
          // All of a group are attached alike: one by one, a thousand would hold up the start.
          this.rows.copyWithin((nsid - 1) * this.rowBytes, row, row + this.rowBytes);
          continue;
        }
        const to = group.attachedTo ?? [0];
        if (to === "all") {
          for (let one = 0; one < controllers; one++) this.attach(nsid, one, true);
        } else for (const one of to) this.attach(nsid, one, true);
      }
    }
  }

  /** Whether the NSID is allocated. */
  exists(nsid: number): boolean {
    return nsid >= 1 && nsid <= this.max && this.shift[nsid - 1] !== 0;
  }

  /** Gives the size in blocks (NSZE, which is NCAP too). */
  blocks(nsid: number): number {
    return this.low[nsid - 1] + this.high[nsid - 1] * 4294967296;
  }

  /** Gives the blocks in use (NUSE). */
  used(nsid: number): number {
    return this.inUse.get(nsid) ?? 0;
  }

  /** Gives the exponent of the block size in bytes. */
  blockShift(nsid: number): number {
    return this.shift[nsid - 1] & 15;
  }

  /** Whether it may be attached to more than one controller at once (NMIC bit 0). */
  isShared(nsid: number): boolean {
    return this.shift[nsid - 1] < 128;
  }

  private setShared(nsid: number, shared: boolean): void {
    this.shift[nsid - 1] = this.blockShift(nsid) | (shared ? 0 : 128);
  }

  /** Makes a namespace under an NSID that is free. */
  create(nsid: number, blocks: number, shift: number, shared: boolean): void {
    this.set(nsid, blocks, shift);
    this.setShared(nsid, shared);
    this.births[nsid - 1] = ++this.born;
  }

  /** Gives what tells it from earlier namespaces of the same NSID, u8. */
  birth(nsid: number): number {
    return this.births[nsid - 1];
  }

  /** Gives the capacity in bytes. */
  bytes(nsid: number): number {
    return this.blocks(nsid) * (1 << this.blockShift(nsid));
  }

  /** Sets size and format; nothing is in use then. */
  set(nsid: number, blocks: number, shift: number): void {
    this.allocated += blocks * (1 << shift) - this.bytes(nsid);
    this.low[nsid - 1] = blocks % 4294967296;
    this.high[nsid - 1] = blocks / 4294967296;
    this.shift[nsid - 1] = shift | this.shift[nsid - 1] & 128;
    this.setUsed(nsid, 0);
  }

  /** Sets the blocks in use. */
  setUsed(nsid: number, blocks: number): void {
    if (blocks > 0) this.inUse.set(nsid, blocks);
    else this.inUse.delete(nsid);
  }

  /** Deletes a namespace; it is attached to no controller then. */
  remove(nsid: number): void {
    this.set(nsid, 0, 9);
    this.shift[nsid - 1] = 0;
    for (let i = 0; i < this.rowBytes; i++) this.rows[(nsid - 1) * this.rowBytes + i] = 0;
  }

  /** Gives the lowest NSID that is free, or 0. */
  free(): number {
    for (let nsid = 1; nsid <= this.max; nsid++) if (this.shift[nsid - 1] === 0) return nsid;
    return 0;
  }

  /** Whether an allocated namespace is attached to a controller, by index. */
  isAttached(nsid: number, controller: number): boolean {
    return (this.rows[(nsid - 1) * this.rowBytes + (controller >> 3)] >> (controller & 7) & 1) !==
      0;
  }

  /** Whether it is attached to any controller. */
  isAttachedAnywhere(nsid: number): boolean {
    for (let i = 0; i < this.rowBytes; i++) {
      if (this.rows[(nsid - 1) * this.rowBytes + i] !== 0) return true;
    }
    return false;
  }

  /** Attaches a namespace to a controller, or detaches it. */
  attach(nsid: number, controller: number, attached: boolean): void {
    const at = (nsid - 1) * this.rowBytes + (controller >> 3);
    const bit = 1 << (controller & 7);
    this.rows[at] = attached ? this.rows[at] | bit : this.rows[at] & ~bit;
  }

  /** Sums the bytes of all namespaces. */
  allocatedBytes(): number {
    return this.allocated;
  }

  /** Writes allocated NSIDs above `after` as words, attached to `controller` unless that is -1. */
  list(words: Uint32Array, after: number, controller: number): void {
    const { max, shift, rows, rowBytes } = this;
    const bit = 1 << (controller & 7);
    let row = after * rowBytes + (controller >> 3);
    let count = 0;
    for (let i = after; i < max; i++, row += rowBytes) {
      if (shift[i] !== 0 && (controller < 0 || (rows[row] & bit) !== 0)) words[count++] = i + 1;
    }
  }

  /** Finds the next allocated NSID above `after`, attached to `controller` unless that is -1; 0 at the end. */
  next(after: number, controller: number): number {
    for (let nsid = after + 1; nsid <= this.max; nsid++) {
      if (this.shift[nsid - 1] === 0) continue;
      if (controller < 0 || this.isAttached(nsid, controller)) return nsid;
    }
    return 0;
  }
}
