/** A segment for {@link makeElf}: address, bytes, and length in memory if it is more. */
export type Segment = readonly [address: number, bytes: Uint8Array, memoryBytes?: number];

/** Makes an ELF file for ARM of segments, without sections. */
export function makeElf(entry: number, segments: readonly Segment[]): Uint8Array {
  const head = 52 + 32 * segments.length;
  const file = new Uint8Array(head + segments.reduce((sum, [, { length }]) => sum + length, 0));
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 40, true);
  view.setUint32(24, entry, true);
  view.setUint32(28, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, segments.length, true);
  let at = head;
  segments.forEach(([address, bytes, memoryBytes = bytes.length], i) => {
    const words = [1, at, address, address, bytes.length, memoryBytes, 5, 4];
    words.forEach((word, j) => view.setUint32(52 + 32 * i + 4 * j, word, true));
    file.set(bytes, at);
    at += bytes.length;
  });
  return file;
}
