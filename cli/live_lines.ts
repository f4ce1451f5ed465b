/**
 * Lines at the foot of a terminal that change in place, while other lines scroll by above them.
 *
 * Whoever writes to the same terminal does so within {@link LiveLines.around}.
 */
export class LiveLines {
  readonly #lines = new Map<string, string>();
  readonly #write: (text: string) => void;
  readonly #columns: () => number;
  #shown = 0;

  /**
   * @param write Writes to the terminal.
   * @param columns Gives its width: a line that wrapped could not be taken back.
   */
  constructor(write: (text: string) => void, columns: () => number) {
    this.#write = write;
    this.#columns = columns;
  }

  /** Shows, changes or, with no text, takes away the line of a key. */
  set(key: string, text: string | undefined): void {
    if (text === undefined ? !this.#lines.delete(key) : this.#lines.get(key) === text) return;
    if (text !== undefined) this.#lines.set(key, text);
    this.around(() => {});
  }

  /** Takes all lines off, lets `print` write, and puts them back. */
  around(print: () => void): void {
    if (this.#shown > 0) this.#write(`\x1b[${this.#shown}A\r\x1b[J`);
    this.#shown = 0;
    print();
    const width = this.#columns() - 1;
    const lines = [...this.#lines.values()].map((line) => `${line.slice(0, width)}\n`);
    if (lines.length > 0) this.#write(lines.join(""));
    this.#shown = lines.length;
  }
}
