import assert from "node:assert/strict";
import { ElfError } from "../errors.ts";
import { buildOnce } from "../../tests/support/built.ts";
import { checkImage } from "./check_image.ts";

Deno.test("checkImage() passes what the build writes, and nothing that differs in one byte", async () => {
  const { file } = (await buildOnce()).image;
  checkImage(file);
  // Neither the header, nor the note, nor code, nor the end.
  for (const at of [0, 5, 180, 200, 5000, file.length >> 1, file.length - 1]) {
    const damaged = file.slice();
    damaged[at] ^= 0x10;
    assert.throws(() => checkImage(damaged), ElfError, `byte ${at}`);
  }
  for (const length of [0, 51, 100, 200, file.length - 1]) {
    assert.throws(() => checkImage(file.subarray(0, length)), ElfError, `${length} bytes`);
  }
});
