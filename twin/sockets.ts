/** Sends all of `bytes`. Rejects when the peer is gone. */
export async function sendAll(peer: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await peer.write(bytes.subarray(at));
}

/** Whether an error says no more than that one of the two sides has ended the connection. */
export function isHangUp(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted;
}

/** Closes a connection, closed already or not. */
export function closeQuietly(peer: Deno.Conn): void {
  try {
    peer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
