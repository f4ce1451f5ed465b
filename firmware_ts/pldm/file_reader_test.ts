import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { FakePort } from "../../tests/support/fake_port.ts";
import { PldmFileHost } from "../../tests/support/pldm_file_host.ts";

const SET_EID = Uint8Array.of(0, 0x80, 1, 0, 8);
const FILE = Uint8Array.from({ length: 10_000 }, (_, i) => i * i >> 3);
const DIGEST = createHash("sha256").update(FILE).digest("hex");

/** Changes a response on its way; undefined loses it. */
type Change = (body: Uint8Array, name: string) => Uint8Array | undefined;

/** A device whose requests a file host answers; gives the names of all requests, repeated ones too. */
function serve(port: FakePort, host: PldmFileHost, change: Change = (body) => body): string[] {
  const names: string[] = [];
  for (let quiet = 0; quiet < 3;) {
    const asked = port.sent.splice(0);
    for (const { destination, tag, body } of asked) {
      assert.equal(destination, 9, "asks who set the EID");
      assert.ok(tag >= 8 && body[0] === 1 && body[1] >= 0x80 && body[1] < 0xa0);
      const name = `${body[2]}/${body[3].toString(16).padStart(2, "0")}`;
      names.push(name);
      const reply = change(host.respond(body), name);
      if (reply !== undefined) port.message(9, 8, tag & 7, reply);
    }
    quiet = asked.length === 0 ? quiet + 1 : 0;
    if (asked.length === 0 && port.deadlineMs >= 0) port.at(Math.max(port.nowMs, port.deadlineMs));
  }
  return names;
}

function begin(port: FakePort): void {
  assert.ok(port.message(9, 0, 8, SET_EID));
}

function has(port: FakePort, text: string): boolean {
  return port.lines.some((line) => line.includes(text));
}

Deno.test("FileReader asks in order, reads the file whole and closes it", () => {
  const port = new FakePort(true);
  begin(port);
  const names = serve(port, new PldmFileHost(FILE));
  assert.ok(has(port, `pldm file sha256 ${DIGEST}`), port.lines.join("\n"));
  assert.ok(has(port, "10000 bytes"));
  const once = names.filter((name, i) => name !== names[i - 1]).join(" ");
  assert.equal(once, "0/03 0/04 0/05 2/50 2/51 0/07 7/01 0/09 7/02");
  assert.equal(names.filter((name) => name === "0/09").length, 3);
});

Deno.test("FileReader goes through all 32 instance IDs", () => {
  const port = new FakePort(true);
  const seen = new Set<number>();
  for (let run = 0; run < 3; run++) {
    port.at(port.nowMs + 10_000);
    begin(port);
    serve(port, new PldmFileHost(FILE), (body) => {
      seen.add(body[1]);
      return body;
    });
  }
  assert.equal(seen.size, 32);
});

Deno.test("FileReader asks for a part with a wrong checksum again", () => {
  const port = new FakePort(true);
  const host = new PldmFileHost(FILE);
  host.damage = 5;
  begin(port);
  const names = serve(port, host);
  assert.ok(has(port, DIGEST));
  assert.equal(names.filter((name) => name === "0/09").length, 8);
});

Deno.test("FileReader gives up a part that stays wrong, and closes the file", () => {
  const port = new FakePort(true);
  const host = new PldmFileHost(FILE);
  host.damage = 1000;
  begin(port);
  const names = serve(port, host);
  assert.ok(has(port, "pldm read: checksums wrong"));
  assert.equal(names.at(-1), "7/02");
});

Deno.test("FileReader repeats a request that is not answered, with the same instance ID", () => {
  const port = new FakePort(true);
  const ids: number[] = [];
  begin(port);
  const names = serve(port, new PldmFileHost(FILE), (body, name) => {
    if (name !== "7/01") return body;
    ids.push(body[1]);
    return ids.length < 3 ? undefined : body;
  });
  assert.ok(has(port, DIGEST));
  assert.equal(names.filter((name) => name === "7/01").length, 3);
  assert.equal(new Set(ids).size, 1);
});

Deno.test("FileReader gives up after four requests without an answer", () => {
  const port = new FakePort(true);
  begin(port);
  const names = serve(port, new PldmFileHost(FILE), () => undefined);
  assert.deepEqual(names, ["0/03", "0/03", "0/03", "0/03"]);
  assert.ok(has(port, "pldm versions: no answer"));
});

