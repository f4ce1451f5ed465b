import type { Clock } from "./clock.ts";

/** A bit field: lowest bit and width, and for an array of fields their number and distance. */
export type FieldData = readonly [bit: number, width: number, count?: number, stride?: number];

/** One register, or an array of equal registers, as data. */
export interface RegisterData {
  /** Byte offset from the block's base. */
  readonly offset: number;
  /** What the bus can do with it. */
  readonly access: "r" | "w" | "rw";
  /** Width in bits: 8, 16 or 32. */
  readonly bits: number;
  /** Number of registers of an array. */
  readonly count?: number;
  /** Bytes from one register of an array to the next. */
  readonly stride?: number;
  /** Its fields by name. */
  readonly fields: Readonly<Record<string, FieldData>>;
}

/** A register block as data: registers by the manual's names. */
export type BlockData = Readonly<Record<string, RegisterData>>;

/**
 * How a register or one of its fields answers the bus.
 *
 * - `rw`: keeps what is written; `ro`: writes change nothing; `wo`: reads as 0.
 * - `w1c`: writing 1 clears; `w0c`: writing 0 clears, 1 keeps; `w1s`: writing 1 sets; `rc`: reading
 *   clears.
 * - `trigger`: writing 1 acts (see `onWrite`), reads as 0.
 */
export type Rule = "rw" | "ro" | "wo" | "w1c" | "w0c" | "w1s" | "rc" | "trigger";

/** What the model cannot do: a register, a field or a value, named once and counted. */
export interface Unmodelled {
  /** Block and register, as in `RCC.CR` or `RCC+0x1f0`. */
  readonly what: string;
  /** `read`, `write` or `behaviour`. */
  readonly kind: "read" | "write" | "behaviour";
  /** Value written, where there is one. */
  readonly value?: number;
}

/** What a peripheral may ask of the board around it. */
export interface PeripheralHost {
  /** Virtual time. */
  readonly clock: Clock;
  /** Drives an interrupt request line of the NVIC, by its name in chip/peripherals.ts. */
  irq(line: string, level: boolean): void;
  /** Gives the frequency in Hz of a node of the clock tree (`HCLK`, `PCLK1`, `TIMCLK1`, `OTG_HS`, …), 0 when it stands still. */
  hz(node: string): number;
  /** Reports what is not modelled; throws in strict mode. */
  unmodelled(report: Unmodelled): void;
  /** Resets the chip as if by `cause` at the end of the present instruction. */
  reset(cause: string): void;
}

/** Reset values and access rules that the generated data do not hold, by `REG` or `REG.FIELD`. */
export interface BlockRules {
  /** Reset value by register; others reset to 0. */
  readonly resets?: Readonly<Record<string, number>>;
  /** Rule by `REG` or `REG.FIELD`; default by the register's access. */
  readonly rules?: Readonly<Record<string, Rule>>;
}

interface Slot {
  readonly name: string;
  readonly index: number;
  readonly reset: number;
  /** Bits that some field names; others are reserved, keep their reset value and are not reported. */
  readonly masks: Readonly<Record<Rule, number>>;
}

/**
 * A block of memory-mapped registers: masks, access rules and reset values come from data, a
 * subclass adds only effects in {@link onRead} and {@link onWrite}.
 */
export class Peripheral {
  /** Name of the instance, as in chip/peripherals.ts. */
  readonly name: string;
  /** Address of the first register. */
  readonly base: number;
  /** Length in bytes of the address window; accesses behind it are not this block's. */
  readonly sizeBytes: number;
  protected readonly host: PeripheralHost;
  readonly #data: BlockData;
  readonly #values: Int32Array;
  readonly #slots: (Slot | undefined)[];

  /**
   * @param data Generated registers of the block.
   * @param rules Reset values and rules that the data do not hold, with their source.
   */
  constructor(
    name: string,
    base: number,
    sizeBytes: number,
    data: BlockData,
    rules: BlockRules,
    host: PeripheralHost,
  ) {
    this.name = name;
    this.base = base;
    this.sizeBytes = sizeBytes;
    this.host = host;
    this.#data = data;
    this.#values = new Int32Array(sizeBytes / 4);
    this.#slots = new Array(sizeBytes / 4).fill(undefined);
    for (const key of [...Object.keys(rules.resets ?? {}), ...Object.keys(rules.rules ?? {})]) {
      const [register, field] = key.split(".");
      if (!data[register] || (field !== undefined && !data[register].fields[field])) {
        throw new RangeError(`Cannot give a rule to ${name}.${key}: no such register or field`);
      }
    }
    for (const [register, facts] of Object.entries(data)) this.#place(register, facts, rules);
    this.#setResetValues();
  }

  #place(register: string, facts: RegisterData, { resets, rules }: BlockRules): void {
    const byAccess = ({ r: "ro", w: "wo", rw: "rw" } as const)[facts.access];
    const whole = rules?.[register] ?? byAccess;
    const masks: Record<Rule, number> = {
      rw: 0,
      ro: 0,
      wo: 0,
      w1c: 0,
      w0c: 0,
      w1s: 0,
      rc: 0,
      trigger: 0,
    };
    const fields = Object.entries(facts.fields);
    if (fields.length === 0) masks[whole] = facts.bits === 32 ? -1 : (1 << facts.bits) - 1;
    for (const [field, [bit, width, count = 1, stride = 0]] of fields) {
      const rule = rules?.[`${register}.${field}`] ?? whole;
      const ones = width === 32 ? -1 : (1 << width) - 1;
      for (let i = 0; i < count; i++) masks[rule] |= ones << (bit + i * stride);
    }
    for (let index = 0; index < (facts.count ?? 1); index++) {
      const word = (facts.offset + index * (facts.stride ?? 0)) >> 2;
      if (word >= this.#slots.length) continue;
      const slot = { name: register, index, reset: resets?.[register] ?? 0, masks };
      this.#slots[word] = merge(this.#slots[word], slot);
    }
  }

