/**
 * Message layouts as tables: a row per field, with offset, width and meaning, under a title and a clause.
 *
 * From one table come the value's type ({@link ValueOf}), `decode` and `encode` (`codec.ts`) and `print`.
 * Offsets count octets from the layout's start, bits from 7 (most significant) to 0, as the standards do.
 *
 * @module
 */

/** What a number field is checked against, in both directions. */
export interface Rule {
  /** The only value. Such a field is left out of the decoded value. */
  readonly must?: number;
  /** The smallest value. */
  readonly min?: number;
  /** The largest value. */
  readonly max?: number;
}

/** An unsigned number of 1 to 4 octets. */
export interface UintField<N extends string = string, R extends Rule = Rule> {
  /** Tells the kinds of fields apart. */
  readonly kind: "uint";
  /** Names the field in values and errors. */
  readonly name: N;
  /** Octets from the layout's start. */
  readonly at: number;
  /** Is the number of octets. */
  readonly size: 1 | 2 | 3 | 4;
  /** Is the byte order: big-endian or little-endian. */
  readonly order: "be" | "le";
  /** Says what the field means. */
  readonly text: string;
  /** Is what the value is checked against. */
  readonly rule: R;
}
/** An unsigned number of 8 octets. */
export interface BigField<N extends string = string> {
  /** Tells the kinds of fields apart. */
  readonly kind: "big";
  /** Names the field in values and errors. */
  readonly name: N;
  /** Octets from the layout's start. */
  readonly at: number;
  /** Is the byte order: big-endian or little-endian. */
  readonly order: "be" | "le";
  /** Says what the field means. */
  readonly text: string;
}
/** A run of bits in one octet. One named `reserved` is ignored when read and zero when written. */
export interface BitsField<N extends string = string, R extends Rule = Rule> {
  /** Tells the kinds of fields apart. */
  readonly kind: "bits";
  /** Names the field in values and errors. */
  readonly name: N;
  /** Octets from the layout's start. */
  readonly at: number;
  /** The most significant bit. */
  readonly high: number;
  /** The least significant bit. */
  readonly low: number;
  /** Says what the field means. */
  readonly text: string;
  /** Is what the value is checked against. */
  readonly rule: R;
}
/** A fixed run of octets. One named `reserved` is ignored when read and zero when written. */
export interface BytesField<N extends string = string> {
  /** Tells the kinds of fields apart. */
  readonly kind: "bytes";
  /** Names the field in values and errors. */
  readonly name: N;
  /** Octets from the layout's start. */
  readonly at: number;
  /** Is the number of octets. */
  readonly size: number;
  /** Says what the field means. */
  readonly text: string;
}
/** All octets from here to the end. */
export interface RestField<N extends string = string> {
  /** Tells the kinds of fields apart. */
  readonly kind: "rest";
  /** Names the field in values and errors. */
  readonly name: N;
  /** Octets from the layout's start. */
  readonly at: number;
  /** Says what the field means. */
  readonly text: string;
}
/** A one-octet count, then as many big-endian numbers of `itemSize` octets, to the end. */
export interface ListField<N extends string = string> {
  /** Tells the kinds of fields apart. */
  readonly kind: "list";
  /** Names the field in values and errors. */
  readonly name: N;
  /** Octets from the layout's start. */
  readonly at: number;
  /** Octets of one item. */
  readonly itemSize: 1 | 4;
  /** Says what the field means. */
  readonly text: string;
}

/** A row of a layout. */
export type Field =
  | UintField
  | BigField
  | BitsField
  | BytesField
  | RestField
  | ListField;

/** A message, or a part of one. */
export interface Layout<F extends readonly Field[] = readonly Field[]> {
  /** Names the message. */
  readonly title: string;
  /** The standard with its edition, and the clause by its title. */
  readonly clause: string;
  /** Are the rows, by offset. */
  readonly fields: F;
  /** Octets up to the end of the last field of fixed size: the least that can be decoded. */
  readonly size: number;
  /** Tells whether more octets may follow, in a last field of open size. */
  readonly open: boolean;
}

/** A rule that leaves one value. */
export type Constant = { readonly must: number };
/** The name under which a field stands in the value, if it does. */
export type NameOf<F> = F extends { rule: Constant } ? never
  : F extends { name: infer N extends string } ? (N extends "reserved" ? never : N)
  : never;
/** What a field's value is. */
export type FieldValue<F> = F extends { kind: "bytes" | "rest" } ? Uint8Array
  : F extends { kind: "big" } ? bigint
  : F extends { kind: "list" } ? readonly number[]
  : number;

/** The decoded value of a layout: one property for each field that is neither constant nor reserved. */
export type ValueOf<L extends Layout> = {
  [F in L["fields"][number] as NameOf<F>]: FieldValue<F>;
};

/** Makes a number field, big-endian as MCTP has them (DSP0236 1.3.1, byte ordering). */
export function uint<N extends string, const R extends Rule = Record<never, never>>(
  name: N,
  at: number,
  size: 1 | 2 | 3 | 4,
  text: string,
  rule: R = {} as R,
): UintField<N, R> {
  return { kind: "uint", name, at, size, order: "be", text, rule };
}

/** Makes a little-endian number field. */
export function uintLe<N extends string, const R extends Rule = Record<never, never>>(
  name: N,
  at: number,
  size: 1 | 2 | 3 | 4,
  text: string,
  rule: R = {} as R,
): UintField<N, R> {
  return { kind: "uint", name, at, size, order: "le", text, rule };
}

/** Makes a little-endian field of eight octets. */
export function bigLe<N extends string>(name: N, at: number, text: string): BigField<N> {
  return { kind: "big", name, at, order: "le", text };
}

/** Makes a field of the bits `high`..`low` of octet `at`. */
export function bits<N extends string, const R extends Rule = Record<never, never>>(
  name: N,
  at: number,
  high: number,
  low: number,
  text: string,
  rule: R = {} as R,
): BitsField<N, R> {
  return { kind: "bits", name, at, high, low, text, rule };
}

/** Makes a field of `size` octets. */
export function bytes<N extends string>(
  name: N,
  at: number,
  size: number,
  text: string,
): BytesField<N> {
  return { kind: "bytes", name, at, size, text };
}

/** Makes a last field of all octets left, maybe none. */
export function rest<N extends string>(name: N, at: number, text: string): RestField<N> {
  return { kind: "rest", name, at, text };
}

/** Makes a last field of a count and its items. */
export function list<N extends string>(
  name: N,
  at: number,
  itemSize: 1 | 4,
  text: string,
): ListField<N> {
  return { kind: "list", name, at, itemSize, text };
}

/** Puts rows together to a layout. */
export function layout<const F extends readonly Field[]>(
  title: string,
  clause: string,
  fields: F,
): Layout<F> {
  let size = 0;
  let open = false;
  for (const field of fields) {
    if (open) throw new TypeError(`Cannot lay out ${title}: a field follows one of open size`);
    const end = field.at + fixedSize(field);
    if (end > size) size = end;
    open = field.kind === "rest" || field.kind === "list";
  }
  return { title, clause, fields, size, open };
}

/** Returns the octets that a field surely takes. */
export function fixedSize(field: Field): number {
  switch (field.kind) {
    case "uint":
    case "bytes":
      return field.size;
    case "big":
      return 8;
    case "bits":
    case "list":
      return 1;
    case "rest":
      return 0;
  }
}
