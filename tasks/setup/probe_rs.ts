import { installCommand, PINNED_PROBE_RS, QUICK_BUILD } from "../../toolkit/probe_rs/pinned.ts";
import type { SetupHost } from "./host.ts";
import { must, type Step } from "./step.ts";

const folder = (host: SetupHost) => `${host.cache}/probe-rs`;

/** Asks a program for its version; `undefined` if it is not there or no probe-rs. */
async function versionOf(host: SetupHost, program: string): Promise<string | undefined> {
  const { code, stdout } = await host.run([program, "mi", "meta"]);
  return code === 0 ? /"version"\s*:\s*"([^"]+)"/.exec(stdout)?.[1] : undefined;
}

/** Gives a function that counts what cargo compiles, and says how far it is now and then. */
function progress(host: SetupHost): (line: string) => void {
  let compiled = 0;
  return (line) => {
    if (!/^\s*Compiling /.test(line)) {
      if (!/^\s*(Downloaded|Downloading|Updating|Locking|Adding) /.test(line)) {
        host.say(`    ${line.trim()}`);
      }
      return;
    }
    if (++compiled % 40 === 0) {
      host.say(`    ${compiled} of about ${PINNED_PROBE_RS.crates} crates compiled`);
    }
  };
}

/** The stock probe-rs, compiled by cargo into the cache. */
export const probeRs: Step = {
  name: "probe-rs",
  why: "talks to the debug probe of a board; compiled once, which takes four to ten minutes",
  async missing(host) {
    const { version } = PINNED_PROBE_RS;
    const found = await versionOf(host, `${folder(host)}/bin/probe-rs`);
    return found === version ? undefined : `probe-rs ${version}`;
  },
  async bring(host) {
    const target = `${folder(host)}/target`;
    await must(host, [...installCommand(folder(host)), "--force"], {
      cwd: host.root,
      env: { ...QUICK_BUILD, CARGO_TARGET_DIR: host.env("CARGO_TARGET_DIR") ?? target },
      onLine: progress(host),
    });
    // 1.4 GB that only another version would want.
    host.remove(target);
  },
};
