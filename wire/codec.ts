/**
 * Decodes, encodes and prints values by their layout.
 *
 * @module
 */
import type { BitsField, Field, Layout, Rule, UintField, ValueOf } from "./layout.ts";

/** Octets, or a value, that a layout does not allow. */
export class WireError extends Error {
  /** The layout's title. */
  readonly layout: string;
  /** The field's name, or `length`. */
  readonly field: string;
  /** The octet at which the field stands, counted from the start of the message. */
  readonly offset: number;

  /** Says of `field` at `offset` what is wrong. */
  constructor(layout: Layout, field: string, offset: number, what: string) {
    super(`Cannot read ${layout.title}: ${field} at offset ${offset} ${what}`);
    this.name = "WireError";
    this.layout = layout.title;
    this.field = field;
    this.offset = offset;
  }
}

type Item = number | bigint | Uint8Array | readonly number[];
type AnyValue = Record<string, Item>;

/**
 * Decodes `octets`, all of them, by `layout`.
 *
 * Fields of octets are views of `octets`. Reserved bits and octets are ignored.
 *
 * @throws {WireError} If octets are missing or left over, or a field breaks its rule.
 */
export function decode<L extends Layout>(layout: L, octets: Uint8Array): ValueOf<L> {
  if (octets.length < layout.size) {
    throw new WireError(
      layout,
      "length",
      octets.length,
      `ends early: ${octets.length} octets, not ${layout.size}`,
    );
  }
  if (!layout.open && octets.length > layout.size) {
    throw new WireError(layout, "length", layout.size, `goes on: ${octets.length} octets`);
  }
  const value: AnyValue = {};
  for (const field of layout.fields) {
    const item = readField(layout, field, octets);
    if (isKept(field)) value[field.name] = item;
  }
  return value as ValueOf<L>;
}

/**
 * Encodes `value` by `layout` into new octets; reserved bits and octets are zero.
 *
 * @throws {WireError} If a field breaks its rule or does not fit.
 */
export function encode<L extends Layout>(layout: L, value: ValueOf<L>): Uint8Array {
  const values = value as AnyValue;
  let size = layout.size;
  for (const field of layout.fields) {
    const item = values[field.name];
    if (field.kind === "rest") size += (item as Uint8Array).length;
    if (field.kind === "list") size += (item as readonly number[]).length * field.itemSize;
  }
  const octets = new Uint8Array(size);
  for (const field of layout.fields) {
    if (field.kind === "bytes" && field.name === "reserved") continue;
    writeField(layout, field, octets, values[field.name]);
  }
  return octets;
}

/** Tells whether a field is part of the decoded value. */
export function isKept(field: Field): boolean {
  if (field.name === "reserved") return false;
  return !((field.kind === "uint" || field.kind === "bits") && field.rule.must !== undefined);
}

function readField(layout: Layout, field: Field, octets: Uint8Array): Item {
  const at = field.at;
  switch (field.kind) {
    case "uint":
      return checked(layout, field, readNumber(octets, at, field.size, field.order === "le"));
    case "bits": {
      const value = (octets[at] >> field.low) & ((1 << (field.high - field.low + 1)) - 1);
      return checked(layout, field, value);
    }
    case "big": {
      const low = readNumber(octets, field.order === "le" ? at : at + 4, 4, field.order === "le");
      const high = readNumber(octets, field.order === "le" ? at + 4 : at, 4, field.order === "le");
      return BigInt(high) * BigInt(4294967296) + BigInt(low);
    }
    case "bytes":
      return octets.subarray(at, at + field.size);
    case "rest":
      return octets.subarray(at);
    case "list": {
      const count = octets[at];
      if (octets.length !== at + 1 + count * field.itemSize) {
        throw new WireError(layout, field.name, at, `counts ${count} items, the length does not`);
      }
      const items: number[] = [];
      for (let i = 0; i < count; i++) {
        items.push(readNumber(octets, at + 1 + i * field.itemSize, field.itemSize, false));
      }
      return items;
    }
  }
}

