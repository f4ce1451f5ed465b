import assert from "node:assert/strict";
import { checkDevice } from "./check_device.ts";
import { defineDevice, type PartialDevice } from "./device.ts";
import flaky from "./examples/flaky.ts";
import healthy from "./examples/healthy.ts";
import hot from "./examples/hot.ts";
import huge from "./examples/huge.ts";
import worn from "./examples/worn.ts";

Deno.test("checkDevice finds nothing wrong with the examples", () => {
  for (const device of [healthy, hot, worn, flaky, huge]) assert.deepEqual(checkDevice(device), []);
});

Deno.test("checkDevice names field, value and range", () => {
  const cases: readonly (readonly [PartialDevice, string])[] = [
    [{ controllers: 65 }, "controllers: 65, not a whole number from 1 to 64"],
    [{ controllers: 1.5 }, "controllers: 1.5, not a whole number from 1 to 64"],
    [{ controllers: NaN }, "controllers: NaN, not a whole number from 1 to 64"],
    [{ staticEid: 7 }, "staticEid: 7, not a whole number from 8 to 254"],
    [
      { identity: { firmware: "123456789" } },
      'identity.firmware: "123456789", not at most 8 ASCII characters',
    ],
    [{ identity: { model: "é" } }, 'identity.model: "é", not at most 40 ASCII characters'],
    [{ identity: { vendorId: -1 } }, "identity.vendorId: -1, not a whole number from 0 to 65535"],
    [
      { namespaces: [{ blocks: 8, count: 17 }] },
      "maxNamespaces: 16, but 17 namespaces are described",
    ],
    [
      { namespaces: [{ blocks: 8 }], capacityBytes: 4095 },
      "capacityBytes: 4095, but the namespaces have 4096",
    ],
    [
      { namespaces: [{ blocks: 8, attachedTo: [2] }] },
      "namespaces[0].attachedTo: 2, not a whole number from 0 to 1",
    ],
    [
      { namespaces: [{ blocks: 8, usedBlocks: 9 }] },
      "namespaces[0].usedBlocks: 9, not a whole number from 0 to 8",
    ],
    [{ wear: { sparePercent: () => 101 } }, "wear.sparePercent: 101, not from 0 to 100"],
    [
      { temperatures: { sensors: [1, 2, 3, 4, 5, 6, 7, 8, 9] } },
      "temperatures.sensors.length: 9, not a whole number from 0 to 8",
    ],
    [
      { faults: [{ on: "admin.identfy", action: { kind: "drop" } }] },
      'faults[0].on: there is no command "admin.identfy"',
    ],
    [
      { faults: [{ on: "*", action: { kind: "status", code: 256 } }] },
      "faults[0].action.code: 256, not a whole number from 0 to 255",
    ],
    [
      { faults: [{ on: "*", action: { kind: "drop" }, probability: 5 }] },
      "faults[0].probability: 5, not from 0 to 1",
    ],
    [
      { events: [{ atMs: 5, line: "set temprature 9" }] },
      'events[0].line: "set temprature 9" is not understood',
    ],
    [
      { events: [{ atMs: 5, line: "fault admin.identfy drop" }] },
      'events[0].line: "fault admin.identfy drop" is not understood',
    ],
    [{ durationsMs: { format: 0 } }, "durationsMs.format: 0, not from 1 to 4294967295"],
  ];
  for (const [parts, fault] of cases) assert.deepEqual(checkDevice(defineDevice(parts)), [fault]);
});