  #setResetValues(): void {
    this.#slots.forEach((slot, word) => this.#values[word] = slot?.reset ?? 0);
  }

  /** Gives the name of the register at a byte offset. */
  nameAt(offset: number): string | undefined {
    return this.#slots[offset >> 2]?.name;
  }

  /** Puts all registers to their reset values; a subclass stops its alarms and lowers its lines. */
  reset(): void {
    this.#setResetValues();
  }

  #word(register: string, index: number): number {
    const facts = this.#data[register];
    if (!facts) throw new RangeError(`Cannot find the register ${this.name}.${register}`);
    return (facts.offset + index * (facts.stride ?? 0)) >> 2;
  }

  /** Gives a register's stored value, u32. */
  get(register: string, index = 0): number {
    return this.#values[this.#word(register, index)] >>> 0;
  }

  /** Stores a register's value without effects. */
  set(register: string, value: number, index = 0): void {
    this.#values[this.#word(register, index)] = value;
  }

  /** Gives one field's stored value. */
  field(register: string, field: string, index = 0): number {
    const [bit, width] = this.#field(register, field);
    const value = this.get(register, index) >>> bit;
    return width === 32 ? value : value & ((1 << width) - 1);
  }

  /** Stores one field's value without effects. */
  setField(register: string, field: string, value: number, index = 0): void {
    const [bit, width] = this.#field(register, field);
    const mask = (width === 32 ? -1 : (1 << width) - 1) << bit;
    const old = this.get(register, index);
    this.set(register, (old & ~mask) | ((value << bit) & mask), index);
  }

  #field(register: string, field: string): FieldData {
    const facts = this.#data[register]?.fields[field];
    if (!facts) throw new RangeError(`Cannot find the field ${this.name}.${register}.${field}`);
    return facts;
  }

  /**
   * Answers a bus read.
   *
   * @param offset Byte offset in the block. @param size 1, 2 or 4 bytes.
   * @returns The value, u8, u16 or u32.
   */
  read(offset: number, size: number): number {
    const word = offset >> 2;
    const slot = this.#slots[word];
    if (!slot) return this.readUnmodelled(offset, size);
    const stored = this.#values[word];
    const value = this.onRead(slot.name, slot.index, stored >>> 0) & ~slot.masks.wo &
      ~slot.masks.trigger;
    if (slot.masks.rc) this.#values[word] &= ~slot.masks.rc;
    return sub(value, offset & 3, size);
  }

  /**
   * Takes a bus write; a narrow one changes only its own bytes.
   *
   * @param offset Byte offset in the block. @param size 1, 2 or 4 bytes.
   */
  write(offset: number, size: number, value: number): void {
    const word = offset >> 2;
    const slot = this.#slots[word];
    if (!slot) return this.writeUnmodelled(offset, size, value);
    const shift = (offset & 3) * 8;
    const lanes = size === 4 ? -1 : ((1 << (size * 8)) - 1) << shift;
    const written = (value << shift) & lanes;
    const old = this.#values[word];
    const { rw, wo, w1c, w0c, w1s } = slot.masks;
    const kept = (rw | wo) & lanes;
    const cleared = (written & w1c) | (~written & lanes & w0c);
    const next = ((old & ~kept) | (written & kept) | (written & w1s)) & ~cleared;
    this.#values[word] = next;
    this.onWrite(slot.name, slot.index, written >>> 0, old >>> 0);
  }

  /** Reads where no register stands: reported, 0. */
  protected readUnmodelled(offset: number, _size: number): number {
    this.host.unmodelled({ what: `${this.name}+0x${offset.toString(16)}`, kind: "read" });
    return 0;
  }

  /** Writes where no register stands: reported, dropped. */
  protected writeUnmodelled(offset: number, _size: number, value: number): void {
    this.host.unmodelled({ what: `${this.name}+0x${offset.toString(16)}`, kind: "write", value });
  }

  /** Gives what a read returns; a subclass computes live values here. */
  protected onRead(_register: string, _index: number, value: number): number {
    return value;
  }

  /** Acts on a write: the new value is already stored by the rules, `written` is what the bus carried. */
  protected onWrite(_register: string, _index: number, _written: number, _old: number): void {}
}

/** Two names at one offset are views of one register: the first names it, all bits of both count. */
function merge(first: Slot | undefined, second: Slot): Slot {
  if (!first) return second;
  const masks = { ...first.masks };
  for (const [rule, mask] of Object.entries(second.masks)) masks[rule as Rule] |= mask;
  return { ...first, masks };
}

function sub(value: number, byte: number, size: number): number {
  const shifted = value >>> (byte * 8);
  return size === 4 ? shifted >>> 0 : shifted & ((1 << (size * 8)) - 1);
}
