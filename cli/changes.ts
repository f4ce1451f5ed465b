import { dirname, resolve } from "node:path";

/** What is watched. */
export interface Watched {
  /** Folders, with all below them. */
  readonly folders: readonly string[];
  /** A single file; it may be replaced by another of its name, as editors do that save by renaming. */
  readonly file?: string;
}

/**
 * Gives one event for all changes that come within `settleMs` of each other, until `signal`.
 *
 * A watch on a file follows the file, not its name, and is deaf after the first save by renaming: so the file's
 * folder is watched, and all but that name left out.
 */
export async function* changes(
  { folders, file }: Watched,
  settleMs: number,
  signal: AbortSignal,
): AsyncGenerator<void> {
  const watchers = [Deno.watchFs([...folders])];
  if (file !== undefined) watchers.push(Deno.watchFs(dirname(resolve(file)), { recursive: false }));
  const name = file && resolve(file);
  let changed = 0;
  let isOver = false;
  let wake = () => {};
  const stop = () => {
    isOver = true;
    wake();
  };
  const pump = async (watcher: Deno.FsWatcher, only: string | undefined) => {
    for await (const { kind, paths } of watcher) {
      if (kind === "access" || (only !== undefined && !paths.includes(only))) continue;
      changed++;
      wake();
    }
  };
  const pumps = watchers.map((watcher, index) => pump(watcher, index === 0 ? undefined : name));
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    for (let seen = 0; !isOver;) {
      while (!isOver && changed === seen) await new Promise<void>((done) => wake = done);
      for (let before = -1; !isOver && before !== changed;) {
        before = changed;
        let timer: ReturnType<typeof setTimeout> | undefined;
        await new Promise<void>((done) => {
          timer = setTimeout(done, settleMs);
          wake = done;
        });
        clearTimeout(timer);
      }
      if (isOver) return;
      seen = changed;
      yield;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    watchers.forEach((watcher) => watcher.close());
    await Promise.all(pumps);
  }
}
