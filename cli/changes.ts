import { dirname, resolve } from "node:path";

/** What is watched. */
export interface Watched {
  /** Folders, with all below them. */
  readonly folders: readonly string[];
  /** A single file; it may be replaced by another of its name, as editors do that save by renaming. */
  readonly file?: string;
}

/**
 * Watches from its making on, so that no change is lost while the user is busy with what was before.
 *
 * A watch on a file follows the file, not its name, and is deaf after the first save by renaming: so the file's
 * folder is watched, and all but that name left out.
 */
export class Changes implements AsyncDisposable {
  readonly #settleMs: number;
  readonly #watchers: readonly Deno.FsWatcher[];
  readonly #pumps: readonly Promise<void>[];
  #changed = 0;
  #seen = 0;
  #wake = () => {};

  /** @param settleMs Changes that come within this time of each other are one. */
  constructor({ folders, file }: Watched, settleMs: number) {
    this.#settleMs = settleMs;
    const name = file === undefined ? undefined : resolve(file);
    this.#watchers = [
      Deno.watchFs([...folders]),
      ...name === undefined ? [] : [Deno.watchFs(dirname(name), { recursive: false })],
    ];
    this.#pumps = this.#watchers.map((watcher, index) =>
      this.#pump(watcher, index === 0 ? undefined : name)
    );
  }

  /** Waits until something has changed since the last call, and has settled; `false` once `signal` is aborted. */
  async next(signal: AbortSignal): Promise<boolean> {
    const stop = () => this.#wake();
    signal.addEventListener("abort", stop);
    try {
      while (!signal.aborted && this.#changed === this.#seen) await this.#event();
      for (let before = -1; !signal.aborted && before !== this.#changed;) {
        before = this.#changed;
        await this.#event(this.#settleMs);
      }
      this.#seen = this.#changed;
      return !signal.aborted;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watchers.forEach((watcher) => watcher.close());
    await Promise.all(this.#pumps);
  }

  async #pump(watcher: Deno.FsWatcher, only: string | undefined): Promise<void> {
    for await (const { kind, paths } of watcher) {
      if (kind === "access" || (only !== undefined && !paths.includes(only))) continue;
      this.#changed++;
      this.#wake();
    }
  }

  /** Waits for the next event of any kind, or for a time. */
  async #event(withinMs?: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((done) => {
      this.#wake = done;
      if (withinMs !== undefined) timer = setTimeout(done, withinMs);
    });
    clearTimeout(timer);
  }
}
