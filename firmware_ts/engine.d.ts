/**
 * What the script engine (JerryScript 3.0 as built into the image) offers: the firmware's whole library.
 *
 * `deno check --config firmware_ts/engine.json firmware_ts/main.ts` checks the firmware against this file
 * alone, so that a global which the engine lacks is a type error (JSON, Float64Array, console, Date,
 * regular expressions, timers, everything of Deno, Node and the DOM). What the engine has but would
 * allocate per packet or is not needed is left out; add it here after a look at the engine.
 */

interface CallableFunction extends Function {}
interface NewableFunction extends Function {}
interface IArguments {
  [index: number]: unknown;
  length: number;
}
/** A literal would be one; it has no members here, since the engine's are switched off. */
// deno-lint-ignore no-empty-interface
interface RegExp {}

interface Function {
  readonly name: string;
  readonly length: number;
  call(thisArg: unknown, ...args: unknown[]): unknown;
  apply(thisArg: unknown, args: readonly unknown[]): unknown;
}

interface Object {
  hasOwnProperty(key: PropertyKey): boolean;
  toString(): string;
}
interface ObjectConstructor {
  keys(value: object): string[];
  values<T>(value: { readonly [key: string]: T }): T[];
  freeze<T>(value: T): Readonly<T>;
  create(prototype: object | null): object;
  defineProperty<T>(target: T, key: PropertyKey, descriptor: object): T;
}
declare const Object: ObjectConstructor;

type PropertyKey = string | number | symbol;
type Partial<T> = { [P in keyof T]?: T[P] };
type Readonly<T> = { readonly [P in keyof T]: T[P] };
type Omit<T, K extends PropertyKey> = Pick<T, Exclude<keyof T, K>>;
type Record<K extends PropertyKey, T> = { [P in K]: T };
type Pick<T, K extends keyof T> = { [P in K]: T[P] };
type Exclude<T, U> = T extends U ? never : T;
type Extract<T, U> = T extends U ? T : never;
// deno-lint-ignore ban-types
type NonNullable<T> = T & {};
type ReturnType<T extends (...args: never[]) => unknown> = T extends (...args: never[]) => infer R
  ? R
  : never;

// deno-lint-ignore no-empty-interface
interface Boolean {}

interface Number {
  toString(radix?: number): string;
  toFixed(digits?: number): string;
}
interface NumberConstructor {
  (value?: unknown): number;
  readonly MAX_SAFE_INTEGER: number;
  isInteger(value: unknown): boolean;
  isSafeInteger(value: unknown): boolean;
  isNaN(value: unknown): boolean;
  parseInt(text: string, radix?: number): number;
}
declare const Number: NumberConstructor;
// deno-lint-ignore no-shadow-restricted-names
declare const NaN: number;
// deno-lint-ignore no-shadow-restricted-names
declare const Infinity: number;

interface BigInt {
  toString(radix?: number): string;
}
interface BigIntConstructor {
  (value: bigint | boolean | number | string): bigint;
}
declare const BigInt: BigIntConstructor;

interface String {
  readonly length: number;
  readonly [index: number]: string;
  charCodeAt(index: number): number;
  endsWith(text: string): boolean;
  includes(text: string): boolean;
  indexOf(text: string, from?: number): number;
  padEnd(length: number, fill?: string): string;
  padStart(length: number, fill?: string): string;
  repeat(count: number): string;
  slice(start?: number, end?: number): string;
  split(separator: string, limit?: number): string[];
  startsWith(text: string): boolean;
  toLowerCase(): string;
  toUpperCase(): string;
  trim(): string;
  [Symbol.iterator](): IterableIterator<string>;
}
interface StringConstructor {
  (value?: unknown): string;
  fromCharCode(...codes: number[]): string;
}
declare const String: StringConstructor;

interface Symbol {
  toString(): string;
}
interface SymbolConstructor {
  (description?: string): symbol;
  readonly iterator: unique symbol;
}
declare const Symbol: SymbolConstructor;

interface IteratorYieldResult<T> {
  done?: false;
  value: T;
}
interface IteratorReturnResult<T> {
  done: true;
  value: T;
}
type IteratorResult<T, R = unknown> = IteratorYieldResult<T> | IteratorReturnResult<R>;
interface Iterator<T, R = unknown, N = unknown> {
  next(...args: [] | [N]): IteratorResult<T, R>;
  return?(value?: R): IteratorResult<T, R>;
  throw?(error?: unknown): IteratorResult<T, R>;
}
interface Iterable<T, R = unknown, N = unknown> {
  [Symbol.iterator](): Iterator<T, R, N>;
}
interface IterableIterator<T, R = unknown, N = unknown> extends Iterator<T, R, N> {
  [Symbol.iterator](): IterableIterator<T, R, N>;
}
interface IteratorObject<T, R = unknown, N = unknown> extends Iterator<T, R, N> {
  [Symbol.iterator](): IteratorObject<T, R, N>;
}
interface Generator<T = unknown, R = void, N = unknown> extends IteratorObject<T, R, N> {
  next(...args: [] | [N]): IteratorResult<T, R>;
  return(value: R): IteratorResult<T, R>;
  throw(error: unknown): IteratorResult<T, R>;
  [Symbol.iterator](): Generator<T, R, N>;
}

