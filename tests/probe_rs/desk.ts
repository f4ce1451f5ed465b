import assert from "node:assert/strict";
import { ROOT } from "../support/built.ts";
import type { Said } from "../support/checkout.ts";
import { TextLineStream } from "./text_lines.ts";

/** A folder to call the CLI in: its project file, its locks, its small programs. */
export class Desk implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  /** Makes one, with these aliases. */
  static async make(aliases: Readonly<Record<string, string>> = {}): Promise<Desk> {
    const folder = await Deno.makeTempDir({ prefix: "usbnvme-desk-" });
    const lines = Object.entries(aliases).map(([name, to]) => `${name} = "${to}"`);
    await Deno.writeTextFile(`${folder}/usbnvme.toml`, ["[alias]", ...lines, ""].join("\n"));
    return new Desk(folder);
  }

  /** Where its commands keep their locks. */
  get locks(): string {
    return `${this.folder}/locks`;
  }

  /** Starts the CLI here. */
  start(...args: string[]): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--config", `${ROOT}/deno.json`, `${ROOT}/cli/main.ts`, ...args],
      cwd: this.folder,
      env: { NO_COLOR: "1", USBNVME_LOCKS: this.locks },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Runs the CLI here to its end. */
  async usbnvme(...args: string[]): Promise<Said> {
    const { code, stdout, stderr } = await this.start(...args).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  }

  /** Runs the CLI here on a terminal of its own; `out` is all that would be seen on it. */
  async onTerminal(...args: string[]): Promise<{ readonly code: number; readonly out: string }> {
    const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
    const words = [Deno.execPath(), "run", "-A", "--config", `${ROOT}/deno.json`];
    const line = [...words, `${ROOT}/cli/main.ts`, ...args].map(quote).join(" ");
    const { code, stdout } = await new Deno.Command("script", {
      args: ["-qec", `stty cols 120; ${line}`, "/dev/null"],
      cwd: this.folder,
      env: { NO_COLOR: "1", TERM: "xterm", SHELL: "/bin/sh", USBNVME_LOCKS: this.locks },
      stdin: "null",
      stderr: "inherit",
    }).output();
    return { code, out: new TextDecoder().decode(stdout) };
  }

  /** Demands an exit code and words of the message. */
  async refuse(code: number, message: RegExp, ...args: string[]): Promise<void> {
    const said = await this.usbnvme(...args);
    assert.equal(said.code, code, said.err);
    assert.match(said.err, message);
    assert.equal(said.out, "");
    assert.deepEqual(this.heldLocks(), []);
  }

  /** The locks that are held. */
  heldLocks(): string[] {
    try {
      return [...Deno.readDirSync(this.locks)].map(({ name }) => name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  /** Writes a program, and gives its path. */
  async program(name: string, text: string): Promise<string> {
    const path = `${this.folder}/${name}`;
    await Deno.writeTextFile(path, text, { mode: 0o755 });
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/**
 * Calls `see` with each line of a running command until it says that it is enough; then Ctrl-C, which ends it well.
 *
 * @param hear Gets each line of standard error; all of it is given in the end.
 */
export async function follow(
  command: Deno.ChildProcess,
  see: (line: string) => boolean,
  hear: (line: string) => void = () => {},
): Promise<string> {
  const errors = (async () => {
    const told: string[] = [];
    const lines = command.stderr.pipeThrough(new TextDecoderStream());
    for await (const line of lines.pipeThrough(new TextLineStream())) {
      told.push(line);
      hear(line);
    }
    return told.join("\n");
  })();
  const lines = command.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  );
  let isOver = false;
  for await (const line of lines) {
    if (isOver || !see(line)) continue;
    isOver = true;
    command.kill("SIGINT");
  }
  assert.equal((await command.status).code, 0, await errors);
  return await errors;
}
