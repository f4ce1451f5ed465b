/**
 * `deno task probe-rs-static [TARGET] [--print]`: makes a static probe-rs for a BMC, or, where zig is not
 * here or with `--print`, prints how to.
 */
import { join } from "node:path";
import { exists } from "../toolkit/cache.ts";
import { ToolMissingError } from "../toolkit/errors.ts";
import { run } from "../toolkit/process.ts";
import {
  shellLines,
  STATIC_TARGETS,
  staticBuild,
  type StaticTarget,
  ZIG_PACKAGES,
} from "../toolkit/probe_rs/static_build.ts";
import { thisRoot } from "./support.ts";

async function main(args: readonly string[]): Promise<number> {
  const words = args.filter((arg) => arg !== "--print");
  const target = (words[0] ?? STATIC_TARGETS[0]) as StaticTarget;
  if (words.length > 1 || !STATIC_TARGETS.includes(target)) {
    console.error(
      `Cannot build for "${words.join(" ")}": give one of ${STATIC_TARGETS.join(", ")}`,
    );
    return 2;
  }
  const root = thisRoot();
  const out = join(root, "build/probe-rs", target);
  const sysroot = await ask(["rustc", "--print", "sysroot"], root);
  const hasStd = sysroot !== undefined && exists(join(sysroot, "lib/rustlib", target, "lib"));
  const build = staticBuild({ target, out, hasStd });
  const hasZig = await ask(["cargo-zigbuild", "--version"], root) !== undefined;
  if (args.includes("--print") || !hasZig) {
    if (!hasZig) {
      console.log("# There is no cargo-zigbuild here. These lines bring it and build:");
      console.log(`python3 -m venv ~/zig && ~/zig/bin/pip install ${ZIG_PACKAGES.join(" ")}`);
      console.log('export PATH="$HOME/zig/bin:$PATH"');
    }
    if (!hasStd) {
      console.log(`# Quicker, where rustup reaches its server: rustup target add ${target}`);
    }
    for (const line of shellLines(build)) console.log(line);
    return 0;
  }
  console.error(`building probe-rs for ${target}; this takes a quarter of an hour`);
  const { code } = await run(build.command, {
    cwd: root,
    env: build.env,
    onLine: (line) => console.error(line),
  });
  if (code === 0) console.log(join(out, "bin/probe-rs"));
  return code;
}

async function ask(command: readonly string[], cwd: string): Promise<string | undefined> {
  try {
    const { code, stdout } = await run(command, { cwd });
    return code === 0 ? stdout.trim() : undefined;
  } catch (error) {
    if (error instanceof ToolMissingError) return undefined;
    throw error;
  }
}

Deno.exit(await main(Deno.args));
