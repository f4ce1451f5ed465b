import { fileURLToPath } from "node:url";
import { bake } from "../../toolkit/bake.ts";
import { readElf } from "../../toolkit/elf/read.ts";
import { baseImage } from "../../toolkit/images.ts";

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Bakes a test's own script, in place of the firmware, into the real base image. */
export async function scriptedImage(
  script: string,
  options: { readonly debug?: boolean } = {},
): Promise<Uint8Array> {
  const debug = options.debug ?? false;
  const base = await baseImage({ debug, serialLog: true, features: [] }, { root: ROOT });
  const text = new TextEncoder().encode(script);
  return bake(readElf(base.elf), {
    script: text,
    sha256: new Uint8Array(await crypto.subtle.digest("SHA-256", text)),
    vendorId: 0xccde,
    productId: 0,
    debug,
    strings: { product: "test", manufacturer: "test", version: "0", revision: "0" },
  }).file;
}
