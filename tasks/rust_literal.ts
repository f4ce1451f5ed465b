/** A value of a Rust constant expression: struct literals keep their name under `$`. */
export type RustValue =
  | string
  | number
  | boolean
  | null
  | RustValue[]
  | { [key: string]: RustValue };

/**
 * Reads one Rust literal: structs, slices, `Some`/`None`, enum paths, strings, numbers.
 *
 * Shape: `text` from `at` on → plain values; `Some(x)` → x, `None` → null, `A::B` → "B",
 * `A::B(x)` → {$: "B", 0: x}.
 *
 * @throws {SyntaxError} With the offset at which no literal could be read.
 */
export function parseRustLiteral(text: string, at = 0): RustValue {
  let position = at;
  const space = /(?:\s|\/\/[^\n]*)*/y;
  const token =
    /"(?:[^"\\]|\\.)*"|\d+\.\.=\d+|0x[0-9a-fA-F_]+|\d[\d_]*|[A-Za-z_][\w:]*|[&[\]{}(),:]/y;

  function peek(): string {
    space.lastIndex = position;
    space.exec(text);
    token.lastIndex = position = space.lastIndex;
    const match = token.exec(text);
    if (!match) throw new SyntaxError(`Cannot read a Rust literal at offset ${position}`);
    return match[0];
  }
  function next(expected?: string): string {
    const word = peek();
    if (expected !== undefined && word !== expected) {
      throw new SyntaxError(
        `Cannot read a Rust literal: "${word}" at ${position}, not "${expected}"`,
      );
    }
    position += word.length;
    return word;
  }
  function list(close: string): RustValue[] {
    const items: RustValue[] = [];
    while (peek() !== close) {
      items.push(value());
      if (peek() === ",") next();
    }
    next(close);
    return items;
  }
  function fields(name: string): RustValue {
    const result: { [key: string]: RustValue } = { $: name };
    while (peek() !== "}") {
      // `name:` is one token where a path could follow; cut the colon off again.
      const key = next();
      if (key.endsWith(":")) result[key.slice(0, -1)] = value();
      else {
        next(":");
        result[key] = value();
      }
      if (peek() === ",") next();
    }
    next("}");
    return result;
  }
  function value(): RustValue {
    const word = next();
    if (word === "&") return value();
    if (word === "[") return list("]");
    if (word[0] === '"') return JSON.parse(word.replaceAll(/\\'/g, "'").replaceAll("\n", "\\n"));
    if (word.includes("..=")) return word;
    if (/^\d/.test(word)) return Number(word.replaceAll("_", ""));
    if (word === "true" || word === "false") return word === "true";
    if (word === "None") return null;
    const name = word.split("::").at(-1)!;
    const after = peek();
    if (after === "(") {
      next();
      const [first] = list(")");
      return name === "Some" ? first : { $: name, 0: first };
    }
    if (after === "{") {
      next();
      return fields(name);
    }
    return word.includes("::REGISTERS") ? word : name;
  }
  return value();
}
