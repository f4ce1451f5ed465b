import assert from "node:assert/strict";
import { IMAGE_SPLIT, LOADER_REGIONS, TCM_SHARE_CODES } from "../../chip/memory.ts";
import { Board, type BoardOptions } from "../../twin/board.ts";
import { loaderProgram, testProgram } from "../support/board_programs.ts";
import { filler, imageFile, seal } from "../support/image_file.ts";

/** The cost model: a register access and an exception take more than an instruction. */
const COSTS = { registerAccess: 10, exceptionEntry: 12 };
const LOADING_LIMIT_NS = 60e6;
const WITHIN_NS = 1e9;

const loader = await loaderProgram();
const texts = (board: Board) => board.log.map(({ text }) => text);

function withBoard(
  image: Uint8Array | undefined,
  body: (board: Board) => void,
  options: BoardOptions = {},
): void {
  const board = Board.create({ loader, image, strict: true, costs: COSTS, ...options });
  try {
    body(board);
  } finally {
    board.close();
  }
}

/** A board whose option bytes are those of an image that ran before. */
function setSplit(board: Board, itcmKb: 64 | 128 | 192, dtcmKb: 64 | 128 | 192): void {
  const codes = TCM_SHARE_CODES[itcmKb] | TCM_SHARE_CODES[dtcmKb] << 4;
  board.state.optionBytes.set("OBW2SR", codes);
  board.powerCycle();
}

Deno.test("loader starts an image and says what it did", async () => {
  withBoard(imageFile(await testProgram("interrupts")), (board) => {
    assert.ok(board.runUntilLog("done", WITHIN_NS));
    const lines = texts(board);
    assert.match(lines[0], /^0 INFO xspiloader \d+\.\d+\.\d+$/);
    assert.match(lines[1], /^\d+ INFO image without name, \d+ bytes, flash octal$/);
    assert.match(lines[2], /^\d+ INFO started 0x[0-9a-f]{8}, \d+ bytes, flash octal, \d+ ms$/);
    assert.equal(lines.filter((line) => line.startsWith("ok ")).length, 25);
    assert.equal(lines.filter((line) => line.startsWith("FAIL")).length, 0);
    assert.deepEqual(board.resets, ["power-on"]);
  });
});

Deno.test("loader hands over the machine as a reset leaves it", async () => {
  const program = await testProgram("start_state");
  const states = (board: Board) => {
    assert.ok(board.runUntilLog("done", WITHIN_NS));
    return texts(board).filter((line) => line.startsWith("state "));
  };
  const board = Board.create({ image: program, ram: true, strict: true });
  const expected = states(board);
  board.close();
  assert.ok(expected.length > 40, `${expected.length} registers`);
  withBoard(imageFile(program), (board) => {
    assert.deepEqual(states(board), expected);
    const { start, sizeBytes } = LOADER_REGIONS.RAM;
    const ram = new TextDecoder("latin1").decode(board.readMemory(start, sizeBytes));
    assert.ok(!ram.includes("SEGGER RTT"), "the loader's RTT block is still there");
  });
});

Deno.test("loader loads 450 KB within 60 ms", async () => {
  const program = await testProgram("interrupts");
  const image = imageFile(program, (segments) => [
    ...segments,
    filler(0x0001_0000, 128 * 1024),
    filler(0x2402_0000, LOADER_REGIONS.RAM.start - 0x2402_0000),
  ]);
  assert.ok(image.length > 450_000, `${image.length} bytes`);
  withBoard(image, (board) => {
    setSplit(board, 192, 64);
    const from = board.nowNs;
    const started = board.runUntilLog("INFO started", WITHIN_NS)!;
    assert.ok(started.atNs - from < LOADING_LIMIT_NS, `${(started.atNs - from) / 1e6} ms`);
    assert.ok(board.runUntilLog("done", WITHIN_NS));
    const loaded = board.readMemory(0x2402_0000, 4096)!;
    assert.deepEqual(loaded, filler(0, 4096).bytes);
  });
});

