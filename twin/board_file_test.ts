import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  BoardFileError,
  decodeBoardFile,
  encodeBoardFile,
  loadBoardFile,
  newBoardState,
  saveBoardFile,
} from "./board_file.ts";

const ID = Uint8Array.from({ length: 12 }, (_, i) => i * 17);

Deno.test("a board file keeps flashes, option bytes and unique ID, and only used pages", () => {
  const state = newBoardState(ID);
  state.internalFlash[0x8123] = 0;
  state.externalFlash.set([1, 2, 3], 32 * 1024 * 1024 - 3);
  state.optionBytes.set("OBW2SR", 0x22);
  const file = encodeBoardFile(state);
  assert.ok(file.length < 3 * 4096);
  const back = decodeBoardFile(file);
  assert.deepEqual(back.uniqueId, ID);
  assert.deepEqual(back.internalFlash, state.internalFlash);
  assert.equal(Buffer.compare(back.externalFlash, state.externalFlash), 0);
  assert.deepEqual([...back.optionBytes], [["OBW2SR", 0x22]]);
});

Deno.test("decodeBoardFile() refuses a file that is cut or damaged", () => {
  const state = newBoardState(ID);
  state.internalFlash[0] = 1;
  const file = encodeBoardFile(state);
  for (const length of [0, 5, 16, 40, file.length - 4096, file.length - 1]) {
    assert.throws(() => decodeBoardFile(file.subarray(0, length)), BoardFileError, `${length}`);
  }
  const damaged = file.slice();
  damaged[17] = 0x20;
  assert.throws(() => decodeBoardFile(damaged), /head is damaged/);
});

Deno.test("saveBoardFile() writes beside and renames; loadBoardFile() gives undefined without a file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/board`;
    assert.equal(loadBoardFile(path), undefined);
    const state = newBoardState(ID);
    saveBoardFile(path, state);
    state.internalFlash[7] = 9;
    saveBoardFile(path, state);
    assert.equal(loadBoardFile(path)!.internalFlash[7], 9);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["board"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
