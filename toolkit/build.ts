import { basename, join, resolve } from "node:path";
import { IMAGE_REGIONS } from "../chip/memory.ts";
import { USB_IDENTITY } from "../chip/usb.ts";
import { bake } from "./bake.ts";
import { MESSAGE_HEAP_BYTES, SIZE_BUDGETS } from "./budgets.ts";
import { bundle } from "./bundle.ts";
import { exists, writeAtomically } from "./cache.ts";
import type { BuildContext } from "./cargo.ts";
import { checkDevice } from "./check_device.ts";
import { checkFirmware } from "./check_firmware.ts";
import { readElf } from "./elf/read.ts";
import { engineName } from "./engine_source.ts";
import { checkInterrupted, DeviceFileError, SourceError } from "./errors.ts";
import { checkFeatures } from "./features.ts";
import { baseImage } from "./images.ts";
import { projectVersion } from "./project_version.ts";
import { revision } from "./revision.ts";
import type { ScriptHeap } from "./script_heap.ts";
import { imageSizes, type RegionUse } from "./size_map.ts";

/** What to build. */
export interface BuildOptions {
  /** With assertions, overflow checks and debug lines; off by default. */
  readonly debug?: boolean;
  /** Names out of {@link FEATURES}; none by default. */
  readonly features?: readonly string[];
  /** Path of the device file; by default the healthy device. */
  readonly device?: string;
  /** With the log on a serial port over USB; on by default. */
  readonly serialLog?: boolean;
  /** idVendor and idProduct, u16 each; by default those of chip/usb.ts. */
  readonly usbId?: { readonly vendorId: number; readonly productId: number };
  /** iManufacturer; by default that of chip/usb.ts. */
  readonly manufacturer?: string;
  /** iProduct; by default `usbnvme-` and the version's first two numbers. */
  readonly product?: string;
  /** Path of the image; a `.json` is written beside it. By default `build/usbnvme.elf` in the repository. */
  readonly out?: string;
  /** A checkout of JerryScript to compile in place of the crate's copy. */
  readonly jerryscript?: string;
  /** Boots the image, and says how full its script heap gets; undefined if it cannot. By default that is left out. */
  readonly measureHeap?: (image: Uint8Array) => Promise<ScriptHeap | undefined>;
}

/** What was built: all that the `.json` beside an image holds. */
export interface BuildReport {
  /** File name of the image. */
  readonly image: string;
  /** Its length in bytes. */
  readonly imageBytes: number;
  /** Version of the project. */
  readonly version: string;
  /** Commit, with `-dirty` if the checkout differs from it. */
  readonly revision: string;
  /** Whether it is a debug build. */
  readonly debug: boolean;
  /** Whether the log also goes to a serial port over USB. */
  readonly serialLog: boolean;
  /** Name of the device file, without folder; none for the healthy device. */
  readonly device?: string;
  /** Features, in order. */
  readonly features: readonly string[];
  /** The engine, and where its source came from. */
  readonly engine: string;
  /** What the device says of itself on USB. */
  readonly usb: { readonly id: string; readonly manufacturer: string; readonly product: string };
  /** The script. */
  readonly script: {
    readonly bytes: number;
    readonly budgetBytes: number;
    readonly sha256: string;
    readonly sources: readonly string[];
  };
  /** Key of the base image's content. */
  readonly base: string;
  /** How full the memories are. */
  readonly regions: readonly RegionUse[];
  /** Bytes that are left to the script heap before the script's own text is given back to it. */
  readonly scriptHeapBytes: number;
  /** How full the script heap was once the image had started, if that was measured. */
  readonly scriptHeap?: ScriptHeap & { readonly budgetBytes: number };
}

/** An image in memory, with its report. */
export interface BuiltImage {
  /** The stripped ELF file. */
  readonly file: Uint8Array;
  /** What it is. */
  readonly report: BuildReport;
}

