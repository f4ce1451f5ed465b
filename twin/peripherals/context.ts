import type { ClockTree } from "../clocks/tree.ts";
import type { BoardHost } from "../wiring.ts";

/** What the system's peripherals know of each other, beside the board around them. */
export interface SystemContext {
  /** The board. */
  readonly host: BoardHost;
  /** Frequencies, and notice of their change. */
  readonly clocks: ClockTree;
  /** True while a debugger holds the core and DBGMCU freezes `peripheral` then. */
  frozen(peripheral: string): boolean;
}
