/**
 * The Error Information log.
 *
 * @see NVM Express Base Specification 2.0, Error Information (Log Page Identifier 01h)
 * @module
 */
import type { AdminResult } from "./admin_command.ts";

/** Entries that are kept (ELPE + 1), and words of each in the log. */
const ENTRIES = 16;
const ENTRY_WORDS = 16;

/** Commands that failed, the newest of them kept. */
export class ErrorLog {
  /** Octets of the log. */
  readonly sizeBytes = 4 * ENTRIES * ENTRY_WORDS;
  /** Errors since the start. */
  count = 0;
  /** Three words for each entry: status, parameter error location, NSID. */
  private readonly entries = new Uint32Array(3 * ENTRIES);

  /** Adds an error. */
  add(status: number, location: number, nsid: number): void {
    const at = 3 * (this.count++ % ENTRIES);
    this.entries[at] = status;
    this.entries[at + 1] = location;
    this.entries[at + 2] = nsid;
  }

  /** Writes the log, newest first. */
  write({ words }: AdminResult): void {
    for (let i = 0; i < ENTRIES && i < this.count; i++) {
      const number = this.count - i;
      const from = 3 * ((number - 1) % ENTRIES);
      const at = ENTRY_WORDS * i;
      words[at] = number;
      words[at + 2] = 0xffffffff; // Of no queue, and no command identifier: it came over NVMe-MI.
      words[at + 3] = this.entries[from] << 1 | this.entries[from + 1] << 16;
      words[at + 6] = this.entries[from + 2];
    }
  }
}
