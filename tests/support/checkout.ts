import { dirname, join } from "node:path";
import { listFiles } from "../../toolkit/cache.ts";
import { ROOT } from "./built.ts";

/** What a build reads of the repository. */
const SOURCES = [
  "deno.json",
  "deno.lock",
  "Cargo.toml",
  "Cargo.lock",
  "rust-toolchain.toml",
  "chip",
  "cli",
  "firmware_ts",
  "native",
  "tests",
  "toolkit",
  "twin",
  "wire",
  "xspiloader",
];

/** What a program said and how it ended. */
export interface Said {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly err: string;
}

/** A copy of the repository in a temporary folder, to be changed and thrown away; not a git checkout. */
export class Checkout implements AsyncDisposable {
  private constructor(
    /** Its root. */
    readonly root: string,
  ) {}

  /** Copies all that a build reads. */
  static async copy(): Promise<Checkout> {
    const root = await Deno.makeTempDir({ prefix: "usbnvme checkout " });
    const keep = (path: string) => !/(^|\/)(target|node_modules|\.git)$/.test(path);
    for (const path of listFiles(ROOT, SOURCES, keep)) {
      await Deno.mkdir(dirname(join(root, path)), { recursive: true });
      await Deno.copyFile(join(ROOT, path), join(root, path));
    }
    return new Checkout(root);
  }

  /** Reads a file. */
  read(path: string): Promise<Uint8Array> {
    return Deno.readFile(join(this.root, path));
  }

  /** Puts text at the end of a file. */
  async append(path: string, text: string): Promise<void> {
    await Deno.writeTextFile(join(this.root, path), text, { append: true });
  }

  /** Runs the CLI of this copy. */
  usbnvme(args: readonly string[], env: Record<string, string> = {}): Promise<Said> {
    return usbnvme(args, env, this.root);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}

/** Runs the CLI of the repository, or of a copy. */
export async function usbnvme(
  args: readonly string[],
  env: Record<string, string> = {},
  root: string = ROOT,
): Promise<Said> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", `${root}/deno.json`, `${root}/cli/main.ts`, ...args],
    cwd: root,
    env: { NO_COLOR: "1", ...env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}
