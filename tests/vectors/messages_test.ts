import assert from "node:assert/strict";
import { FakePort } from "../support/fake_port.ts";
import { signed } from "../support/mi_host.ts";
import { FakeVectorDevice, holdCase } from "../support/vector_device.ts";
import { fromHex, MESSAGE_FILES, type MessageCase, readCases, toHex, TRANSFER_FILES } from "./vectors.ts";

for (const file of MESSAGE_FILES) {
  for (const offload of [true, false]) {
    for (const one of readCases<MessageCase>(file)) {
      Deno.test(`${file}, offload ${offload ? "on" : "off"}: ${one.name}`, () => {
        holdCase(new FakeVectorDevice(offload, one.device), one);
      });
    }
  }
}

/** Statuses of Admin commands, each with a vector: 0, SCT << 8 | SC, or 4096 + NVMe-MI's status. */
const ADMIN_STATUSES: Readonly<Record<number, readonly number[]>> = {
  0x02: [0, 0x002, 0x00c, 0x01d, 0x109],
  0x06: [0, 0x002, 0x00b, 4096 + 4, 4096 + 5],
  0x09: [0, 0x002, 0x00b, 0x10d, 0x10f, 4096 + 6],
  0x0a: [0, 0x002, 0x00b],
  0x0d: [0, 0x002, 0x00b, 0x10a, 0x115, 0x116, 0x11b, 0x129, 4096 + 6],
  0x10: [0, 0x002, 0x106, 0x107],
  0x11: [0, 0x002, 0x114, 4096 + 6],
  0x14: [0, 0x002, 0x00b, 0x11d],
  0x15: [0, 0x002, 0x00b, 0x118, 0x119, 0x11a, 0x11c, 4096 + 6],
  // Success of Format NVM comes after More Processing Required.
  0x80: [4096 + 1, 0x002, 0x00b, 0x01d, 0x084, 0x10a],
  0x81: [0x002],
  0x82: [0, 0x002],
  0x84: [0, 0x002, 0x01d, 0x111],
};

Deno.test("nvme_admin.json has success and each error code of each command that is carried out", () => {
  const cases = readCases<MessageCase>("nvme_admin");
  const have = new Set(cases.map((one) => `${one.command} ${one.code}`));
  const port = new FakePort(true);
  for (let opcode = 0; opcode < 256; opcode++) {
    const body = new Uint8Array(68);
    body.set([0x84, 0x10, 0, 0, opcode]);
    body.set([0xff], 44);
    const reply = port.message(9, 0, 8, signed(body));
    assert.ok(reply);
    const isThere = reply.body[4] !== 3;
    assert.equal(isThere, opcode in ADMIN_STATUSES, `opcode ${opcode}`);
    for (const code of ADMIN_STATUSES[opcode] ?? []) {
      assert.ok(have.has(`${opcode} ${code}`), `opcode ${opcode}, status ${code}`);
    }
  }
});

Deno.test("control.json has success and each error code of each command", () => {
  const have = new Set(
    readCases<MessageCase>("control").map((one) => `${one.command} ${one.code}`),
  );
  const wanted = {
    1: [0, 2, 3],
    2: [0, 3],
    3: [0, 3],
    4: [0, 3, 0x80],
    5: [0, 3],
    6: [0, 2, 3],
    12: [0, 3],
  };
  for (const [command, codes] of Object.entries(wanted)) {
    for (const code of codes) assert.ok(have.has(`${command} ${code}`), `${command} ${code}`);
  }
});

/**
 * The commands and completion codes of PLDM as built. Mandatory are, of DSP0240 1.1: 1 to 5, and 7 and 9 for who has
 * transfers in parts; of DSP0248 1.2.1, for who has numeric sensors and PDRs: 10h, 11h, 50h, 51h; of DSP0242: 1 to 3, 10h.
 */
const PLDM_CODES: Readonly<Record<string, readonly number[]>> = {
  "0/01": [0, 2, 3],
  "0/02": [0, 3],
  "0/03": [0, 3, 0x80, 0x81, 0x83],
  "0/04": [0, 3],
  "0/05": [0, 3, 0x83, 0x84],
  "0/07": [0, 2, 3],
  "0/09": [0, 2, 3, 0x80, 0x81, 0x83],
  "2/10": [0, 2, 3, 0x80, 0x81, 0x82],
  "2/11": [0, 3, 0x80],
  "2/12": [0, 3, 0x80],
  "2/50": [0, 3],
  "2/51": [0, 2, 3, 0x80, 0x81, 0x82, 0x83],
  "7/01": [0, 3, 0x81, 0x84, 0x86, 0x88],
  "7/02": [0, 3, 0x80, 0x81, 0x82],
  "7/03": [0, 3, 0x80],
  "7/10": [0, 3, 0x81],
};

Deno.test("pldm.json has success and each error code of each command, and GetPLDMCommands lists these", () => {
  const have = new Set<string>();
  const listed = new Set<string>();
  for (const { steps } of readCases<MessageCase>("pldm")) {
    for (const { request, reply } of steps) {
      if (reply === null) continue;
      const [asked, said] = [fromHex(request), fromHex(reply)];
      const name = `${said[2]}/${toHex(said.subarray(3, 4))}`;
      have.add(`${name} ${said[4]}`);
      if (name !== "0/05" || said[4] !== 0) continue;
      for (let command = 0; command < 256; command++) {
        if ((said[5 + (command >> 3)] >> (command & 7) & 1) === 0) continue;
        listed.add(`${asked[4]}/${command.toString(16).padStart(2, "0")}`);
      }
    }
  }
  for (const [command, codes] of Object.entries(PLDM_CODES)) {
    for (const code of codes) assert.ok(have.has(`${command} ${code}`), `${command} ${code}`);
  }
  // DfRead is listed under its own number, and sent as MultipartReceive.
  assert.deepEqual([...listed].sort(), [...Object.keys(PLDM_CODES), "7/20"].sort());
});

Deno.test("every file of vectors is one that Deno, JerryScript and the twin go through", () => {
  const files = [...Deno.readDirSync(new URL(".", import.meta.url))].map(({ name }) => name)
    .filter((name) => name.endsWith(".json")).sort();
  // Spanning has its own runs, and where libnvme has its fields is no message.
  const known = [...MESSAGE_FILES, ...TRANSFER_FILES, "spanning", "nvme_offsets"];
  assert.deepEqual(files, known.map((name) => `${name}.json`).sort());
});
