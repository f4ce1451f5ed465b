import assert from "node:assert/strict";
import { ScriptedCpu } from "./cpu/scripted.ts";
import { MemoryMap } from "./memory/memory_map.ts";
import { RttReader } from "./rtt.ts";

function memory(): MemoryMap {
  const cpu = new ScriptedCpu({ read: () => 0, write: () => {}, faulted: () => false });
  return new MemoryMap(cpu, new Uint8Array(64 * 1024), new Uint8Array(0));
}

/** A target's control block with one up and one down channel of 16 and 8 bytes behind it. */
class Target {
  readonly #memory: MemoryMap;
  readonly #block: number;

  constructor(map: MemoryMap, block: number) {
    this.#memory = map;
    this.#block = block;
    map.write(block, new TextEncoder().encode("SEGGER RTT\0\0\0\0\0\0"));
    [1, 1, 0, block + 0x60, 16, 0, 0, 0, 0, block + 0x80, 8, 0, 0, 0].forEach((word, i) =>
      map.write32(block + 16 + 4 * i, word)
    );
  }

  #word(offset: number): number {
    return this.#memory.read32(this.#block + offset)!;
  }

  /** Writes as much as there is room for; gives what was left. */
  print(text: string): string {
    const bytes = new TextEncoder().encode(text);
    let at = this.#word(24 + 12);
    let i = 0;
    while (i < bytes.length && (at + 1) % 16 !== this.#word(24 + 16)) {
      this.#memory.write(this.#block + 0x60 + at, bytes.subarray(i, ++i));
      at = (at + 1) % 16;
    }
    this.#memory.write32(this.#block + 24 + 12, at);
    return text.slice(i);
  }

  read(): string {
    let text = "";
    let at = this.#word(48 + 16);
    for (; at !== this.#word(48 + 12); at = (at + 1) % 8) {
      text += String.fromCharCode(this.#memory.read(this.#block + 0x80 + at, 1)![0]);
    }
    this.#memory.write32(this.#block + 48 + 16, at);
    return text;
  }
}

Deno.test("RttReader tells whole lines, over the buffer's end and without CR", () => {
  const map = memory();
  const lines: string[] = [];
  const reader = new RttReader(map, (line) => lines.push(line));
  const target = new Target(map, 0x2000_1230);
  let rest = "hello\r\nthe second line is longer than the buffer: é\n\nhalf";
  for (let i = 0; i < 50; i++) {
    rest = target.print(rest);
    reader.poll();
  }
  assert.deepEqual(lines, ["hello", "the second line is longer than the buffer: é", ""]);
  assert.equal(reader.controlBlock, 0x2000_1230);
  reader.flush();
  assert.equal(lines.at(-1), "half");
});

Deno.test("RttReader goes over to a second control block when that one gets text", () => {
  const map = memory();
  const lines: string[] = [];
  const reader = new RttReader(map, (line) => lines.push(line));
  const loader = new Target(map, 0x2406_e100);
  loader.print("loader\n");
  for (let i = 0; i < 10; i++) reader.poll();
  loader.print("last\n");
  const image = new Target(map, 0x2000_0000);
  image.print("image\n");
  reader.expectMove();
  for (let i = 0; i < 20; i++) reader.poll();
  assert.deepEqual(lines, ["loader", "last", "image"]);
  assert.equal(reader.controlBlock, 0x2000_0000);
});

Deno.test("RttReader takes a block for none whose id, sizes or buffers are not right", () => {
  const map = memory();
  const lines: string[] = [];
  const reader = new RttReader(map, (line) => lines.push(line));
  const target = new Target(map, 0x2000_0000);
  target.print("no\n");
  map.write32(0x2000_0000 + 24 + 4, 0x6000_0000);
  for (let i = 0; i < 20; i++) reader.poll();
  assert.equal(reader.controlBlock, undefined);
  assert.deepEqual(lines, []);
});

Deno.test("RttReader.write() fills the down channel as room comes", () => {
  const map = memory();
  const reader = new RttReader(map, () => {});
  const target = new Target(map, 0x2402_0000);
  reader.write("a line to the target\n");
  let got = "";
  for (let i = 0; i < 20; i++) {
    reader.poll();
    got += target.read();
  }
  assert.equal(got, "a line to the target\n");
});

Deno.test("RttReader that peeks tells each line once and leaves it to a debugger", () => {
  const map = memory();
  const lines: string[] = [];
  const reader = new RttReader(map, (line) => lines.push(line), true);
  const first = new Target(map, 0x2000_0000);
  first.print("one\n");
  reader.poll();
  first.print("two\n");
  reader.poll();
  reader.poll();
  assert.deepEqual(lines, ["one", "two"]);
  assert.equal(map.read32(0x2000_0000 + 24 + 16), 0, "nothing is taken");

  reader.restarted();
  reader.poll();
  assert.equal(lines.length, 2, "what the ring still holds is not told again");
  const again = new Target(map, 0x2000_0000);
  again.print("longer line\n");
  reader.poll();
  const third = new Target(map, 0x2000_0000);
  third.print("3\n");
  reader.poll();
  assert.deepEqual(lines.slice(2), ["longer line", "3"]);
});
