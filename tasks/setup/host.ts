import { run, type RunOptions, type RunResult } from "../../toolkit/process.ts";
import { cacheFolder, exists, writeAtomically } from "../../toolkit/cache.ts";

/** What set-up may do to a machine; tests give a fake one. */
export interface SetupHost {
  /** Root of the repository. */
  readonly root: string;
  /** The project's cache folder. */
  readonly cache: string;
  /** Whether this process may install Debian packages. */
  readonly isRoot: boolean;
  /** Path of the deno that runs this. */
  readonly deno: string;
  /** Looks an environment variable up. */
  env(name: string): string | undefined;
  /** Runs a program; one that does not exist ends with code 127. */
  run(command: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Whether a path exists, links followed. */
  exists(path: string): boolean;
  /** Reads a text file; `undefined` if there is none. */
  readText(path: string): string | undefined;
  /** Writes a text file, with the folders above it. */
  writeText(path: string, text: string): void;
  /** Names in a folder; none if there is no such folder. */
  list(path: string): string[];
  /** Makes a symbolic link, in place of whatever link is there. */
  link(target: string, path: string): void;
  /** Moves a file or folder. */
  move(from: string, to: string): void;
  /** Removes a file or folder with all in it, if it is there. */
  remove(path: string): void;
  /** Makes a folder and those above it. */
  makeFolder(path: string): void;
  /** Says one line to the user. */
  say(line: string): void;
}

/** The machine that this runs on. */
export function thisMachine(root: string): SetupHost {
  return {
    root,
    cache: cacheFolder(),
    isRoot: Deno.uid() === 0,
    deno: Deno.execPath(),
    env: (name) => Deno.env.get(name),
    exists,
    writeText: writeAtomically,
    async run(command, options) {
      try {
        return await run(command, options);
      } catch (error) {
        return { code: 127, stdout: "", stderr: error instanceof Error ? error.message : "" };
      }
    },
    readText: (path) => exists(path) ? Deno.readTextFileSync(path) : undefined,
    list: (path) => exists(path) ? [...Deno.readDirSync(path)].map(({ name }) => name) : [],
    link(target, path) {
      Deno.mkdirSync(path.replace(/\/[^/]*$/, ""), { recursive: true });
      removeIfThere(path);
      Deno.symlinkSync(target, path);
    },
    move: (from, to) => Deno.renameSync(from, to),
    remove: removeIfThere,
    makeFolder: (path) => Deno.mkdirSync(path, { recursive: true }),
    say: (line) => console.error(line),
  };
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