Deno.test("loader changes the split once, and keeps the other option bits", async () => {
  const program = await testProgram("interrupts");
  const wide = imageFile(program, (segments) => [...segments, filler(0x0002_0000, 64)]);
  const other = 1 << 9;
  for (const optionBytesLoad of ["at-once", "at-reset"] as const) {
    withBoard(wide, (board) => {
      board.state.optionBytes.set("OBW2SR", TCM_SHARE_CODES[128] << 4 | other);
      board.powerCycle();
      assert.ok(board.runUntilLog("done", WITHIN_NS), texts(board).join("\n"));
      assert.ok(texts(board).some((line) => line.endsWith("INFO RAM split changed, resetting")));
      const { itcmKb, dtcmKb } = IMAGE_SPLIT;
      const wanted = TCM_SHARE_CODES[itcmKb] | TCM_SHARE_CODES[dtcmKb] << 4;
      assert.equal(board.state.optionBytes.get("OBW2SR"), wanted | other);
      assert.deepEqual(board.resets.slice(2), ["software"]);
    }, { system: { optionBytesLoad } });
  }
});

Deno.test("loader resets only once when the option bytes are not kept", async () => {
  const program = await testProgram("interrupts");
  const wide = imageFile(program, (segments) => [...segments, filler(0x0002_0000, 64)]);
  withBoard(wide, (board) => {
    const { optionBytes } = board.state;
    const kept = optionBytes.set.bind(optionBytes);
    optionBytes.set = (name, value) => name === "OBW2SR" ? optionBytes : kept(name, value);
    const line = board.runUntilLog("ERROR", WITHIN_NS);
    assert.match(line!.text, /ERROR E6[34] /);
    board.runFor(3e9);
    assert.ok(board.resets.length <= 2, board.resets.join());
  });
});

Deno.test("loader resets a flash that was left in octal mode", async () => {
  const image = imageFile(await testProgram("octal_left"));
  withBoard(image, (board) => {
    assert.ok(board.runUntilLog("done", WITHIN_NS), texts(board).join("\n"));
    assert.deepEqual(texts(board).filter((line) => line.startsWith("ok ")), [
      "ok power-on",
      "ok back from octal mode",
      "ok back from octal mode with both edges",
    ]);
    assert.deepEqual(board.resets, ["power-on", "software", "software"]);
  }, { strict: false });
});

Deno.test("loader refuses what must not run, by line and by LED", async () => {
  const program = await testProgram("interrupts");
  const good = imageFile(program);
  const changed = (offset: number, value: number) => {
    const file = good.slice();
    file[offset] = value;
    seal(file);
    return file;
  };
  const flipped = good.slice();
  flipped[good.length - 1] ^= 0x10;
  const cut = good.slice(0, good.length - 100);
  const ram = LOADER_REGIONS.RAM.start;
  const cases: [number, Uint8Array | undefined][] = [
    [21, undefined],
    [22, changed(18, 0x3e)],
    [23, changed(42, 31)],
    [24, changed(44, 0)],
    [33, imageFile(program, (segments) => [...segments, filler(0x3880_0000, 16)])],
    [34, imageFile(program, (segments) => [...segments, filler(ram - 8, 16)])],
    [35, imageFile(program, (segments) => [...segments, filler(0x40, 16)])],
    [41, changed(26, 1)],
    [42, changed(24, good[24] ^ 4)],
    [52, flipped],
    [52, cut],
  ];
  for (const [number, image] of cases) {
    withBoard(image, (board) => {
      const line = board.runUntilLog("ERROR", WITHIN_NS);
      assert.match(line?.text ?? "none", new RegExp(`^\\d+ ERROR E${number} .+; .+$`));
      assert.deepEqual(blinks(board), [Math.floor(number / 10), number % 10], line!.text);
    });
  }
});

/** Long and short blinks of LD3 in one round; nothing else may be lit. */
function blinks(board: Board): [number, number] {
  let litNs = 0;
  let [long, short] = [0, 0];
  const forget = board.onLed(({ led, on, atNs }) => {
    assert.equal(led, "LD3");
    if (on) litNs = atNs;
    else if (atNs - litNs > 400e6) long++;
    else short++;
  });
  // One round and a part of its pause: the blinks take at most 10 s, the pause 2 s.
  let quietNs = board.nowNs;
  const watch = board.onLed(({ atNs }) => quietNs = atNs);
  board.run({ untilNs: board.nowNs + 20e9, until: () => board.nowNs - quietNs > 1.5e9 });
  forget();
  watch();
  return [long, short];
}

