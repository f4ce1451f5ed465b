import { ToolMissingError } from "./errors.ts";
import { type Run, run } from "./process.ts";

/**
 * Names the state of a checkout: 12 hex digits of the commit, and `-dirty` if anything differs from it.
 *
 * Without git, or outside a checkout of this very folder, it is `unversioned`.
 */
export async function revision(root: string, runner: Run = run): Promise<string> {
  const git = (...args: string[]) =>
    runner(["git", "--no-optional-locks", "-C", root, ...args], { env: { LC_ALL: "C" } });
  try {
    const [head, status] = await Promise.all([
      git("rev-parse", "--show-prefix", "HEAD"),
      git("status", "--porcelain"),
    ]);
    const [prefix, commit] = head.stdout.split("\n");
    // A prefix means that the checkout is some other project's, with ours inside.
    if (head.code !== 0 || prefix !== "") return "unversioned";
    return commit.slice(0, 12) + (status.stdout === "" ? "" : "-dirty");
  } catch (error) {
    if (error instanceof ToolMissingError) return "unversioned";
    throw error;
  }
}
