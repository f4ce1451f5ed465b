import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readLine } from "../boards/usb_devices.ts";
import type { Finding, Machine } from "./finding.ts";

/** What the host side of MCTP over USB needs of Linux. */
const OPTIONS = ["CONFIG_MCTP", "CONFIG_MCTP_TRANSPORT_USB"];

/**
 * Looks whether this kernel can talk to the device: protocol family MCTP and the driver mctp-usb.
 *
 * Only a note: the machine that builds and flashes need not be the one that the device serves.
 */
export function kernelFinding({ root }: Pick<Machine, "root">): Finding {
  const name = "kernel MCTP";
  const release = readLine(join(root, "proc/sys/kernel/osrelease")) ?? "";
  const config = readConfig(root, release);
  if (config !== undefined) {
    const absent = OPTIONS.filter((option) => !new RegExp(`^${option}=[ym]$`, "m").test(config));
    if (absent.length === 0) return { name, state: "ok", told: `Linux ${release} has it` };
    return missing(name, `Linux ${release} was built without ${absent.join(" and ")}`);
  }
  const modules = ["modules.dep", "modules.builtin"].map((file) =>
    read(join(root, "lib/modules", release, file)) ?? ""
  ).join("\n");
  const protocols = read(join(root, "proc/net/protocols")) ?? "";
  const family = /^MCTP\b/m.test(protocols) || /(^|\/)mctp\.ko/m.test(modules);
  if (family && /(^|\/)mctp-usb\.ko/m.test(modules)) {
    return { name, state: "ok", told: `Linux ${release} has it` };
  }
  return missing(name, `Linux ${release} shows no ${family ? "mctp-usb driver" : "MCTP"}`);
}

function missing(name: string, told: string): Finding {
  const remedy = [
    `the host that the device serves needs Linux 6.15 or newer with ${OPTIONS.join(" and ")}`,
  ];
  return { name, state: "note", told, remedy };
}

function readConfig(root: string, release: string): string | undefined {
  try {
    return new TextDecoder().decode(gunzipSync(Deno.readFileSync(join(root, "proc/config.gz"))));
  } catch {
    return read(join(root, "boot", `config-${release}`));
  }
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
