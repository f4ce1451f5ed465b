import { SOCKET_PROBE } from "../../chip/debug.ts";

/**
 * Says whether something listens where a selector of a socket leads; `undefined` for other selectors.
 *
 * probe-rs says the same of a socket that nobody serves and of one that serves another debugger, so that
 * only a call tells.
 */
export async function isListening(selector: string): Promise<boolean | undefined> {
  const unix = new RegExp(`^${SOCKET_PROBE}:unix:(.+)$`).exec(selector)?.[1];
  const tcp = new RegExp(`^${SOCKET_PROBE}:tcp:(.+):(\\d+)$`).exec(selector);
  if (unix === undefined && !tcp) return undefined;
  try {
    const connection = unix !== undefined
      ? await Deno.connect({ transport: "unix", path: unix })
      : await Deno.connect({ hostname: tcp![1].replace(/^\[|\]$/g, ""), port: Number(tcp![2]) });
    connection.close();
    return true;
  } catch {
    // Refused, no such file, no such host: in each case nobody is there.
    return false;
  }
}
