import type { Finding, Machine } from "../../toolkit/doctor/finding.ts";
import { kernelFinding } from "../../toolkit/doctor/kernel.ts";
import { probeFindings } from "../../toolkit/doctor/probes.ts";
import { buildTools, probeTools } from "../../toolkit/doctor/tools.ts";
import { run } from "../../toolkit/process.ts";
import { BOARD_OPTIONS } from "../board_options.ts";
import { defineCommand } from "../command.ts";
import { EXIT_CODES } from "../exit_codes.ts";

export default defineCommand({
  name: "doctor",
  summary: "look whether all that is needed is here, with a remedy for what is not",
  description: "Ends with 0 when nothing is bad. A note does not stop work that does without it.",
  options: { "probe-rs": BOARD_OPTIONS["probe-rs"] },
  async run(context, values) {
    const machine: Machine = {
      repository: context.root,
      root: "/",
      run,
      env: (name) => Deno.env.get(name),
      denoVersion: Deno.version.deno,
      isRoot: Deno.uid() === 0,
    };
    const tools = await probeTools(machine, values["probe-rs"]);
    const findings = [
      ...await buildTools(machine),
      await twinFinding(),
      ...tools.findings,
      ...await probeFindings(machine, tools),
      kernelFinding(machine),
    ];
    const isWell = findings.every(({ state }) => state !== "bad");
    if (context.json) context.printJson({ isWell, findings });
    else {
      const { green, yellow, red, dim } = context.palette;
      const marks = { ok: green("ok  "), note: yellow("note"), bad: red("BAD ") };
      for (const { name, state, told, remedy = [] } of findings) {
        context.print(`${marks[state]} ${name}: ${told}`);
        for (const line of remedy) context.print(dim(`       ${line}`));
      }
    }
    return isWell ? EXIT_CODES.OK.code : EXIT_CODES.FAILED.code;
  },
});

async function twinFinding(): Promise<Finding> {
  const { openUnicorn, UnicornMissingError } = await import("../../twin/cpu/unicorn_library.ts");
  const name = "libunicorn";
  try {
    const { version, path } = openUnicorn();
    return { name, state: "ok", told: `${version}, ${path}` };
  } catch (error) {
    if (!(error instanceof UnicornMissingError)) throw error;
    return { name, state: "bad", told: error.message, remedy: ["deno task setup"] };
  }
}
