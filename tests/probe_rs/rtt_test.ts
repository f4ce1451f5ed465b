import assert from "node:assert/strict";
import { buildOnce } from "../support/built.ts";
import { ProbedTwin } from "./support.ts";

Deno.test("attach shows the log from its first line on, through five resets, each line once", async () => {
  const { image, loader } = await buildOnce();
  await using twin = await ProbedTwin.open({ image: image.file, loader });
  await twin.logged("waiting");
  const enough = new AbortController();
  const lines: string[] = [];
  let boots = 0;
  await twin.probeRs.attach(twin.target, {
    scan: [0x2000_0000, 0x2001_0000],
    signal: enough.signal,
    onOutLine: (line) => {
      lines.push(line);
      if (!line.includes("mctp usb waiting")) return;
      if (++boots > 5) enough.abort();
      else twin.board.reset();
    },
  });
  const ofImage = lines.filter((line) => /^\d+ (INFO|WARN|ERROR) /.test(line));
  const boot = ofImage.slice(0, ofImage.findIndex((line) => line.includes("waiting")) + 1);
  assert.match(boot[0], /usbnvme\. device 8becee88/);
  const plain = (line: string) => line.replace(/^\d+ /, "");
  const expected = Array.from({ length: 6 }, () => boot.map(plain)).flat();
  assert.deepEqual(ofImage.map(plain), expected);
  await twin.free();
  assert.ok(!twin.board.core.halted);
});