Deno.test("loader runs a whole image or reports a bad one, wherever the power was cut", async () => {
  const program = await testProgram("interrupts");
  const image = imageFile(program, (segments) => [...segments, filler(0x0002_0000, 8192)]);
  withBoard(image, (board) => {
    // From the first instructions over the option bytes' change into the program.
    for (let cut = 0; cut < 30; cut++) {
      board.state.optionBytes.delete("OBW2SR");
      board.powerCycle();
      board.runFor(cut * 300e3);
      board.powerCycle();
      const from = board.log.length;
      assert.ok(board.runUntilLog("done", WITHIN_NS, from), `cut after ${cut * 300} us`);
      assert.equal(texts(board).slice(from).filter((line) => line.includes("ERROR")).length, 0);
    }
  });
});

/** Changes what the flash's octets look like when they arrive, from now on. */
function spoil(board: Board, change: (octets: Uint8Array, lines: number) => void): void {
  const part = board.system.externalFlash;
  const receive = part.receive.bind(part);
  part.receive = (count, how, strobed) => {
    const octets = receive(count, how, strobed);
    if (octets) change(octets, how.lines);
    return octets;
  };
  board.powerCycle();
}

Deno.test("loader stays in 1-bit mode when octal mode reads other bytes", async () => {
  withBoard(imageFile(await testProgram("interrupts")), (board) => {
    spoil(board, (octets, lines) => {
      if (lines === 8 && octets.length > 100) octets[100] ^= 1;
    });
    assert.ok(board.runUntilLog("INFO started", WITHIN_NS)?.text.includes("flash 1-bit fast"));
    assert.ok(board.runUntilLog("done", WITHIN_NS));
  });
  withBoard(imageFile(await testProgram("interrupts")), (board) => {
    let large = 0;
    // The known sample is right, each faster one is not.
    spoil(board, (octets) => {
      if (octets.length === 512 && large++ > 0) octets[7] ^= 0x80;
    });
    const warned = board.runUntilLog("WARN flash stays in 1-bit mode", WITHIN_NS);
    assert.ok(warned, texts(board).join("\n"));
    assert.match(board.runUntilLog("INFO started", WITHIN_NS)!.text, /flash 1-bit, \d+ ms$/);
    assert.ok(board.runUntilLog("done", WITHIN_NS));
  });
});

Deno.test("loader reads again in 1-bit mode what octal mode damaged", async () => {
  withBoard(imageFile(await testProgram("interrupts")), (board) => {
    spoil(board, (octets, lines) => {
      if (lines === 8 && octets.length > 512) octets[octets.length - 1] ^= 1;
    });
    assert.ok(board.runUntilLog("WARN image damaged in mode octal", WITHIN_NS));
    assert.match(board.runUntilLog("INFO started", WITHIN_NS)!.text, /flash 1-bit, \d+ ms$/);
    assert.ok(board.runUntilLog("done", WITHIN_NS));
  });
});

Deno.test("loader says what is wrong with a flash that cannot be read", async () => {
  const image = imageFile(await testProgram("interrupts"));
  const cases: [number, (octets: Uint8Array) => void][] = [
    [11, (octets) => octets.fill(0xff)],
    [11, (octets) => octets.fill(0)],
    [12, (octets) => octets[0] ^= 1],
    [13, (octets) => {
      if (octets.length === 1) octets[0] |= 1;
    }],
  ];
  for (const [number, change] of cases) {
    withBoard(image, (board) => {
      spoil(board, change);
      const line = board.runUntilLog("ERROR", WITHIN_NS);
      assert.match(line?.text ?? "none", new RegExp(`ERROR E${number} flash .+; check the board`));
      assert.deepEqual(blinks(board), [1, number - 10]);
    });
  }
});
