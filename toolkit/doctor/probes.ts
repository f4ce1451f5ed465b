import { join } from "node:path";
import { boardOf, lockBoard } from "../boards/board.ts";
import { ProbeLockedError } from "../boards/errors.ts";
import { readIdentity } from "../boards/identity.ts";
import { listProbes, type Probe } from "../boards/probe.ts";
import { udevCommands } from "../boards/udev.ts";
import { folderNames } from "../boards/usb_devices.ts";
import { exists } from "../cache.ts";
import { ToolkitError } from "../errors.ts";
import type { ProbeRs } from "../probe_rs/probe_rs.ts";
import type { Finding, Machine } from "./finding.ts";

/** Looks at USB, the right to use it, and each ST-Link with the chip behind it. */
export async function probeFindings(
  machine: Machine,
  { probeRs, chipFile }: { readonly probeRs?: ProbeRs; readonly chipFile?: string },
): Promise<Finding[]> {
  const { root } = machine;
  if (!exists(join(root, "sys/bus/usb"))) {
    const told = "this machine has none; boards need it, twins do not";
    return [{ name: "USB", state: "note", told }];
  }
  const probes = listProbes({ root });
  const findings = [udevFinding(machine, probes)];
  if (probes.length === 0) {
    const remedy = ["plug the board in, at the connector of its ST-Link"];
    findings.push({ name: "ST-Link", state: "note", told: "none is plugged in", remedy });
  }
  for (const probe of probes) {
    if (!probe.accessible) {
      const told = `${probe.selector}: this user may not open it`;
      findings.push({ name: "ST-Link", state: "bad", told, remedy: udevCommands() });
    } else if (probeRs && chipFile !== undefined) {
      findings.push(await chipFinding(probe, probeRs, chipFile));
    }
  }
  return findings;
}

function udevFinding({ root, isRoot }: Machine, probes: readonly Probe[]): Finding {
  const name = "udev rule";
  const folders = [
    "etc/udev/rules.d",
    "run/udev/rules.d",
    "usr/lib/udev/rules.d",
    "lib/udev/rules.d",
  ];
  for (const folder of folders) {
    for (const file of folderNames(join(root, folder))) {
      if (!file.endsWith(".rules")) continue;
      const text = Deno.readTextFileSync(join(root, folder, file));
      if (/^[^#\n]*"0483"/m.test(text)) return { name, state: "ok", told: `/${folder}/${file}` };
    }
  }
  if (isRoot) return { name, state: "ok", told: "none, and root needs none" };
  const needed = probes.some(({ accessible }) => accessible === false);
  return {
    name,
    state: needed ? "bad" : "note",
    told: "none for ST-Links",
    remedy: udevCommands(),
  };
}

/** Talks through an ST-Link: an outdated firmware, or a chip without power, only shows then. */
async function chipFinding(probe: Probe, probeRs: ProbeRs, chipFile: string): Promise<Finding> {
  const name = "ST-Link";
  const board = boardOf(probe, { probeRs, chipFile });
  try {
    using _lock = lockBoard(board, "usbnvme doctor");
    const { uuid } = await readIdentity(board);
    return { name, state: "ok", told: `${probe.selector}: its firmware will do; board ${uuid}` };
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    if (error instanceof ProbeLockedError) return { name, state: "note", told: error.message };
    const outdated = /outdated|firmware.*version/i.test(error.message);
    const remedy = outdated
      ? ["update the ST-Link's firmware with ST's STM32CubeProgrammer"]
      : ["see to power, cables and jumpers of the board", "usbnvme reset --under-reset"];
    return { name, state: "bad", told: `${probe.selector}: ${error.message}`, remedy };
  }
}
