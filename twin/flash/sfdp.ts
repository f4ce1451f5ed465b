/**
 * The part's discoverable parameters: header, and the first dwords of the basic table, u8[96].
 *
 * Density 256 Mbit, 4 KB sectors by 0x20, 64 KB blocks by 0xd8, 256-byte pages; the rest is left
 * erased, which readers of JESD216 take as "not given".
 *
 * @see JESD216, SFDP header and basic flash parameter table
 */
export const SFDP: Uint8Array = table();

function table(): Uint8Array {
  const bytes = new Uint8Array(96).fill(0xff);
  bytes.set([0x53, 0x46, 0x44, 0x50, 0x06, 0x01, 0x00, 0xff]);
  bytes.set([0x00, 0x06, 0x01, 0x10, 0x30, 0x00, 0x00, 0xff], 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x30, 0xff82_20e5 | 0, true);
  view.setUint32(0x34, 256 * 1024 * 1024 - 1, true);
  bytes.set([0x0c, 0x20, 0x10, 0xd8, 0x00, 0xff, 0x00, 0xff], 0x30 + 0x1c);
  return bytes;
}
