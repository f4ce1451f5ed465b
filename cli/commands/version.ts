import { defineCommand } from "../command.ts";

export default defineCommand({
  name: "version",
  summary: "print the versions of the project and of what it stands on",
  options: {},
  async run(context) {
    const [{ projectVersion }, { revision }, { engineName }] = await Promise.all([
      import("../../toolkit/project_version.ts"),
      import("../../toolkit/revision.ts"),
      import("../../toolkit/engine_source.ts"),
    ]);
    const versions = {
      usbnvme: projectVersion(context.root),
      revision: await revision(context.root),
      engine: engineName(context.root),
      deno: Deno.version.deno,
    };
    if (context.json) context.printJson(versions);
    else {for (const [name, version] of Object.entries(versions)) {
        context.print(`${name} ${version}`);
      }}
  },
});
