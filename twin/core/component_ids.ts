/** CoreSight identification of a component: part number by designer Arm, class, and entries of a ROM table. */
interface Component {
  readonly part: number;
  readonly revision: number;
  /** Class in CIDR1: 1 ROM table, 0xe generic IP, 9 debug component. */
  readonly kind: 1 | 9 | 0xe;
  /** DEVTYPE of a debug component. */
  readonly type?: number;
  /** Designer, JEP106 identity and continuation; default Arm. */
  readonly designer?: { readonly id: number; readonly continuation: number };
  /** Pages that a ROM table names. */
  readonly entries?: readonly number[];
}

const ST = { id: 0x20, continuation: 0 };
const ARM = { id: 0x3b, continuation: 4 };

/**
 * Components of the processor by their page in the private peripheral bus.
 *
 * The chip's own ROM table is the one that BASE of access port 1 points to; it names ST and the
 * device by DBGMCU's DEV_ID.
 *
 * @see ARM DDI 0489F (Cortex-M7 TRM), table of the processor's ROM tables and component ids
 */
const COMPONENTS: Readonly<Record<number, Component>> = {
  0x00: { part: 0x001, revision: 0, kind: 0xe },
  0x01: { part: 0x002, revision: 0, kind: 0xe },
  0x02: { part: 0x00e, revision: 0, kind: 0xe },
  0x0e: { part: 0x00c, revision: 0, kind: 0xe },
  0x40: { part: 0x9a9, revision: 0, kind: 9, type: 0x11 },
  0x41: { part: 0x975, revision: 1, kind: 9, type: 0x13 },
  0x42: { part: 0x906, revision: 4, kind: 9, type: 0x14 },
  0xfd: { part: 0x485, revision: 0, kind: 1, designer: ST, entries: [0xfe, 0x41, 0x42] },
  0xfe: { part: 0x4c8, revision: 0, kind: 1, entries: [0xff] },
  0xff: { part: 0x4c7, revision: 0, kind: 1, entries: [0x0e, 0x01, 0x02, 0x00] },
};

/** BASE of an access port whose ROM table is the chip's: present, in ADIv5's form. */
export const ROM_TABLE_BASE = 0xe00f_d003;

/**
 * Gives the word of a component's ids or of a ROM table; undefined where a unit's own registers are.
 *
 * @param at Offset in the private peripheral bus. @see ARM IHI 0031E, D2 and D3
 */
export function componentId(at: number): number | undefined {
  const page = at >>> 12;
  const offset = at & 0xfff;
  const component = COMPONENTS[page];
  if (component === undefined) return undefined;
  const { part, revision, kind, type, designer = ARM, entries } = component;
  switch (offset) {
    case 0xfcc:
      return kind === 9 ? type : kind === 1 ? 1 : undefined;
    case 0xfd0:
      return designer.continuation;
    case 0xfe0:
      return part & 0xff;
    case 0xfe4:
      return part >>> 8 | (designer.id & 0xf) << 4;
    case 0xfe8:
      return designer.id >>> 4 | 8 | revision << 4;
    case 0xff0:
      return 0x0d;
    case 0xff4:
      return kind << 4;
    case 0xff8:
      return 0x05;
    case 0xffc:
      return 0xb1;
  }
  if (entries === undefined || offset >= 0xf00) return undefined;
  const target = entries[offset >>> 2];
  return target === undefined ? 0 : ((target - page) << 12 | 3) >>> 0;
}
