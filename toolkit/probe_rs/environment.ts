/** Variables that probe-rs may see; all others, `PROBE_RS_…` above all, would change what it does unseen. */
const KEPT = ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK"];

/**
 * Gives the environment that probe-rs runs in: no colours, no hints, no stack traces, only errors logged.
 *
 * @param env Looks a variable of this process up.
 */
export function probeRsEnvironment(
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Record<string, string> {
  const kept: Record<string, string> = {
    NO_COLOR: "1",
    PROBE_RS_COLOR: "false",
    PROBE_RS_DISABLE_SETUP_HINTS: "1",
    RUST_BACKTRACE: "0",
    RUST_LOG: "error",
  };
  for (const name of KEPT) {
    const value = env(name);
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
