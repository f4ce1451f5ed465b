import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseConfiguration } from "../../../twin/usb/descriptors.ts";
import { UsbipServer } from "../../../twin/usbip/server.ts";
import { EchoFunction } from "./echo_function.ts";
import { Rig } from "./rig.ts";
import { ScriptedDriver } from "./scripted_driver.ts";

const cache = Deno.env.get("USBNVME_CACHE") ?? join(homedir(), ".cache", "usbnvme");
const python = join(cache, "python", "bin", "python3");
const missing = !existsSync(python);
if (missing) console.log(`skipped: UsbipServer against PyPI's usbip: no ${python} (task setup)`);

Deno.test({
  name: "UsbipServer serves an independent client: list, import, descriptors, data",
  ignore: missing,
  fn: async () => {
    const rig = new Rig();
    new ScriptedDriver(rig, new EchoFunction()).start();
    const errors: unknown[] = [];
    const server = new UsbipServer({
      usb: rig.otg.port,
      clock: rig.clock,
      pump: rig.clock.pump,
      port: 0,
      onError: (error) => errors.push(error),
    });
    try {
      const script = new URL("usbip_peer.py", import.meta.url).pathname;
      const { code, stdout, stderr } = await new Deno.Command(python, {
        args: ["-B", script, `${server.address.port}`],
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      const seen = JSON.parse(new TextDecoder().decode(stdout));
      assert.deepEqual(seen.listed, [{
        busid: "1-1",
        busnum: 1,
        devnum: 2,
        speed: 3,
        idVendor: 0x1209,
        idProduct: 1,
        bcdDevice: 0x0100,
        bNumConfigurations: 1,
        bNumInterfaces: 1,
        interfaces: [[255, 0, 0]],
      }]);
      assert.equal(seen.descriptor.bMaxPacketSize0, 64);
      const configuration = parseConfiguration(Uint8Array.from(seen.config));
      assert.equal(configuration.interfaces[0].endpoints.length, 3);
      assert.deepEqual(seen.strings, ["Example", "Echo", "0001"]);
      assert.deepEqual(seen.echoes, [[1, 1, true], [64, 64, true], [511, 511, true]]);
      assert.equal(seen.stalled, true);
      assert.deepEqual(seen.count, [1]);
      assert.deepEqual(errors, []);
    } finally {
      await server.close();
    }
  },
});
