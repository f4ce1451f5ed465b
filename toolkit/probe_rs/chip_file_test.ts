import assert from "node:assert/strict";
import type { Run } from "../process.ts";
import { chipFile, codeHash } from "./chip_file.ts";
import {
  CRATE_ALGORITHMS,
  findTargetData,
  readAlgorithms,
  TargetDataError,
} from "./crate_algorithms.ts";
import type { FlashAlgorithm } from "./flash_algorithm.ts";

const ALGORITHM: FlashAlgorithm = {
  name: "own",
  code: Uint8Array.of(0x70, 0x47, 0x00, 0xbf),
  loadAddress: 0x2000_0020,
  entries: { init: 1, uninit: 3, programPage: 5, eraseSector: 7, verify: 9, blankCheck: 11 },
  dataOffset: 0x10,
  stackBytes: 0x400,
  isDefault: true,
  flash: {
    start: 0x7000_0000,
    sizeBytes: 0x200_0000,
    pageBytes: 0x1000,
    sectorBytes: 0x1_0000,
    programTimeoutMs: 10_000,
    eraseTimeoutMs: 6000,
  },
};

Deno.test("chipFile() tells probe-rs the Nucleo's memories and only the algorithms given", () => {
  const text = chipFile([ALGORITHM]);
  assert.match(text, /^- name: STM32H7S3L8_NUCLEO$/m);
  // A flash of 32 MB that `erase` spares, with one algorithm that covers the whole of it.
  assert.match(
    text,
    /name: XSPI2\n {4}range:\n {6}start: 0x70000000\n {6}end: 0x72000000\n {4}cores:\n {4}- main\n {4}is_alias: true/,
  );
  assert.match(text, /^ {2}flash_algorithms:\n {2}- own\nflash_algorithms:\n- name: own$/m);
  assert.match(text, /^ {2}instructions: cEcAvw==$/m);
  assert.match(text, /^ {2}pc_program_page: 0x5$/m);
  assert.match(text, /^ {2}pc_blank_check: 0xb$/m);
  assert.match(text, /^ {2}stack_size: 0x400$/m);
  assert.ok(!text.includes("pc_erase_all"), "what the algorithm lacks is left out");
});

Deno.test("codeHash() is SHA-256", () => {
  assert.equal(
    codeHash(new TextEncoder().encode("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

/** Target data with algorithms of these names; their code is not the known one. */
function targetData(names: readonly string[]): string {
  const blocks = names.map((name) =>
    `- name: ${name}\n  instructions: AAAA\n  load_address: 0x20\n` +
    `  pc_init: 0x1\n  pc_uninit: 0x3\n  pc_program_page: 0x5\n  pc_erase_sector: 0x7\n` +
    `  data_section_offset: 0x8\n  flash_properties:\n    address_range:\n      start: 0x0\n` +
    `      end: 0x10\n    page_size: 0x4\n    program_page_timeout: 1\n    erase_sector_timeout: 1\n` +
    `    sectors:\n    - size: 0x4\n      address: 0x0\n`
  );
  return `name: x\nflash_algorithms:\n${blocks.join("")}`;
}

Deno.test("readAlgorithms() takes only code that it knows", () => {
  const [first, second] = Object.keys(CRATE_ALGORITHMS);
  const refused: [string, RegExp][] = [
    ["name: x\n", /no flash algorithms/],
    [targetData([]), new RegExp(`no "${first}"`)],
    [
      targetData([first, second]),
      /has SHA-256 709e80c88487a2411e1ee4dfb9f22a861492d20c4765150c0c794abd70f8147c, not/,
    ],
    [targetData([first]).replace("pc_init: 0x1\n", ""), /no number pc_init/],
  ];
  for (const [text, message] of refused) {
    assert.throws(() => readAlgorithms("x.yaml", text), (error) => {
      assert.ok(error instanceof TargetDataError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("findTargetData() has cargo fetch the crate only where it is not there", async () => {
  const home = await Deno.makeTempDir();
  try {
    const env = (name: string) => name === "CARGO_HOME" ? home : undefined;
    const ran: string[] = [];
    const fetch = (works: boolean): Run => async (command, options) => {
      ran.push(command.join(" "));
      const manifest = await Deno.readTextFile(`${options?.cwd}/Cargo.toml`);
      assert.match(manifest, /^probe-rs = "=0\.32\.0"$/m);
      const folder = `${home}/registry/src/index-1/probe-rs-0.32.0/targets`;
      if (works) {
        await Deno.mkdir(folder, { recursive: true });
        await Deno.writeTextFile(`${folder}/STM32H7RS_Series.yaml`, "");
      }
      return { code: 0, stdout: "", stderr: "" };
    };
    await assert.rejects(findTargetData({ env, run: fetch(false) }), TargetDataError);
    const path = `${home}/registry/src/index-1/probe-rs-0.32.0/targets/STM32H7RS_Series.yaml`;
    assert.equal(await findTargetData({ env, run: fetch(true) }), path);
    assert.equal(await findTargetData({ env, run: fetch(true) }), path);
    assert.deepEqual(ran, ["cargo fetch --quiet", "cargo fetch --quiet"]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
