/**
 * The Error Information log.
 *
 * @see NVM Express Base Specification 2.0, Error Information (Log Page Identifier 01h)
 * @module
 */
import { put } from "./octets.ts";

/** Commands that failed, the newest of them kept. */
export class ErrorLog {
  /** Entries that are kept (ELPE + 1). */
  readonly size = 16;
  /** Errors since the first power-on that is remembered. */
  count = 0;
  /** Three words for each entry: status, parameter error location, NSID. */
  private readonly words = new Uint32Array(3 * 16);

  /** Adds an error. */
  add(status: number, location: number, nsid: number): void {
    const at = 3 * (this.count++ % this.size);
    this.words[at] = status;
    this.words[at + 1] = location;
    this.words[at + 2] = nsid;
  }

  /** Writes the log, newest first. */
  write(page: Uint8Array): void {
    for (let i = 0; i < this.size && i < this.count; i++) {
      const number = this.count - i;
      const at = 3 * ((number - 1) % this.size);
      put(page, 64 * i, 8, number);
      put(page, 64 * i + 10, 2, 0xffff); // Submission queue 0; no command identifier over NVMe-MI.
      put(page, 64 * i + 12, 2, this.words[at] << 1);
      put(page, 64 * i + 14, 2, this.words[at + 1]);
      put(page, 64 * i + 24, 4, this.words[at + 2]);
    }
  }
}
