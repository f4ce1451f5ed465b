import assert from "node:assert/strict";
import { PERIPHERALS } from "../../chip/peripherals.ts";
import { BusError } from "../wiring.ts";
import { Bus, nameOf } from "./bus.ts";
import { UnmodelledError, UnmodelledLog } from "./unmodelled.ts";

function rig(strict: boolean) {
  const gates = new Set<string>();
  const log = new UnmodelledLog(strict, () => 0x1234);
  let accesses = 0;
  const bus = new Bus(log, {
    enabled: (bit) => gates.has(bit),
    pc: () => 0x1234,
    accessed: () => void accesses++,
    clocksWritten: () => {},
  });
  const block = (name: string) => {
    const seen: string[] = [];
    bus.add({
      name,
      base: PERIPHERALS[name].address,
      sizeBytes: 0x400,
      read: (offset, size) => {
        if (offset === 0x3fc) throw new BusError("wanted");
        seen.push(`r${offset}/${size}`);
        return 7;
      },
      write: (offset, size, value) => void seen.push(`w${offset}/${size}=${value}`),
      reset: () => {},
    });
    return seen;
  };
  return { bus, log, gates, block, accesses: () => accesses };
}

Deno.test("Bus hands accesses to the block of the page, with offset and size", () => {
  const { bus, gates, block, accesses } = rig(true);
  const seen = block("GPIOB");
  gates.add("AHB4ENR.GPIOBEN");
  const { address } = PERIPHERALS.GPIOB;
  assert.equal(bus.read(address + 0x10, 2), 7);
  bus.write(address + 0x18, 4, 5);
  assert.deepEqual(seen, ["r16/2", "w24/4=5"]);
  assert.equal(accesses(), 2);
});

Deno.test("a block without its clock reads 0, drops writes and is named", () => {
  const { bus, log, gates, block } = rig(false);
  const seen = block("GPIOB");
  const { address } = PERIPHERALS.GPIOB;
  assert.equal(bus.read(address, 4), 0);
  bus.write(address, 4, 1);
  assert.deepEqual(seen, []);
  assert.deepEqual(log.entries.map(({ what, kind }) => `${kind} ${what}`), [
    "read GPIOB without its clock",
    "write GPIOB without its clock",
  ]);
  gates.add("AHB4ENR.GPIOBEN");
  assert.equal(bus.read(address, 4), 0, "gates are looked at again when RCC was written");
  bus.gatesChanged();
  assert.equal(bus.read(address, 4), 7);
});

Deno.test("a block without a model is named and reads 0; where nothing stands the access faults", () => {
  const { bus, log } = rig(false);
  const { address } = PERIPHERALS.ETH;
  assert.equal(bus.read(address + 0x1000, 4), 0);
  assert.equal(bus.faulted(), false);
  bus.write(address + 4, 4, 9);
  assert.deepEqual(log.entries.map(({ what, pc, count }) => [what, pc, count]), [
    ["ETH+0x1000", 0x1234, 1],
    ["ETH+0x4", 0x1234, 1],
  ]);
  bus.read(0x5b00_0000, 4);
  assert.equal(bus.faulted(), true);
  assert.equal(bus.faulted(), false);
});

Deno.test("in strict mode what is not modelled ends the run", () => {
  const { bus } = rig(true);
  assert.throws(() => bus.write(PERIPHERALS.ETH.address, 4, 9), UnmodelledError);
});

Deno.test("a BusError faults the access, other errors go through", () => {
  const { bus, gates, block } = rig(true);
  block("GPIOB");
  gates.add("AHB4ENR.GPIOBEN");
  bus.read(PERIPHERALS.GPIOB.address + 0x3fc, 4);
  assert.equal(bus.faulted(), true);
});

Deno.test("a register that is polled in vain is named once", () => {
  const { bus, log, gates, block } = rig(true);
  block("GPIOB");
  gates.add("AHB4ENR.GPIOBEN");
  for (let i = 0; i < 150_000; i++) bus.read(PERIPHERALS.GPIOB.address + 0x10, 4);
  assert.deepEqual(log.entries.map(({ what, count }) => [what, count]), [
    ["polls GPIOB+0x10 at pc 0x1234, which stays 0x7", 1],
  ]);
});

Deno.test("nameOf() names registers by block and offset", () => {
  assert.equal(nameOf(PERIPHERALS.RCC.address + 0x54), "RCC+0x54");
  assert.equal(nameOf(0x5b00_0000), undefined);
});
