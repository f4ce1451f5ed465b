/** The device that is fuzzed: long commands are short, so that a run meets many of them. */
import { defineDevice } from "usbnvme/device";

export default defineDevice({
  name: "fuzzed",
  controllers: 3,
  namespaces: [{ count: 4, blocks: 1_000_000, attachedTo: "all" }],
  durationsMs: { sanitize: 60, format: 20, shortSelfTest: 40, extendedSelfTest: 80 },
});
