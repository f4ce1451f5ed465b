import type { UnicornLibrary } from "./unicorn_library.ts";

const CTL_WRITE_1 = (1 << 30) + (1 << 26);
const CTL_WRITE_2 = (1 << 30) + (2 << 26);
const CTL_USE_EXITS = 4;
const CTL_EXITS = 6;
const CTL_TB_REMOVE_CACHE = 9;

/** Addresses before whose instructions unicorn ends a run, free of cost elsewhere. */
export class UnicornExits {
  readonly #library: UnicornLibrary;
  readonly #uc: Deno.PointerObject;
  readonly #addresses = new Set<number>();
  #list: BigUint64Array<ArrayBuffer> = new BigUint64Array(0);

  constructor(library: UnicornLibrary, uc: Deno.PointerObject) {
    this.#library = library;
    this.#uc = uc;
    this.#control(CTL_WRITE_1 + CTL_USE_EXITS, 1n, 0n);
  }

  #control(code: number, a: bigint, b: bigint): void {
    const error = this.#library.symbols.uc_ctl(this.#uc, code, a, b);
    if (error) throw new Error(`Cannot set exits: unicorn error ${error}`);
  }

  /** Whether runs end at an address. */
  has(address: number): boolean {
    return this.#addresses.has(address);
  }

  /** Adds or takes away an address. */
  set(address: number, on: boolean): void {
    if (on) this.#addresses.add(address);
    else this.#addresses.delete(address);
    this.#list = BigUint64Array.from([...this.#addresses, 0xffff_ffff], BigInt);
    const pointer = Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#list));
    this.#control(CTL_WRITE_2 + CTL_EXITS, BigInt(pointer), BigInt(this.#list.length));
    this.#control(
      CTL_WRITE_2 + CTL_TB_REMOVE_CACHE,
      BigInt(address),
      BigInt(address + 2),
    );
  }
}
