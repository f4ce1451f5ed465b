import { must, type Step } from "./step.ts";
import type { SetupHost } from "./host.ts";

/** The Python packages, each with what it is for. */
export const PYTHON_PACKAGES: Readonly<Record<string, string>> = {
  "unicorn==2.1.4": "its libunicorn runs the twin three times as fast as Debian's",
  "usbip==0.7.0": "independent USB/IP client for the tests",
};

const wanted = Object.keys(PYTHON_PACKAGES).join("\n") + "\n";
const venv = (host: SetupHost) => `${host.cache}/python`;

/** A Python environment in the cache with pinned packages. */
export const pythonPackages: Step = {
  name: "Python packages",
  why: "a quick libunicorn, and a USB/IP client that is not ours",
  missing(host) {
    const done = host.readText(`${venv(host)}/usbnvme.txt`) === wanted;
    const missing = Object.entries(PYTHON_PACKAGES).map(([name, why]) => `${name} (${why})`);
    return Promise.resolve(done ? undefined : missing.join(", "));
  },
  async bring(host) {
    const python = host.exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
    host.remove(venv(host));
    host.makeFolder(host.cache);
    await must(host, [python, "-m", "venv", venv(host)]);
    const pip = [`${venv(host)}/bin/python`, "-m", "pip", "install", "--quiet"];
    const onLine = (line: string) => host.say(`    ${line}`);
    await must(host, [...pip, ...Object.keys(PYTHON_PACKAGES)], { onLine });
    host.writeText(`${venv(host)}/usbnvme.txt`, wanted);
  },
};
