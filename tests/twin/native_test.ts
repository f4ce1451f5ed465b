/** What the native part does by itself: clocks, the log on both of its ways, and the USB device's manners. */
import assert from "node:assert/strict";
import { Board, type BoardOptions } from "../../twin/board.ts";
import { checkDescriptors } from "../../twin/usb/check_descriptors.ts";
import { UsbHost } from "../../twin/usb/host.ts";
import { scriptedImage } from "../support/scripted_image.ts";

/** Answers in place; byte 3 of a message says how many lines to log, byte 4 how long they are, in tens. */
const image = await scriptedImage(`
function onMessage(source, destination, tag, length) {
  for (let i = 0; i < port.rx[3]; i++) port.log(2, i + " " + "x".repeat(port.rx[4] * 10));
  return -length;
}
port.start(onMessage, () => 0, () => {}, () => {}, (text) => port.log(2, "line " + text));
`);

function boot(options: BoardOptions = {}): Board {
  const board = Board.create({ image, ram: true, strict: true, ...options });
  assert.ok(board.runUntilLog("mctp usb waiting", 200e6), lines(board).join("\n"));
  return board;
}

function lines(board: Board): string[] {
  return board.log.map(({ text }) => text);
}

function log(host: UsbHost, count: number, tens: number): void {
  host.bulkOut(1, Uint8Array.of(0x1a, 0xb4, 0, 13, 1, 0, 9, 0xc8, 0x7e, 0xcc, 0xde, count, tens));
  host.bulkIn(0x81, 512);
}

/** Reads the serial port until it is quiet. */
function serial(host: UsbHost): string {
  let text = "";
  for (let quiet = 0; quiet < 3;) {
    const pending = host.queueIn(0x83, 512);
    try {
      text += new TextDecoder().decode(host.finish(pending, "read the log", 20).data);
      quiet = 0;
    } catch {
      quiet++;
    }
  }
  return text;
}

Deno.test("the image runs from HSI, and says so, when the crystal does not start", () => {
  const board = boot({ system: { hsePresent: false } });
  assert.ok(lines(board).some((text) => /WARN the 24 MHz crystal does not start/.test(text)));
  UsbHost.on(board).enumerate();
});

Deno.test("the descriptors keep to chapter 9 at both speeds", () => {
  const { set } = UsbHost.on(boot()).enumerate();
  assert.deepEqual(checkDescriptors(set), []);
});

Deno.test("the serial port carries the same lines as RTT", () => {
  const board = boot();
  const host = UsbHost.on(board);
  host.enumerate();
  log(host, 3, 1);
  host.idle(20);
  const carried = serial(host).split("\n").filter((line) => line !== "");
  assert.deepEqual(carried.slice(0, 3), lines(board).slice(0, 3));
  assert.deepEqual(carried, lines(board));
});

Deno.test("lines that nobody takes are counted and told, and no line is cut", () => {
  const board = boot();
  const host = UsbHost.on(board);
  host.enumerate();
  log(host, 200, 5);
  host.idle(20);
  const first = serial(host);
  log(host, 1, 1);
  const carried = (first + serial(host)).split("\n").filter((line) => line !== "");
  const lost = carried.map((line) => /^\d+ WARN (\d+) lines of the log lost$/.exec(line)?.[1])
    .filter((count) => count !== undefined).map(Number);
  assert.ok(lost.length > 0);
  const whole = carried.filter((line) => /^\d+ INFO \d+ x{50}$/.test(line)).length;
  assert.equal(whole + lost.reduce((sum, count) => sum + count, 0), 200);
});

Deno.test("a long text goes on in marked lines", () => {
  const board = boot();
  const host = UsbHost.on(board);
  host.enumerate();
  log(host, 1, 60);
  const text = lines(board).filter((line) => /x{20}/.test(line));
  assert.ok(text.length >= 3, text.join("\n"));
  assert.ok(text.slice(1).every((line) => /^\d+ INFO … x+$/.test(line)));
  assert.equal(text.join("").match(/x/g)!.length, 600);
});

Deno.test("a line over RTT and a line on the serial port both reach the script, an echo of the log does not", () => {
  const board = boot();
  const host = UsbHost.on(board);
  host.enumerate();
  board.rttWrite("one\n");
  host.bulkOut(2, new TextEncoder().encode("two\r\n12 INFO line three\n"));
  host.idle(300);
  const heard = lines(board).filter((line) => /INFO line /.test(line)).map((line) =>
    line.replace(/^\d+ INFO line /, "")
  );
  assert.deepEqual(heard.sort(), ["one", "two"]);
});

Deno.test("packets go on at DATA0 after the configuration is set again", () => {
  const host = UsbHost.on(boot());
  host.enumerate();
  log(host, 0, 0);
  host.control(Uint8Array.of(0x00, 9, 1, 0, 0, 0, 0, 0));
  log(host, 0, 0);
  host.clearHalt(0x01);
  host.clearHalt(0x81);
  log(host, 0, 0);
});

Deno.test("a host that comes back after a reset is served again", () => {
  const host = UsbHost.on(boot());
  for (let round = 0; round < 3; round++) {
    host.enumerate();
    log(host, 0, 0);
  }
  host.unplug();
  host.idle(50);
  host.plug();
  host.enumerate();
  log(host, 0, 0);
});
