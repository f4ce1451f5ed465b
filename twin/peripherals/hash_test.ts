import assert from "node:assert/strict";
import { FakeBoard } from "./fake_board.ts";

const HASH = 0x4802_0400;
const [CR, DIN, STR, IMR, SR, CSR, HR] = [0, 4, 8, 0x20, 0x24, 0xf8, 0x310];
const BYTES = 2 << 4;
const HMAC = 1 << 6;

function feed(board: FakeBoard, text: string): void {
  const bytes = new TextEncoder().encode(text);
  board.write(HASH + STR, 8 * (bytes.length % 4));
  for (let at = 0; at < bytes.length; at += 4) {
    let word = 0;
    for (let i = 0; i < 4; i++) word |= (bytes[at + i] ?? 0) << (8 * i);
    board.write(HASH + DIN, word);
  }
}

function digest(board: FakeBoard, words: number): string {
  board.write(HASH + STR, 1 << 8);
  assert.equal(board.read(HASH + SR) & 2, 0);
  board.clock.advance(1_000);
  assert.equal(board.read(HASH + SR) & 2, 2);
  return Array.from(
    { length: words },
    (_, i) => board.read(HASH + HR + 4 * i).toString(16).padStart(8, "0"),
  ).join("");
}

// FIPS 180-4 examples.
for (
  const [name, algorithm, words, text, expected] of [
    ["SHA-1", 0, 5, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["SHA-224", 2, 7, "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"],
    ["SHA-256", 3, 8, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    [
      "SHA-256",
      3,
      8,
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    ],
  ] as const
) {
  Deno.test(`Hash gives ${name} of "${text.slice(0, 8)}"`, () => {
    const board = new FakeBoard();
    board.write(HASH + CR, BYTES | algorithm << 17 | 4);
    feed(board, text);
    assert.equal(digest(board, words), expected);
    assert.deepEqual(board.reports, []);
  });
}

Deno.test("Hash gives HMAC-SHA-256 of RFC 4231, case 2", () => {
  const board = new FakeBoard();
  board.write(HASH + CR, BYTES | HMAC | 3 << 17 | 4);
  feed(board, "Jefe");
  board.write(HASH + STR, 1 << 8);
  feed(board, "what do ya want for nothing?");
  board.write(HASH + STR, 1 << 8);
  feed(board, "Jefe");
  assert.equal(
    digest(board, 8),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

Deno.test("Hash goes on from a restored context", () => {
  const board = new FakeBoard();
  board.write(HASH + CR, BYTES | 3 << 17 | 4);
  feed(board, "abcdbcdecdefdefgefghfghighijhijk");
  const saved = Array.from({ length: 103 }, (_, i) => board.read(HASH + CSR + 4 * i));
  board.write(HASH + CR, BYTES | 3 << 17 | 4);
  feed(board, "something else");
  digest(board, 8);
  board.write(HASH + CR, BYTES | 3 << 17 | 4);
  saved.forEach((word, i) => board.write(HASH + CSR + 4 * i, word));
  feed(board, "ijkljklmklmnlmnomnopnopq");
  assert.equal(
    digest(board, 8),
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  );
});

Deno.test("Hash raises its interrupt with the digest and lowers it by writing 0", () => {
  const board = new FakeBoard();
  board.write(HASH + IMR, 2);
  board.write(HASH + CR, BYTES | 3 << 17 | 4);
  assert.ok(!board.lines.has("HASH"));
  digest(board, 8);
  assert.ok(board.lines.has("HASH"));
  board.write(HASH + SR, 1);
  assert.ok(!board.lines.has("HASH"));
});
