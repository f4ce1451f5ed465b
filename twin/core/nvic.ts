import { EXCEPTION, type ExceptionState, IRQ_LINES } from "./exception_state.ts";

const WORDS = IRQ_LINES / 32;

/** Gathers one bit per interrupt line into register `word`. */
function gather(word: number, bit: (line: number) => boolean): number {
  let value = 0;
  for (let i = 0; i < 32; i++) if (bit(EXCEPTION.IRQ0 + word * 32 + i)) value |= 1 << i;
  return value >>> 0;
}

/**
 * The NVIC's registers, 0xE000E100 to 0xE000E5FF, and STIR.
 *
 * @see ARM DDI 0403E.e, B3.4
 */
export class Nvic {
  readonly #state: ExceptionState;

  constructor(state: ExceptionState) {
    this.#state = state;
  }

  /** Reads the word at `offset` from 0xE000E000. */
  read(offset: number): number {
    const state = this.#state;
    const word = (offset & 0x7f) >> 2;
    if (offset >= 0x400) return this.#priorities(offset - 0x400);
    if (word >= WORDS) return 0;
    switch (offset & ~0x7f) {
      case 0x100:
      case 0x180:
        return gather(word, (line) => state.isEnabled(line));
      case 0x200:
      case 0x280:
        return gather(word, (line) => state.isPending(line));
      case 0x300:
        return gather(word, (line) => state.isActive(line));
      default:
        return 0;
    }
  }

  #priorities(offset: number): number {
    let value = 0;
    for (let i = 3; i >= 0; i--) value = value << 8 | this.#priority(offset + i);
    return value >>> 0;
  }

  #priority(line: number): number {
    return line < IRQ_LINES ? this.#state.priority(EXCEPTION.IRQ0 + line) : 0;
  }

  /** Writes `size` bytes at `offset` from 0xE000E000; priorities go by bytes, the rest by words. */
  write(offset: number, size: number, value: number): void {
    const state = this.#state;
    if (offset >= 0x400) {
      for (let i = 0; i < size; i++) {
        const line = offset - 0x400 + i;
        if (line < IRQ_LINES) state.setPriority(EXCEPTION.IRQ0 + line, value >>> (8 * i) & 0xff);
      }
      return;
    }
    const word = (offset & 0x7f) >> 2;
    if (word >= WORDS) return;
    const bits = size === 4 ? value : value << ((offset & 3) * 8);
    for (let i = 0; i < 32; i++) {
      if (!(bits >>> i & 1)) continue;
      const number = EXCEPTION.IRQ0 + word * 32 + i;
      switch (offset & ~0x7f) {
        case 0x100:
          state.enable(number, true);
          break;
        case 0x180:
          state.enable(number, false);
          break;
        case 0x200:
          state.pend(number);
          break;
        case 0x280:
          state.unpend(number);
          break;
      }
    }
  }

  /** Software trigger: pends an interrupt line. */
  trigger(value: number): void {
    const line = value & 0x1ff;
    if (line < IRQ_LINES) this.#state.pend(EXCEPTION.IRQ0 + line);
  }
}
