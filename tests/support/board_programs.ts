/** Programs for the board that tests build from the tree, once per content. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { buildCrate } from "../../toolkit/cargo.ts";
import { loader } from "../../toolkit/images.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const context = { root, onProgress: (line: string) => console.error(line) };

/** Names of the small programs in tests/firmware. */
export type TestProgram =
  | "timers"
  | "interrupts"
  | "faults"
  | "gpio"
  | "usb_echo"
  | "xspi"
  | "watchdog"
  | "start_state"
  | "octal_left";

/** Gives a small program of tests/firmware as an ELF file, as cargo left it. */
export async function testProgram(program: TestProgram): Promise<Uint8Array> {
  const built = await buildCrate({
    package: "twin-test-firmware",
    program,
    sources: ["tests/firmware"],
    profile: "release",
    features: [],
  }, context);
  return built.elf;
}

/** Gives the loader as an ELF file. */
export async function loaderProgram(): Promise<Uint8Array> {
  return (await loader(context)).elf;
}
