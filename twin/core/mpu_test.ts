import assert from "node:assert/strict";
import { Mpu } from "./mpu.ts";

const [TYPE, CTRL, RNR, RBAR, RASR] = [0, 4, 8, 0xc, 0x10];

Deno.test("Mpu keeps sixteen regions, chosen by RNR or by RBAR.VALID", () => {
  const mpu = new Mpu();
  assert.equal(mpu.read(TYPE), 16 << 8);
  mpu.write(RBAR, 0x2000_0000 | 0x10 | 3);
  mpu.write(RASR, 0x0300_0021);
  mpu.write(RNR, 15);
  mpu.write(RBAR, 0x2400_0000);
  assert.equal(mpu.read(RBAR) >>> 0, 0x2400_000f);
  assert.equal(mpu.read(RASR), 0);
  mpu.write(RNR, 3);
  assert.equal(mpu.read(RBAR), 0x2000_0003);
  assert.equal(mpu.read(RASR), 0x0300_0021);
  mpu.reset();
  assert.equal(mpu.read(RASR), 0);
});

Deno.test("Mpu.restrictions() names enabled regions without full access, once it is on", () => {
  const mpu = new Mpu();
  mpu.write(RBAR, 0x2000_0000 | 0x10 | 1);
  mpu.write(RASR, 0x0000_0009);
  mpu.write(RBAR, 0x2400_0000 | 0x10 | 2);
  mpu.write(RASR, 0x0300_0021);
  assert.deepEqual(mpu.restrictions(), []);
  mpu.write(CTRL, 5);
  assert.equal(mpu.read(CTRL), 5);
  assert.deepEqual(mpu.restrictions(), ["MPU region 1 at 0x20000000, 32 bytes, AP 0"]);
});
