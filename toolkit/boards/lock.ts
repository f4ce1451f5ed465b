import { join } from "node:path";
import { contentKey } from "../cache.ts";
import { ToolkitError } from "../errors.ts";
import { ProbeLockedError } from "./errors.ts";

/** The hold on one probe; nobody else's command gets it until it is disposed of. */
export type ProbeLock = Disposable;

/** How to lock. */
export interface LockOptions {
  /** What holds it, for whoever comes second. */
  readonly command: string;
  /** Where the locks of all users are; `usbnvme-locks` in the folder of temporary files by default. */
  readonly folder?: string;
}

/** Gives the folder that all users of this machine keep the locks of its probes in. */
export function lockFolder(
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): string {
  return env("USBNVME_LOCKS") || join("/tmp", "usbnvme-locks");
}

/**
 * Takes the lock of a probe.
 *
 * The kernel holds it (flock) and gives it up when this process ends in whatever way, so that no dead
 * process's lock is ever in the way; the file only tells who has it, and goes with the lock.
 *
 * @throws {ProbeLockedError} If another process, or another call in this one, has it.
 */
export function lockProbe(selector: string, options: LockOptions): ProbeLock {
  const folder = options.folder ?? lockFolder();
  makeSharedFolder(folder);
  const path = join(folder, `${contentKey([selector])}.json`);
  for (;;) {
    const file = open(path);
    if (!file.tryLockSync(true)) {
      file.close();
      throw new ProbeLockedError(selector, readHolder(path));
    }
    let held = false;
    try {
      // The one before may have removed the file between our opening and our locking it.
      held = isStill(file, path);
    } finally {
      if (!held) file.close();
    }
    if (held) return hold(file, path, selector, options.command);
  }
}

function hold(file: Deno.FsFile, path: string, selector: string, command: string): ProbeLock {
  const holder = { selector, pid: Deno.pid, command, since: new Date().toISOString() };
  try {
    file.truncateSync(0);
    file.writeSync(new TextEncoder().encode(JSON.stringify(holder) + "\n"));
  } catch (error) {
    // Another user's file, left by a crash: the lock is what counts, not who is named in it.
    if (
      !(error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.BadResource)
    ) {
      file.close();
      throw error;
    }
  }
  let held = true;
  return {
    [Symbol.dispose]() {
      if (!held) return;
      held = false;
      try {
        Deno.removeSync(path);
      } catch (error) {
        if (
          !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)
        ) {
          throw error;
        }
      } finally {
        file.close();
      }
    },
  };
}

function open(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { read: true, write: true, create: true, mode: 0o666 });
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    return Deno.openSync(path, { read: true });
  }
}

function isStill(file: Deno.FsFile, path: string): boolean {
  try {
    const [ours, there] = [file.statSync(), Deno.lstatSync(path)];
    // In a folder for all users, a link could lead anywhere.
    if (!there.isFile) throw new ToolkitError(`Cannot lock a probe: "${path}" is no plain file`);
    return ours.ino === there.ino && ours.dev === there.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function makeSharedFolder(folder: string): void {
  try {
    Deno.mkdirSync(folder);
    // As /tmp: all may make files, and remove their own.
    Deno.chmodSync(folder, 0o1777);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

function readHolder(path: string): { pid?: number; command?: string; since?: string } {
  try {
    const holder: unknown = JSON.parse(Deno.readTextFileSync(path));
    return typeof holder === "object" && holder !== null ? holder : {};
  } catch {
    // It has just been taken, or just been left.
    return {};
  }
}
