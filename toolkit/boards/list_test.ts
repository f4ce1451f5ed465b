import assert from "node:assert/strict";
import { join } from "node:path";
import { FakeUsb } from "../../tests/support/fake_usb.ts";
import { ProbeRs } from "../probe_rs/probe_rs.ts";
import { identityOf } from "./identity.ts";
import { knownBoard, rememberBoard } from "./known_boards.ts";
import { listBoards } from "./list.ts";
import { listProbes } from "./probe.ts";
import { UDEV_RULE_FILE, udevRule } from "./udev.ts";

const SERIAL = "003200303133510F35333335";
const SELECTOR = `0483:3754:${SERIAL}`;
const BOARD = identityOf(new Uint8Array(12));

/** A desk with an ST-Link and its board, and one board more, as Linux shows them. */
function desk(): FakeUsb {
  const usb = new FakeUsb();
  usb.add({ name: "1-1", id: "0483:3754", serial: SERIAL });
  usb.write("sys/bus/usb/devices/1-1:1.1/tty/ttyACM0/dev", "166:0\n");
  for (const [index, serial] of [BOARD.usbSerial, "05a4801ae6dc"].entries()) {
    const name = `2-${index + 1}`;
    usb.add({ name, id: "3834:0000", serial, files: { product: "usbnvme-0.1" } });
    usb.write(`sys/bus/usb/devices/${name}:1.0/bInterfaceClass`, "14\n");
    usb.write(`sys/bus/usb/devices/${name}:1.0/net/mctpusb${index}/type`, "290\n");
    usb.write(`sys/bus/usb/devices/${name}:1.2/tty/ttyACM${index + 1}/dev`, "166:1\n");
    usb.write(`dev/serial/by-id/.keep`, "");
    const link = `dev/serial/by-id/usb-Code_Construct_usbnvme-0.1_${serial}-if01`;
    Deno.symlinkSync(`../../ttyACM${index + 1}`, join(usb.root, link));
  }
  return usb;
}

Deno.test("listBoards() joins a probe with its board once its UUID is known", async () => {
  using usb = desk();
  const cache = join(usb.root, "cache");
  const options = { root: usb.root, cache };
  const before = await listBoards(options);
  assert.equal(before.boards[0].uuid, undefined);
  assert.deepEqual(before.boards[0].ttys, ["/dev/ttyACM0"]);
  assert.equal(before.others.length, 2);

  rememberBoard(listProbes(options)[0], BOARD, cache);
  const { boards, others } = await listBoards(options);
  assert.deepEqual(boards, [{
    probe: SELECTOR,
    name: "ST-Link V3",
    aliases: [],
    accessible: true,
    uuid: BOARD.uuid,
    usbSerial: BOARD.usbSerial,
    mctp: ["mctpusb0"],
    ttys: [
      "/dev/ttyACM0",
      `/dev/serial/by-id/usb-Code_Construct_usbnvme-0.1_${BOARD.usbSerial}-if01`,
    ],
  }]);
  assert.deepEqual(others.map(({ serial, mctp }) => [serial, mctp]), [
    ["05a4801ae6dc", ["mctpusb1"]],
  ]);
});

Deno.test("listBoards() shows aliases, and twins that the project file names", async () => {
  using usb = desk();
  const socket = join(usb.root, "twin");
  const aliases = new Map([
    ["left", SERIAL],
    ["here", SELECTOR],
    ["ci", `twin:unix:${socket}`],
    ["far", "twin:bmc:4000"],
  ]);
  const list = async () => (await listBoards({ root: usb.root, aliases })).boards;
  using _server = Deno.listen({ transport: "unix", path: socket });
  const [link, ci, far] = await list();
  assert.deepEqual(link.aliases, ["left", "here"]);
  assert.deepEqual([ci.aliases, ci.accessible], [["ci"], true]);
  assert.deepEqual([far.probe, far.accessible], ["20b7:9db1:tcp:bmc:4000", undefined]);
  Deno.removeSync(socket);
  assert.equal((await list())[1].accessible, false);
  const remote = new ProbeRs({
    path: "probe-rs",
    version: [0, 32, 0],
    run: () => Promise.resolve({ code: 0, stdout: "No debug probes were found.", stderr: "" }),
    remote: { host: "ws://bmc:3000" },
  });
  const there = (await listBoards({ root: usb.root, aliases, remote })).boards;
  assert.deepEqual(there.map(({ accessible }) => accessible), [undefined, undefined]);
});

Deno.test("listBoards() of a machine without USB is empty", async () => {
  assert.deepEqual(await listBoards({ root: "/nonexistent" }), { boards: [], others: [] });
});

Deno.test("rememberBoard() keeps what belongs to an ST-Link, not to a socket", () => {
  const cache = Deno.makeTempDirSync();
  try {
    const twin = "20b7:9db1:unix:/x";
    rememberBoard({ selector: twin, name: "twin" }, BOARD, cache);
    assert.equal(knownBoard(twin, cache), undefined);
    rememberBoard({ selector: SELECTOR, name: "ST-Link", serial: SERIAL }, BOARD, cache);
    assert.deepEqual(knownBoard(SELECTOR, cache), {
      uuid: BOARD.uuid,
      usbSerial: BOARD.usbSerial,
    });
    for (const damaged of ["", "null", '{"uuid":1}']) {
      const [{ name }] = [...Deno.readDirSync(`${cache}/boards`)];
      Deno.writeTextFileSync(`${cache}/boards/${name}`, damaged);
      assert.equal(knownBoard(SELECTOR, cache), undefined, damaged);
    }
  } finally {
    Deno.removeSync(cache, { recursive: true });
  }
});

Deno.test("udevRule() lets the seat's user open ST-Links of all products", () => {
  assert.match(udevRule(), /ATTR\{idVendor\}=="0483", ATTR\{idProduct\}=="[^"]*\|3754\|3757"/);
  // systemd's own rule for `uaccess` is number 73.
  assert.match(UDEV_RULE_FILE, /\/69-/);
});
