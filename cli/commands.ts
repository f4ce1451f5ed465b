import type { LazyCommands } from "./dispatch.ts";

/** All commands, in the order of the help. Each is loaded only when it is needed. */
export const COMMANDS: LazyCommands = {
  build: () => import("./commands/build.ts"),
  sim: () => import("./commands/sim.ts"),
  flash: () => import("./commands/flash.ts"),
  run: () => import("./commands/run.ts"),
  logs: () => import("./commands/logs.ts"),
  list: () => import("./commands/list.ts"),
  uuid: () => import("./commands/uuid.ts"),
  reset: () => import("./commands/reset.ts"),
  doctor: () => import("./commands/doctor.ts"),
  completion: () => import("./commands/completion.ts"),
  help: () => import("./commands/help.ts"),
  version: () => import("./commands/version.ts"),
};