Deno.test("FileReader.start() while a file is open closes it and begins anew", () => {
  const port = new FakePort(true);
  let parts = 0;
  begin(port);
  const names = serve(port, new PldmFileHost(FILE), (body, name) => {
    if (name === "0/09" && ++parts === 2) {
      port.message(9, 8, 8, Uint8Array.of(0, 0x81, 1, 0, 8));
      return undefined;
    }
    return body;
  });
  assert.equal(names.filter((name) => name === "7/02").length, 2);
  assert.ok(has(port, DIGEST));
});

Deno.test("FileReader begins anew also when the close is not answered", () => {
  const port = new FakePort(true);
  let parts = 0;
  let closes = 0;
  begin(port);
  serve(port, new PldmFileHost(FILE), (body, name) => {
    if (name === "0/09" && ++parts === 2) {
      port.message(9, 8, 8, Uint8Array.of(0, 0x81, 1, 0, 8));
      return undefined;
    }
    return name === "7/02" && ++closes < 5 ? undefined : body;
  });
  assert.ok(has(port, DIGEST));
});

Deno.test("FileReader.reset() when the bus goes: no request is left, no file is thought open", () => {
  const port = new FakePort(true);
  begin(port);
  let parts = 0;
  serve(port, new PldmFileHost(FILE), (body, name) => {
    if (name !== "0/09" || ++parts < 2) return body;
    port.usb(0);
    return undefined;
  });
  assert.equal(port.deadlineMs, -1);
  port.at(port.nowMs + 10_000);
  begin(port);
  const names = serve(port, new PldmFileHost(FILE));
  assert.equal(names[0], "0/03");
  assert.ok(has(port, DIGEST));
});

/** Changes one octet of a response to a command. */
function with_(name: string, at: number, value: number): Change {
  return (body, command) => {
    if (command === name) body[at] = value;
    return body;
  };
}

const REFUSED: readonly (readonly [string, Change, string])[] = [
  ["a part size under 256", with_("0/07", 6, 0), "pldm negotiate: part size 0"],
  ["a part size over its own", with_("0/07", 6, 0x20), "pldm negotiate: part size 8192"],
  ["a host without files in parts", with_("0/07", 7, 0), "pldm negotiate: no files in parts"],
  ["no files", with_("2/51", 5, 0), "pldm record: no file"],
  ["a record of no octets", with_("2/51", 14, 0), "pldm record: bad record"],
  ["a file that cannot be opened", with_("7/01", 4, 0x88), "pldm open: completion code 136"],
  ["a part of another length than it says", with_("0/09", 12, 1), "pldm read: bad part"],
  ["an error in a read", with_("0/09", 4, 1), "pldm read: completion code 1"],
];
for (const [what, change, line] of REFUSED) {
  Deno.test(`FileReader refuses ${what}, and leaves nothing open`, () => {
    const port = new FakePort(true);
    begin(port);
    const names = serve(port, new PldmFileHost(FILE), change);
    assert.ok(has(port, line), port.lines.join("\n"));
    assert.ok(!has(port, "sha256"));
    assert.equal(names.includes("7/02"), names.includes("0/09"), "closes what was open");
    assert.equal(port.deadlineMs, -1);
  });
}

Deno.test("FileReader refuses a record in parts whose CRC-8 is wrong", () => {
  const port = new FakePort(true);
  begin(port);
  serve(port, new PldmFileHost(FILE), (body, name) => {
    if (name === "2/51" && body[13] === 4) body[body.length - 1] ^= 1;
    return body;
  });
  assert.ok(has(port, "pldm record: bad checksum of a record"), port.lines.join("\n"));
});

Deno.test("FileReader refuses more than the record says that the file has", () => {
  const port = new FakePort(true);
  begin(port);
  const host = new PldmFileHost(FILE);
  host.claimBytes = 5000;
  const names = serve(port, host);
  assert.ok(has(port, "pldm read: more than the file's size"), port.lines.join("\n"));
  assert.equal(names.at(-1), "7/02");
});

Deno.test("FileReader lets a response to another request pass, and counts it", () => {
  const port = new FakePort(true);
  begin(port);
  let isFirst = true;
  serve(port, new PldmFileHost(FILE), (body, name) => {
    if (name !== "0/04" || !isFirst) return body;
    isFirst = false;
    return Uint8Array.of(1, body[1] ^ 1, ...body.subarray(2));
  });
  assert.ok(has(port, DIGEST));
  assert.equal(port.drops().unexpectedResponse, 1);
});
