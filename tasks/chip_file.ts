/** `deno task chip-file`: makes xspiloader/chip-h7s3-nucleo.yaml, the Nucleo as probe-rs is to see it. */
import { join } from "node:path";
import { makeChipFile } from "../toolkit/boards/chip_file_cache.ts";
import { writeAtomically } from "../toolkit/cache.ts";
import { thisRoot } from "./support.ts";

const path = join(thisRoot(), "xspiloader/chip-h7s3-nucleo.yaml");
writeAtomically(path, await makeChipFile({ onProgress: (line) => console.error(line) }));
console.log(path);
