// The numbers of the engine, in one expression that runs on the host and on the target alike:
// (tests/engine.rs, tests/twin/engine_test.ts): CRC-32C of the bytes 0 to 255 bit by bit, then what 32-bit floats get wrong.
let crc = 0xffffffff;
for (let byte = 0; byte < 256; byte++) {
  crc = (crc ^ byte) >>> 0;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? ((crc >>> 1) ^ 0x82f63b78) >>> 0 : crc >>> 1;
}
crc = (crc ^ 0xffffffff) >>> 0;
const right = 2 ** 53 - 1 === 9007199254740991 && 0.1 + 0.2 === 0.30000000000000004 &&
  String(0.1 + 0.2) === "0.30000000000000004" && Number("1e-7") === 1e-7 && 255.5 * 2 === 511 &&
  16777217 === 16777216 + 1 && 4294967295 + 1 === 2 ** 32 && -1 >>> 0 === 4294967295 &&
  2n ** 64n === 18446744073709551616n && String(123456789.125) === "123456789.125";
return crc.toString(16).padStart(8, "0") + (right ? " ok" : " wrong");