/**
 * Builds an image and writes it, with its `.json`, to `options.out`. If anything fails, what was
 * there stays as it was.
 *
 * @throws {DeviceFileError} If there is no such device file.
 * @throws {SourceError} If the script has faults, or the device a value that is out of range.
 * @throws {RegionFullError} If the script is too big.
 * @throws {UnknownFeatureError} If a feature does not exist.
 * @throws {InterruptedError} If the context's signal ended it.
 */
export async function build(options: BuildOptions, context: BuildContext): Promise<BuiltImage> {
  const out = resolve(options.out ?? join(context.root, "build/usbnvme.elf"));
  const built = await buildInMemory(options, context, out.split("/").at(-1));
  const heap = await options.measureHeap?.(built.file);
  const image = heap === undefined ? built : {
    file: built.file,
    report: {
      ...built.report,
      scriptHeap: { ...heap, budgetBytes: heap.sizeBytes - MESSAGE_HEAP_BYTES },
    },
  };
  checkInterrupted(context.signal, "the build");
  writeAtomically(out, image.file);
  writeAtomically(
    out.replace(/\.elf$/, "") + ".json",
    JSON.stringify(image.report, null, 2) + "\n",
  );
  return image;
}

/** Builds an image without writing it. Throws what {@link build} throws. */
export async function buildInMemory(
  options: BuildOptions,
  context: BuildContext,
  name = "usbnvme.elf",
): Promise<BuiltImage> {
  const { root } = context;
  const features = checkFeatures(options.features ?? []);
  const debug = options.debug ?? false;
  const serialLog = options.serialLog ?? true;
  if (options.device !== undefined && !exists(options.device)) {
    throw new DeviceFileError(options.device);
  }
  const { signal } = context;
  checkInterrupted(signal, "the build");
  checkFirmware(root, options.device);
  if (options.device !== undefined) await checkDevice(root, resolve(options.device));
  const [script, mark] = await Promise.all([
    bundle(root, options.device, features),
    revision(root, context.run),
  ]).catch(async (error) => {
    // At a terminal Ctrl-C ends esbuild as well, and that may be heard of first.
    if (!(error instanceof SourceError)) await new Promise((done) => setTimeout(done, 100));
    throw error;
  }).finally(() => checkInterrupted(signal, "the build"));
  const selected = { debug, serialLog, features, jerryscript: options.jerryscript };
  const base = await baseImage(selected, context);
  const version = projectVersion(root);
  const usbId = options.usbId ?? USB_IDENTITY;
  const manufacturer = options.manufacturer ?? USB_IDENTITY.manufacturer;
  const minor = version.split(".").slice(0, 2).join(".");
  const product = options.product ?? `${USB_IDENTITY.productPrefix}-${minor}`;
  const engine = engineName(root, options.jerryscript);
  const baked = bake(readElf(base.elf), {
    script: script.text,
    sha256: script.sha256,
    vendorId: usbId.vendorId,
    productId: usbId.productId,
    debug,
    strings: { product, manufacturer, version, revision: mark, features: features.join(), engine },
  });
  const report: BuildReport = {
    image: name,
    imageBytes: baked.file.length,
    version,
    revision: mark,
    debug,
    serialLog,
    device: options.device && basename(options.device),
    features,
    engine,
    usb: { id: `${hex4(usbId.vendorId)}:${hex4(usbId.productId)}`, manufacturer, product },
    script: {
      bytes: script.text.length,
      budgetBytes: SIZE_BUDGETS.script,
      sha256: [...script.sha256].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
      sources: script.sources,
    },
    base: base.key,
    regions: imageSizes(readElf(baked.file)),
    scriptHeapBytes: IMAGE_REGIONS.AXI.start + IMAGE_REGIONS.AXI.sizeBytes - baked.heapStart,
  };
  return { file: baked.file, report };
}

const hex4 = (value: number) => value.toString(16).padStart(4, "0");
