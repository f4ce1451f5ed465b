/** What goes wrong in a script or under it is logged with its place, counted, and recovered from. */
import assert from "node:assert/strict";
import { loader as buildLoader } from "../../toolkit/images.ts";
import { Board } from "../../twin/board.ts";
import { UsbHost } from "../../twin/usb/host.ts";
import { ROOT, scriptedImage } from "../support/scripted_image.ts";

/** Answers every message in place, after doing what its fourth byte asks for. */
const SCRIPT = `
function endless() { for (;;); }
function boom() { throw new RangeError("boom"); }
function fill() { const all = []; for (;;) all.push(new Uint8Array(200)); }
function hang() { new Array(4294967295).indexOf(1); }
function onMessage(source, destination, tag, length) {
  if (port.rx[3] === 1) boom();
  if (port.rx[3] === 2) { try { endless(); } catch (e) { endless(); } }
  if (port.rx[3] === 3) fill();
  if (port.rx[3] === 4) hang();
  return -length;
}
port.start(onMessage, () => 0, () => {}, () => {}, () => {});
`;

const loader = (await buildLoader({ root: ROOT })).elf;
const image = await scriptedImage(SCRIPT);

class Rig {
  readonly board: Board;
  readonly host: UsbHost;
  readonly #before: number;
  constructor(file: Uint8Array) {
    this.board = Board.create({ loader, image: file, strict: true });
    assert.ok(this.board.runUntilLog("mctp usb waiting", 200e6), this.text());
    // The first boot of a board resets once more, for the option bytes.
    this.#before = this.board.resets.length;
    this.host = UsbHost.on(this.board);
    this.host.enumerate();
  }
  /** Causes of the resets since the first boot was done. */
  get resets(): readonly string[] {
    return this.board.resets.slice(this.#before);
  }
  text(): string {
    return this.board.log.map(({ text }) => text).join("\n");
  }
  send(command: number): void {
    this.host.bulkOut(
      1,
      Uint8Array.of(0x1a, 0xb4, 0, 12, 1, 0, 9, 0xc8, 0x7e, 0xcc, 0xde, command),
    );
  }
  /** Sends a harmless message and demands its answer. */
  answers(): void {
    this.send(0);
    const reply = this.host.bulkIn(0x81, 512, { timeoutMs: 1000 });
    assert.deepEqual(
      [...reply],
      [0x1a, 0xb4, 0, 12, 1, 9, 0, 0xc0, 0x7e, 0xcc, 0xde, 0],
    );
  }
  /** Runs on until the log holds `text` anew. */
  logs(text: string, withinMs: number): void {
    assert.ok(this.board.runUntilLog(text, withinMs * 1e6), `no "${text}" in\n${this.text()}`);
  }
}

Deno.test("a script exception is logged with its place and counted, and the next message answered", () => {
  const rig = new Rig(image);
  rig.answers();
  rig.send(1);
  rig.logs("ERROR script, message: RangeError: boom at boom < onMessage (error 1)", 100);
  rig.answers();
  rig.send(1);
  rig.logs("(error 2)", 100);
  rig.answers();
  assert.deepEqual(rig.resets, []);
});

Deno.test("a script that does not return is stopped, catch or not, and the next message answered", () => {
  const rig = new Rig(image);
  rig.send(2);
  rig.logs("ERROR script, message: the script did not return in time at endless < onMessage", 1000);
  rig.answers();
  assert.deepEqual(rig.resets, []);
});

Deno.test("a full script heap resets the device, and the next boot says so", () => {
  const rig = new Rig(image);
  rig.send(3);
  rig.logs("ERROR last run ended: script engine: out of memory", 3000);
  assert.match(rig.text(), /bytes in use\); reset/);
  assert.deepEqual(rig.resets, ["software"]);
  rig.logs("mctp usb waiting", 200);
  rig.host.enumerate();
  rig.answers();
});

Deno.test("a main loop that hangs is reset by the watchdog, and the next boot says so", () => {
  const rig = new Rig(image);
  rig.send(4);
  rig.logs("ERROR last run ended: the watchdog reset a main loop that hung", 8000);
  assert.deepEqual(rig.resets, ["iwdg"]);
  rig.logs("mctp usb waiting", 200);
  rig.host.enumerate();
  rig.answers();
});

Deno.test("a script that throws at start leaves a device that enumerates and says why", async () => {
  const rig = new Rig(await scriptedImage(`function setUp() { null.x; } setUp();`));
  assert.match(rig.text(), /ERROR script, start: TypeError: .* at setUp \(error 1\)/);
});

Deno.test("a debug image panics on a script exception, resets, and reports the panic", async () => {
  const rig = new Rig(await scriptedImage(SCRIPT, { debug: true }));
  rig.send(1);
  rig.logs("ERROR last run ended: panicked at native/firmware/src/script.rs", 3000);
  assert.match(rig.text(), /script, message: RangeError: boom at boom < onMessage/);
});
