import assert from "node:assert/strict";
import { join } from "node:path";
import { FakePort } from "../support/fake_port.ts";
import { ROOT } from "../support/built.ts";

const FOLDER = join(ROOT, "tests/peers/libnvme_mi");
const HEADER = "/usr/include/libnvme-mi.h";

async function compile(...args: string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command("gcc", { args: ["-O1", "-Wall", ...args] })
    .output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

/** Answers the messages on a connection by the firmware; time goes on as far as the firmware asks for. */
async function serve(connection: Deno.Conn): Promise<void> {
  const port = new FakePort(true);
  port.message(9, 0, 8, Uint8Array.of(0, 0x80, 1, 0, 8));
  const read = async (size: number) => {
    const octets = new Uint8Array(size);
    for (let at = 0; at < size;) {
      const count = await connection.read(octets.subarray(at));
      if (count === null) return undefined;
      at += count;
    }
    return octets;
  };
  const write = async (body: Uint8Array) => {
    const frame = Uint8Array.of(body.length, body.length >> 8, ...body);
    for (let at = 0; at < frame.length;) at += await connection.write(frame.subarray(at));
  };
  for (;;) {
    const head = await read(2);
    const body = head && await read(head[0] | head[1] << 8);
    if (body === undefined) return;
    const reply = port.message(9, 8, 9, body);
    if (reply) await write(reply.body);
    // More Processing Required: the answer proper comes when the command is done.
    if (reply?.body[4] === 1) {
      for (let found = false; !found;) {
        port.at(port.deadlineMs);
        for (const one of port.sent.splice(0)) {
          if (one.body[0] !== 0x84 || one.tag >= 8) continue;
          await write(one.body);
          found = true;
        }
      }
    }
    port.sent.length = 0;
  }
}

/** Runs the client over the firmware; gives what it said, by name. */
async function ask(folder: string): Promise<Map<string, string>> {
  const path = `${folder}/mctp`;
  const listener = Deno.listen({ transport: "unix", path });
  const serving = listener.accept().then(serve);
  try {
    const { code, stdout, stderr } = await new Deno.Command(`${folder}/client`, {
      env: { LD_PRELOAD: `${folder}/shim.so`, USBNVME_MCTP_SOCKET: path },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    assert.equal(lines.pop(), "end");
    await serving;
    return new Map(
      lines.map((line) => [line.split(" ")[0], line.split(" ").slice(1).join(" ").trim()]),
    );
  } finally {
    listener.close();
  }
}

Deno.test("libnvme-mi understands every answer", async (test) => {
  const isThere = await Deno.stat(HEADER).then(() => true, () => false);
  if (!isThere) {
    console.log(`skipped: ${HEADER} is not there (Debian: libnvme-dev)`);
    return;
  }
  const folder = await Deno.makeTempDir({ prefix: "usbnvme-libnvme-" });
  try {
    await compile("-shared", "-fPIC", "-o", `${folder}/shim.so`, join(FOLDER, "shim.c"), "-ldl");
    await compile("-o", `${folder}/client`, join(FOLDER, "client.c"), "-lnvme-mi");
    const said = await ask(folder);
    const expected: Record<string, string> = {
      "subsystem.ports": "2",
      "subsystem.version": "12",
      "port0.type": "1",
      "port1.type": "2",
      "controllers.count": "2",
      "controller.vendor": "ccde",
      "health.celsius": "35",
      "health.used": "3",
      "health.nss": "38",
      "frequency.code": "1",
      "frequency.code2": "2",
      "mtu.octets": "200",
      "identify.serial": "8becee88b237",
      "identify.model": "usbnvme",
      "identify.namespaces": "16",
      "identify.oacs": "001f",
      "identify.partSerial": "8becee88b237",
      "namespace.blocks": "19531250000",
      "active.first": "1",
      "active.second": "0",
      "smart.kelvin": "308",
      "smart.spare": "100",
      "supported.smart": "1",
      "slots.active": "1",
      "temperature.threshold": "343",
      "temperature.threshold2": "300",
      "create.nsid": "2",
      "security.count": "1",
      "format.lbaf": "1",
      "sanitize.state": "2",
    };
    // Results other than 0: statuses of NVM Express, or of NVMe-MI.
    const refused: Record<string, number> = {
      "port9.rc": 4,
      "mtu.tooSmall.rc": 4,
      "namespace.none.rc": 0x00b,
      "attach.again.rc": 0x118,
      "delete.again.rc": 0x002,
      "sanitize.blocks.rc": 0x01d,
    };
    for (const [name, value] of said) {
      await test.step(`${name} ${value}`, () => {
        if (!name.endsWith(".rc")) assert.equal(value, expected[name]);
        // Without Do Not Retry and More, which come with every refusal.
        else assert.equal(Number(value) & ~0x6000, refused[name] ?? 0);
      });
    }
    assert.deepEqual(
      [...Object.keys(expected), ...Object.keys(refused)].filter((name) => !said.has(name)),
      [],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