function writeField(layout: Layout, field: Field, octets: Uint8Array, item: Item): void {
  const at = field.at;
  switch (field.kind) {
    case "uint": {
      const value = field.rule.must !== undefined ? field.rule.must : item as number;
      checked(layout, field, value);
      if (!(value >= 0 && value < 2 ** (8 * field.size) && value % 1 === 0)) {
        throw new WireError(layout, field.name, at, `does not hold ${value}`);
      }
      writeNumber(octets, at, field.size, field.order === "le", value);
      return;
    }
    case "bits": {
      const value = field.rule.must !== undefined
        ? field.rule.must
        : field.name === "reserved"
        ? 0
        : item as number;
      checked(layout, field, value);
      if (!(value >= 0 && value < 1 << (field.high - field.low + 1) && value % 1 === 0)) {
        throw new WireError(layout, field.name, at, `does not hold ${value}`);
      }
      octets[at] |= value << field.low;
      return;
    }
    case "big": {
      const base = BigInt(4294967296);
      const value = item as bigint;
      const little = field.order === "le";
      writeNumber(octets, little ? at : at + 4, 4, little, Number(value % base));
      writeNumber(octets, little ? at + 4 : at, 4, little, Number(value / base));
      return;
    }
    case "bytes":
      if ((item as Uint8Array).length !== field.size) {
        throw new WireError(layout, field.name, at, `is not of ${field.size} octets`);
      }
      octets.set(item as Uint8Array, at);
      return;
    case "rest":
      octets.set(item as Uint8Array, at);
      return;
    case "list": {
      const items = item as readonly number[];
      octets[at] = items.length;
      for (let i = 0; i < items.length; i++) {
        writeNumber(octets, at + 1 + i * field.itemSize, field.itemSize, false, items[i]);
      }
    }
  }
}

function checked(layout: Layout, field: UintField | BitsField, value: number): number {
  const rule: Rule = field.rule;
  if (rule.must !== undefined && value !== rule.must) {
    throw new WireError(layout, field.name, field.at, `is ${hex(value)}, not ${hex(rule.must)}`);
  }
  if (rule.min !== undefined && value < rule.min) {
    throw new WireError(layout, field.name, field.at, `is ${value}, below ${rule.min}`);
  }
  if (rule.max !== undefined && value > rule.max) {
    throw new WireError(layout, field.name, field.at, `is ${value}, above ${rule.max}`);
  }
  return value;
}

/** Reads a number of up to four octets; no bit operation, so that 32 bits stay unsigned. */
function readNumber(octets: Uint8Array, at: number, size: number, little: boolean): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + octets[little ? at + size - 1 - i : at + i];
  return value;
}

function writeNumber(
  octets: Uint8Array,
  at: number,
  size: number,
  little: boolean,
  value: number,
): void {
  let left = value;
  for (let i = 0; i < size; i++) {
    octets[little ? at + i : at + size - 1 - i] = left % 256;
    left = (left - left % 256) / 256;
  }
}

/**
 * Prints octets field by field, as `title: name value, name value`; what the layout does not allow is said.
 */
export function print(layout: Layout, octets: Uint8Array): string {
  let value: AnyValue;
  try {
    value = decode(layout, octets) as AnyValue;
  } catch (error) {
    if (error instanceof WireError) return `${layout.title}: ${error.message}`;
    throw error;
  }
  const parts: string[] = [];
  for (const field of layout.fields) {
    if (isKept(field)) parts.push(`${field.name} ${printItem(value[field.name])}`);
  }
  return `${layout.title}: ${parts.join(", ")}`;
}

function printItem(item: Item): string {
  if (typeof item === "number") return item < 10 ? String(item) : hex(item);
  if (typeof item === "bigint") return item.toString();
  if (item instanceof Uint8Array) {
    const octets: string[] = [];
    for (let i = 0; i < item.length; i++) octets.push(item[i].toString(16).padStart(2, "0"));
    return octets.length === 0 ? "none" : octets.join("");
  }
  return `[${item.map(hex).join(" ")}]`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
