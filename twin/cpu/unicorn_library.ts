/** The functions of libunicorn that the twin calls, with the C types of unicorn/unicorn.h. */
const SYMBOLS = {
  uc_version: { parameters: ["buffer", "buffer"], result: "u32" },
  uc_strerror: { parameters: ["i32"], result: "pointer" },
  uc_open: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  uc_close: { parameters: ["pointer"], result: "i32" },
  // uc_ctl is variadic in C; on the ABIs that Deno supports on Linux its arguments travel alike.
  uc_ctl: { parameters: ["pointer", "u32", "u64", "u64"], result: "i32" },
  uc_mem_map_ptr: { parameters: ["pointer", "u64", "usize", "u32", "buffer"], result: "i32" },
  uc_mem_unmap: { parameters: ["pointer", "u64", "usize"], result: "i32" },
  uc_mmio_map: {
    parameters: ["pointer", "u64", "usize", "function", "pointer", "function", "pointer"],
    result: "i32",
  },
  uc_reg_read: { parameters: ["pointer", "i32", "buffer"], result: "i32" },
  uc_reg_write: { parameters: ["pointer", "i32", "buffer"], result: "i32" },
  uc_reg_read_batch: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "i32" },
  uc_reg_write_batch: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "i32" },
  uc_hook_add: {
    parameters: ["pointer", "buffer", "i32", "function", "pointer", "u64", "u64"],
    result: "i32",
  },
  uc_hook_del: { parameters: ["pointer", "usize"], result: "i32" },
  uc_emu_start: { parameters: ["pointer", "u64", "u64", "u64", "usize"], result: "i32" },
  uc_emu_stop: { parameters: ["pointer"], result: "i32" },
} as const;

/** libunicorn, opened. */
export interface UnicornLibrary {
  /** Its functions. */
  readonly symbols: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
  /** Path or name it was opened by. */
  readonly path: string;
  /** Version as `major.minor`. */
  readonly version: string;
}

/** Thrown when no usable libunicorn is found; the message says what was tried and how to get one. */
export class UnicornMissingError extends Error {
  override name = "UnicornMissingError";
}

/** Gives the folder of the project's cache. */
function cacheFolder(): string {
  const env = (name: string) => Deno.env.get(name);
  const own = env("USBNVME_CACHE");
  if (own) return own;
  return `${env("XDG_CACHE_HOME") ?? `${env("HOME") ?? "/root"}/.cache`}/usbnvme`;
}

/**
 * Gives the system's libunicorn by its path: by its name alone the loader would give another one
 * that is open already.
 */
function systemLibraries(): string[] {
  const found: string[] = [];
  for (const folder of ["/usr/local/lib", "/usr/lib", `/usr/lib/${Deno.build.arch}-linux-gnu`]) {
    const path = `${folder}/libunicorn.so.2`;
    try {
      Deno.statSync(path);
      found.push(path);
    } catch {
      // Not there.
    }
  }
  return found.length > 0 ? found : ["libunicorn.so.2"];
}

/** Lists where libunicorn may be, the best first. */
export function unicornCandidates(): string[] {
  const named = Deno.env.get("USBNVME_UNICORN");
  if (named) return [named];
  const found: string[] = [];
  const library = `${cacheFolder()}/python/lib`;
  try {
    for (const { name } of Deno.readDirSync(library)) {
      if (!name.startsWith("python3")) continue;
      found.push(`${library}/${name}/site-packages/unicorn/lib/libunicorn.so.2`);
    }
  } catch {
    // No cache yet: the system's library may do.
  }
  return [...found, ...systemLibraries()];
}

const opened = new Map<string, UnicornLibrary>();

/**
 * Opens libunicorn 2.
 *
 * @param path A file or library name; by default USBNVME_UNICORN, else the project's cache, else
 * the system's. The first that opens is used.
 * @throws {UnicornMissingError} If none opens.
 */
export function openUnicorn(path?: string): UnicornLibrary {
  const candidates = path ? [path] : unicornCandidates();
  const tried: string[] = [];
  for (const candidate of candidates) {
    const known = opened.get(candidate);
    if (known) return known;
    try {
      const { symbols } = Deno.dlopen(candidate, SYMBOLS);
      const packed = symbols.uc_version(null, null);
      const library = {
        symbols,
        path: candidate,
        version: `${packed >>> 24}.${(packed >> 16) & 255}`,
      };
      opened.set(candidate, library);
      return library;
    } catch (error) {
      tried.push(`${candidate}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new UnicornMissingError(
    `Cannot find libunicorn 2: tried ${tried.join("; ")}`,
  );
}
