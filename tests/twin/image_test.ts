/** The release image as a host sees it, with every access of it modelled: identity, descriptors, MCTP, drops. */
import assert from "node:assert/strict";
import { USB_IDENTITY } from "../../chip/usb.ts";
import { Board, type BoardOptions } from "../../twin/board.ts";
import { checkDescriptors } from "../../twin/usb/check_descriptors.ts";
import { parseString } from "../../twin/usb/descriptors.ts";
import { buildOnce } from "../support/built.ts";
import { Random } from "../support/random.ts";
import { TwinSession } from "../support/twin_session.ts";

const EID = 8;

/** Unique IDs as they lie in memory, with the UUIDs that boards with them have. */
const UUIDS: Readonly<Record<string, string>> = {
  "33003b000c51373136393935": "8becee88-b237-40af-a95b-0fe57a21c3be",
  "000000000000000000000000": "8dcaaa9b-4362-40ce-9efb-bdd7d764c88a",
  "4433221188776655ccbbaa99": "7e2a79e0-1e16-4fb3-b3b6-f6c154625c3d",
};

/** Runs `use` on a strict board with the release image, and holds that it met nothing unmodelled. */
async function withBoard(
  options: BoardOptions,
  use: (session: TwinSession, board: Board) => void,
): Promise<void> {
  const { image, loader } = await buildOnce();
  const start = options.ram ? {} : { loader };
  const board = Board.create({ image: image.file, strict: true, ...start, ...options });
  try {
    const session = new TwinSession(board);
    try {
      use(session, board);
    } finally {
      session.close();
    }
    assert.deepEqual(board.unmodelled, []);
    assert.equal(board.lockup, undefined);
  } finally {
    board.close();
  }
}

Deno.test("the image tells one identity in its log, on USB and over MCTP", async (t) => {
  for (const [id, uuid] of Object.entries(UUIDS)) {
    await t.step(`unique ID ${id}`, async () => {
      const uniqueId = Uint8Array.from(id.match(/../g)!, (octet) => parseInt(octet, 16));
      await withBoard({ uniqueId }, (session, board) => {
        const lines = board.log.map(({ text }) => text);
        const device = lines.indexOf(`0 INFO usbnvme. device ${uuid}`);
        assert.ok(device >= 0, lines.join("\n"));
        assert.match(lines.slice(device).join("\n"), /^\d+ INFO mctp usb waiting$/m);
        const { descriptor, set } = session.enumerated;
        assert.equal(
          parseString(set.strings!.get(descriptor.serialIndex)!),
          uuid.slice(0, 8) + uuid.slice(9, 13),
        );
        assert.equal(session.ask(session.mctp.getUuid()), uuid);
      });
    });
  }
});

Deno.test("the image's descriptors keep to the rules and name the product", async () => {
  await withBoard({}, ({ enumerated: { descriptor, set } }) => {
    assert.deepEqual(checkDescriptors(set), []);
    assert.equal(set.speed, "high");
    const { vendorId, productId, manufacturer, productPrefix } = USB_IDENTITY;
    assert.deepEqual([descriptor.vendor, descriptor.product], [vendorId, productId]);
    const text = (index: number) => parseString(set.strings!.get(index)!);
    assert.equal(text(descriptor.manufacturerIndex), manufacturer);
    assert.equal(text(descriptor.productIndex), `${productPrefix}-0.1`);
  });
});

Deno.test("the image echoes messages of every size that it takes", async () => {
  await withBoard({ ram: true }, (session) => {
    const { mctp } = session;
    assert.equal(session.ask(mctp.setEid(EID)), EID);
    const sizes = [4, 5, 64, 246, 247, 248, 494, 495, 512, 1024, 4096, 4224];
    for (const size of sizes) session.ask(mctp.echoOfSize(size, EID));
    assert.equal(session.ask(mctp.getEid(EID)).eid, EID);
  });
});

Deno.test("the image costs the same instructions and time in each run, through the loader too", async () => {
  for (const options of [{}, { ram: true }]) {
    const counts: number[][] = [];
    for (let turn = 0; turn < 2; turn++) {
      await withBoard(options, (session, board) => {
        const seen = [board.instructions, board.nowNs];
        const { mctp } = session;
        for (const request of [mctp.setEid(EID), mctp.getUuid(EID), mctp.echoOfSize(4096, EID)]) {
          const { cost } = session.measure<unknown>(request);
          seen.push(cost.instructions, cost.ns);
        }
        counts.push([...seen, board.instructions, board.nowNs]);
      });
    }
    assert.deepEqual(counts[0], counts[1]);
  }
});

/** A good packet: Get Endpoint ID to EID 8, from EID 9; `change` spoils it. */
function packet(change: (octets: number[]) => void): Uint8Array {
  const octets = [0x1a, 0xb4, 0, 11, 1, EID, 9, 0xc8, 0x00, 0x81, 0x02];
  change(octets);
  return Uint8Array.from(octets);
}

/** Noise whose first octet is no id, so that its one fault is known. */
function noise(): Uint8Array {
  const octets = new Random(1).fill(new Uint8Array(512));
  octets[0] = 0x55;
  return octets;
}

/** Spoiled transfers with the one counter that each moves by one. */
const MALFORMED: readonly [string, Uint8Array, string][] = [
  ["a wrong id", packet((octets) => octets[0] = 0x1b), "usbWrongId"],
  ["length 0", packet((octets) => octets[3] = 0), "usbShortLength"],
  ["length 1", packet((octets) => octets[3] = 1), "usbShortLength"],
  ["length 2", packet((octets) => octets[3] = 2), "usbShortLength"],
  ["length 3", packet((octets) => octets[3] = 3), "usbShortLength"],
  ["a length past the end", packet((octets) => octets[3] = 12), "usbPastEnd"],
  ["one stray octet", Uint8Array.of(0x1a), "usbStrayBytes"],
  ["an empty transfer", new Uint8Array(0), "usbEmpty"],
  ["512 octets of noise", noise(), "usbWrongId"],
  ["another header version", packet((octets) => octets[4] = 2), "packetVersion"],
  ["another destination", packet((octets) => octets[5] = 77), "packetDestination"],
  ["an end without a start", packet((octets) => octets[7] = 0x48), "noStart"],
];

/** Asks the image for its counters; those that are not 0, by name. */
function counters(session: TwinSession): Record<string, number> {
  const from = session.board.log.length;
  session.board.rttWrite("counters\n");
  session.command("heap", " heap ");
  const lines = session.board.log.slice(from).map(({ text }) => text);
  const found = lines.flatMap((line) => /counter (\w+) (\d+)$/.exec(line) ?? []);
  const counts: Record<string, number> = {};
  for (let i = 0; i < found.length; i += 3) counts[found[i + 1]] = Number(found[i + 2]);
  return counts;
}

Deno.test("the image counts each malformed transfer once, by its reason, and answers the next", async () => {
  await withBoard({ ram: true }, (session) => {
    assert.equal(session.ask(session.mctp.setEid(EID)), EID);
    const expected: Record<string, number> = {};
    for (const [what, transfer, counter] of MALFORMED) {
      session.send(transfer);
      assert.equal(session.ask(session.mctp.getEid(EID)).eid, EID, what);
      expected[counter] = (expected[counter] ?? 0) + 1;
      assert.deepEqual(counters(session), expected, what);
    }
  });
});
