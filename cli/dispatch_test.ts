import assert from "node:assert/strict";
import { ElfError, SourceError, ToolMissingError } from "../toolkit/errors.ts";
import { COMMANDS } from "./commands.ts";
import { defineCommand } from "./command.ts";
import { completionScript, SHELLS } from "./completion_scripts.ts";
import { dispatch, type LazyCommands, loadAll } from "./dispatch.ts";
import { EXIT_CODES } from "./exit_codes.ts";
import { palette, wantsColours } from "./palette.ts";
import { formatTable } from "./table.ts";

async function call(args: string[], commands: LazyCommands = COMMANDS, file?: string) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await dispatch(args, commands, {
    env: () => undefined,
    projectFile: () => file,
    context: (json) => ({
      root: "/nowhere",
      json,
      palette: palette(false),
      errorPalette: palette(false),
      signal: new AbortController().signal,
      print: (line) => out.push(line),
      printJson: (value) => out.push(JSON.stringify(value)),
      progress: (line) => err.push(line),
      ask: () => Promise.resolve(undefined),
    }),
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

function throwing(error: unknown): LazyCommands {
  const command = defineCommand({
    name: "fail",
    summary: "fail",
    options: {},
    run: () => Promise.reject(error),
  });
  return { fail: () => Promise.resolve({ default: command }) };
}

Deno.test("EXIT_CODES are the codes that scripts rely on", () => {
  const codes = Object.entries(EXIT_CODES).map(([name, { code }]) => [name, code]);
  assert.deepEqual(codes, [
    ["OK", 0],
    ["FAILED", 1],
    ["USAGE", 2],
    ["NO_BOARD", 3],
    ["MISMATCH", 4],
    ["BUILD", 5],
    ["TOOL", 6],
    ["IMAGE", 7],
    ["AMBIGUOUS", 8],
    ["ACCESS", 9],
    ["BUSY", 10],
    ["PROBE_RS", 11],
    ["CHIP_FILE", 12],
    ["NO_BOOT", 13],
    ["REMOTE", 14],
    ["INTERRUPTED", 130],
  ]);
});

Deno.test("dispatch() gives each class of error its exit code and remedy", async () => {
  const fault = {
    file: "firmware_ts/main.ts",
    line: 3,
    column: 7,
    text: "Cannot find name 'JSON'",
  };
  const cases: [unknown, number, RegExp][] = [
    [new SourceError([fault]), 5, /main\.ts:3:7: Cannot find name 'JSON'[^]*remedy: mend/],
    [new ToolMissingError("cargo"), 6, /Cannot run "cargo"[^]*remedy: install Rust/],
    [new ElfError("magic", 0, "it is 0, not 1"), 7, /offset 0x0[^]*remedy: build/],
    [new Error("Cannot do it"), 1, /^error: Cannot do it$/],
    ["text", 1, /^error: text$/],
  ];
  for (const [error, code, text] of cases) {
    const result = await call(["fail"], throwing(error));
    assert.equal(result.code, code);
    assert.match(result.err, text);
    assert.equal(result.out, "", "errors are no results");
  }
});

Deno.test("dispatch() gives errors as JSON too", async () => {
  const { code, out } = await call(["fail", "--json"], throwing(new ToolMissingError("cargo")));
  assert.equal(code, 6);
  const { error } = JSON.parse(out);
  assert.equal(error.kind, "ToolMissingError");
  assert.equal(error.exitCode, 6);
});

Deno.test("dispatch() refuses unknown commands and options with exit code 2", async () => {
  assert.equal((await call(["flsh"])).code, 2);
  assert.match((await call(["flsh"])).err, /no such command; there are build,/);
  assert.equal((await call(["build", "--faeture", "x"])).code, 2);
  assert.equal((await call(["build", "--usb-id", "12:34"])).code, 2);
  assert.equal((await call(["build", "--product", "x".repeat(32)])).code, 2);
  assert.equal((await call(["completion", "tcsh"])).code, 2);
  assert.equal((await call([])).code, 2);
});

Deno.test("dispatch() reads the project file with the keys of all commands", async () => {
  assert.equal((await call(["help"], COMMANDS, "[build]\ndebug = true")).code, 0);
  assert.equal((await call(["help"], COMMANDS, "[build]\ndebg = true")).code, 2);
  const { err } = await call(["help", "--verbose"], COMMANDS, "[build]\ndebug = true");
  assert.match(err, /json = false \(default\)/);
  const token = await call(["uuid", "--verbose", "--token", "SECRET"]);
  assert.match(token.err, /^token = set \(flag\)$/m);
  assert.ok(!token.err.includes("SECRET"));
});

Deno.test("help tells all commands, and all options of each", async () => {
  const { out, code } = await call(["help"]);
  assert.equal(code, 0);
  for (const command of await loadAll(COMMANDS)) {
    assert.ok(out.includes(`  ${command.name} `), command.name);
    const own = await call(["help", command.name]);
    assert.deepEqual(own, await call([command.name, "--help"]));
    for (const name of Object.keys(command.options)) assert.ok(own.out.includes(`-${name}`), name);
    for (const args of [["help", command.name, "--json"], [command.name, "--json", "--help"]]) {
      assert.equal(JSON.parse((await call(args)).out).name, command.name);
    }
  }
});

Deno.test("--help --json tells of all commands", async () => {
  const { code, out } = await call(["--help", "--json"]);
  assert.equal(code, 0);
  assert.deepEqual(
    JSON.parse(out).map(({ name }: { name: string }) => name),
    Object.keys(COMMANDS),
  );
});

Deno.test("completionScript() makes scripts that their shells accept", async (t) => {
  const commands = await loadAll(COMMANDS);
  for (const shell of SHELLS) {
    const script = completionScript(shell, commands);
    for (const { name } of commands) assert.ok(script.includes(name), `${shell}: ${name}`);
    const parsed = await parse(shell, script);
    await t.step({
      name: parsed === undefined
        ? `${shell} is not installed here: its parser is not asked`
        : shell,
      ignore: parsed === undefined,
      fn: () => assert.equal(parsed, "parsed"),
    });
  }
});

async function parse(shell: string, script: string): Promise<string | undefined> {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, script);
    const result = await new Deno.Command(shell, { args: ["-n", file] }).output();
    return result.success ? "parsed" : new TextDecoder().decode(result.stderr);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("the bash script completes commands, options and choices", async () => {
  const script = completionScript("bash", await loadAll(COMMANDS));
  const complete = async (...words: string[]) => {
    const list = words.map((word) => `'${word}'`).join(" ");
    const { stdout, success, stderr } = await new Deno.Command("bash", {
      args: [
        "-c",
        `${script}\nCOMP_WORDS=(${list}); COMP_CWORD=${
          words.length - 1
        }; _usbnvme; echo "\${COMPREPLY[*]}"`,
      ],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  };
  assert.equal(await complete("usbnvme", "bu"), "build");
  assert.equal(await complete("usbnvme", "build", "--deb"), "--debug");
  assert.equal(await complete("usbnvme", "build", "--no-s"), "--no-serial-log");
  assert.equal(await complete("usbnvme", "completion", "fi"), "fish");
  assert.equal(await complete("usbnvme", "help", "fl"), "flash");
  // Where "=" parts words, as bash has it.
  assert.equal(await complete("usbnvme", "logs", "--level", "=", "e"), "error");
  assert.equal(await complete("usbnvme", "flash", "--algorithm", "="), "st own");
});

Deno.test("wantsColours() only on a terminal, and never with NO_COLOR", () => {
  assert.equal(wantsColours(true, undefined), true);
  assert.equal(wantsColours(true, "1"), false);
  assert.equal(wantsColours(false, undefined), false);
  assert.equal(palette(true).red("x"), "\x1b[31mx\x1b[0m");
  assert.equal(palette(false).red("x"), "x");
});

Deno.test("formatTable() lines columns up, numbers to the right", () => {
  assert.deepEqual(formatTable([["region", "used"], ["ITCM", 1234567], ["AXI", 12]]), [
    "region       used",
    "ITCM    1,234,567",
    "AXI            12",
  ]);
  assert.deepEqual(formatTable([["a", 1.25]]), ["a  1.25"]);
});
