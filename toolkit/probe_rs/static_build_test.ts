import assert from "node:assert/strict";
import { shellLines, staticBuild } from "./static_build.ts";

const target = "armv7-unknown-linux-musleabihf";

Deno.test("staticBuild() compiles the standard library only where rustup has none", () => {
  const command = "cargo-zigbuild install probe-rs-tools --locked --version 0.32.0 " +
    `--bin probe-rs --features remote --target ${target} --root /out`;
  const prebuilt = staticBuild({ target, out: "/out", hasStd: true });
  assert.equal(prebuilt.command.join(" "), command);
  assert.equal(prebuilt.env.RUSTC_BOOTSTRAP, undefined);
  const own = staticBuild({ target, out: "/out", hasStd: false });
  assert.equal(own.command.join(" "), `${command} -Zbuild-std=std,panic_abort`);
  assert.equal(own.env.RUSTC_BOOTSTRAP, "1");
  assert.ok("CARGO_TARGET_ARMV7_UNKNOWN_LINUX_MUSLEABIHF_RUSTFLAGS" in own.env);
});

Deno.test("shellLines() writes lines that a shell reads back", () => {
  const out = "/a b/it's";
  const lines = shellLines({ command: ["echo", "-n", out], env: { X: "a b" } });
  const { stdout } = new Deno.Command("sh", {
    args: ["-c", `${lines.join("\n")} "$X"`],
  }).outputSync();
  assert.equal(new TextDecoder().decode(stdout), `${out} a b`);
});
