import type { SetupHost } from "./host.ts";
import { must, type Step } from "./step.ts";

/** The Debian packages, each with what it is for. */
export const DEBIAN_PACKAGES: Readonly<Record<string, string>> = {
  "gcc": "links host programs",
  "g++": "compiles JerryScript for tests on this machine",
  "gcc-arm-none-eabi": "compiles JerryScript for the board",
  "libnewlib-arm-none-eabi": "C library for the board",
  "libstdc++-arm-none-eabi-newlib": "C++ headers for the board",
  "libunicorn2": "CPU of the twin",
  "libnvme-dev": "a host of another hand, for the tests",
  "python3-venv": "keeps the USB/IP client of the tests apart from the system's Python",
};

async function absentPackages(host: SetupHost): Promise<string[]> {
  const names = Object.keys(DEBIAN_PACKAGES);
  const { stdout } = await host.run([
    "dpkg-query",
    "-W",
    "-f=${Package} ${db:Status-Abbrev}\n",
    ...names,
  ]);
  const installed = new Set(
    stdout.split("\n").filter((line) => line.includes(" ii")).map((line) => line.split(" ")[0]),
  );
  return names.filter((name) => !installed.has(name));
}

/** Debian packages, all in one call of apt-get. */
export const debianPackages: Step = {
  name: "Debian packages",
  why: "compilers for the board, and the CPU emulator",
  async missing(host) {
    const absent = await absentPackages(host);
    if (absent.length === 0) return undefined;
    return absent.map((name) => `${name} (${DEBIAN_PACKAGES[name]})`).join(", ");
  },
  async rootCommand(host) {
    const absent = await absentPackages(host);
    return `apt-get update && apt-get install -y --no-install-recommends ${absent.join(" ")}`;
  },
  async bring(host) {
    const absent = await absentPackages(host);
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const onLine = (line: string) => host.say(`    ${line}`);
    await must(host, ["apt-get", "-q", "update"], { env, onLine });
    const install = ["apt-get", "-q", "install", "-y", "--no-install-recommends", ...absent];
    await must(host, install, { env, onLine });
  },
};
