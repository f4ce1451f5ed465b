/** A value of a project file. */
export type TomlValue = string | number | boolean | readonly string[];

/** A fault in a project file. */
export class TomlError extends SyntaxError {
  override name = "TomlError";
  /**
   * @param line Line number from 1.
   * @param state What is wrong there.
   */
  constructor(readonly line: number, state: string) {
    super(`Cannot read line ${line}: ${state}`);
  }
}

/**
 * Reads the part of TOML that a project file needs: `[table]`, `key = value` with strings, numbers,
 * booleans and arrays of strings on one line, and comments.
 *
 * @returns Values by `table.key`, or by `key` above the first table.
 * @throws {TomlError} With the line.
 * @see TOML 1.0.0
 */
export function parseToml(text: string): Map<string, TomlValue> {
  const values = new Map<string, TomlValue>();
  let table = "";
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = index + 1;
    const trimmed = raw.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return;
    const header = /^\[([\w-]+)\]\s*(?:#.*)?$/.exec(trimmed);
    if (header) {
      table = `${header[1]}.`;
      return;
    }
    const pair = /^(?:([\w-]+)|"([^"\\]+)")\s*=\s*(.*)$/.exec(trimmed);
    if (!pair) throw new TomlError(line, `"${trimmed}" is no table and no key with a value`);
    const key = table + (pair[1] ?? pair[2]);
    if (values.has(key)) throw new TomlError(line, `"${key}" stands here a second time`);
    values.set(key, parseValue(pair[3], line));
  });
  return values;
}

const STRING = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)')/;

function parseValue(text: string, line: number): TomlValue {
  const { value, rest } = text.startsWith("[") ? parseArray(text, line) : parseScalar(text, line);
  if (!/^\s*(?:#.*)?$/.test(rest)) throw new TomlError(line, `"${rest.trim()}" follows the value`);
  return value;
}

function parseScalar(
  text: string,
  line: number,
): { value: string | number | boolean; rest: string } {
  const string = STRING.exec(text);
  if (string) {
    return { value: string[2] ?? unescape(string[1], line), rest: text.slice(string[0].length) };
  }
  const word = /^[^\s,\]#]+/.exec(text)?.[0] ?? "";
  const rest = text.slice(word.length);
  if (word === "true" || word === "false") return { value: word === "true", rest };
  const digits = word.replaceAll("_", "");
  if (/^[+-]?(?:\d+(?:\.\d+)?|0x[0-9a-fA-F]+)$/.test(digits)) {
    return { value: Number(digits), rest };
  }
  throw new TomlError(line, `"${text}" is no string, number, boolean or array of strings`);
}

function parseArray(text: string, line: number): { value: string[]; rest: string } {
  const value: string[] = [];
  let rest = text.slice(1).trimStart();
  while (!rest.startsWith("]")) {
    const string = STRING.exec(rest);
    if (!string) throw new TomlError(line, "an array holds strings, and ends on its line");
    value.push(string[2] ?? unescape(string[1], line));
    rest = rest.slice(string[0].length).trimStart();
    if (rest.startsWith(",")) rest = rest.slice(1).trimStart();
    else if (!rest.startsWith("]")) throw new TomlError(line, "an array's strings need commas");
  }
  return { value, rest: rest.slice(1) };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", '"': '"', "\\": "\\" };

function unescape(text: string, line: number): string {
  return text.replace(/\\(.)/g, (whole, letter: string) => {
    const found = ESCAPES[letter];
    if (found === undefined) throw new TomlError(line, `there is no escape "${whole}"`);
    return found;
  });
}