interface ReadonlyArray<T> {
  readonly length: number;
  readonly [index: number]: T;
  concat(...items: (T | readonly T[])[]): T[];
  every(test: (value: T, index: number) => boolean): boolean;
  filter(test: (value: T, index: number) => boolean): T[];
  find(test: (value: T, index: number) => boolean): T | undefined;
  findIndex(test: (value: T, index: number) => boolean): number;
  forEach(visit: (value: T, index: number) => void): void;
  includes(value: T): boolean;
  indexOf(value: T): number;
  join(separator?: string): string;
  map<U>(convert: (value: T, index: number) => U): U[];
  reduce<U>(add: (sum: U, value: T, index: number) => U, start: U): U;
  slice(start?: number, end?: number): T[];
  some(test: (value: T, index: number) => boolean): boolean;
  [Symbol.iterator](): IterableIterator<T>;
}
interface Array<T> extends ReadonlyArray<T> {
  length: number;
  [index: number]: T;
  fill(value: T, start?: number, end?: number): this;
  pop(): T | undefined;
  push(...items: T[]): number;
  reverse(): T[];
  shift(): T | undefined;
  sort(compare?: (a: T, b: T) => number): this;
  splice(start: number, deleteCount?: number, ...items: T[]): T[];
  unshift(...items: T[]): number;
}
interface ArrayConstructor {
  new <T>(length: number): T[];
  <T>(length: number): T[];
  isArray(value: unknown): value is unknown[];
  from<T>(source: Iterable<T>): T[];
  of<T>(...items: T[]): T[];
}
declare const Array: ArrayConstructor;
interface TemplateStringsArray extends ReadonlyArray<string> {
  readonly raw: readonly string[];
}

interface ArrayBuffer {
  readonly byteLength: number;
}
interface ArrayBufferConstructor {
  new (length: number): ArrayBuffer;
}
declare const ArrayBuffer: ArrayBufferConstructor;

interface IntegerArray<A> {
  readonly buffer: ArrayBuffer;
  readonly byteLength: number;
  readonly byteOffset: number;
  readonly length: number;
  [index: number]: number;
  copyWithin(target: number, start: number, end?: number): this;
  fill(value: number, start?: number, end?: number): this;
  set(source: ArrayLike<number>, offset?: number): void;
  slice(start?: number, end?: number): A;
  subarray(start?: number, end?: number): A;
  [Symbol.iterator](): IterableIterator<number>;
}
interface IntegerArrayConstructor<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): A;
  new (source: ArrayLike<number>): A;
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): A;
  of(...items: number[]): A;
}
interface ArrayLike<T> {
  readonly length: number;
  readonly [index: number]: T;
}
interface Uint8Array extends IntegerArray<Uint8Array> {}
declare const Uint8Array: IntegerArrayConstructor<Uint8Array>;
interface Uint16Array extends IntegerArray<Uint16Array> {}
declare const Uint16Array: IntegerArrayConstructor<Uint16Array>;
interface Uint32Array extends IntegerArray<Uint32Array> {}
declare const Uint32Array: IntegerArrayConstructor<Uint32Array>;
interface Int32Array extends IntegerArray<Int32Array> {}
declare const Int32Array: IntegerArrayConstructor<Int32Array>;

interface DataView {
  getUint16(offset: number, littleEndian?: boolean): number;
  getUint32(offset: number, littleEndian?: boolean): number;
  getBigUint64(offset: number, littleEndian?: boolean): bigint;
  setUint16(offset: number, value: number, littleEndian?: boolean): void;
  setUint32(offset: number, value: number, littleEndian?: boolean): void;
  setBigUint64(offset: number, value: bigint, littleEndian?: boolean): void;
}
interface DataViewConstructor {
  new (buffer: ArrayBuffer, byteOffset?: number, byteLength?: number): DataView;
}
declare const DataView: DataViewConstructor;

interface Map<K, V> extends Iterable<[K, V]> {
  readonly size: number;
  clear(): void;
  delete(key: K): boolean;
  forEach(visit: (value: V, key: K) => void): void;
  get(key: K): V | undefined;
  has(key: K): boolean;
  set(key: K, value: V): this;
}
interface MapConstructor {
  new <K, V>(entries?: Iterable<readonly [K, V]>): Map<K, V>;
}
declare const Map: MapConstructor;
interface Set<T> extends Iterable<T> {
  readonly size: number;
  add(value: T): this;
  clear(): void;
  delete(value: T): boolean;
  has(value: T): boolean;
}
interface SetConstructor {
  new <T>(values?: Iterable<T>): Set<T>;
}
declare const Set: SetConstructor;

interface Error {
  name: string;
  message: string;
}
interface ErrorConstructor {
  new (message?: string): Error;
  (message?: string): Error;
}
declare const Error: ErrorConstructor;
interface RangeError extends Error {}
declare const RangeError: ErrorConstructor;
interface TypeError extends Error {}
declare const TypeError: ErrorConstructor;

interface Math {
  abs(x: number): number;
  ceil(x: number): number;
  clz32(x: number): number;
  floor(x: number): number;
  imul(x: number, y: number): number;
  max(...values: number[]): number;
  min(...values: number[]): number;
  round(x: number): number;
  sign(x: number): number;
  trunc(x: number): number;
}
declare const Math: Math;
