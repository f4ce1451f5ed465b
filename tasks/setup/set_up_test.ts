import assert from "node:assert/strict";
import { DEBIAN_PACKAGES } from "./debian.ts";
import type { SetupHost } from "./host.ts";
import { PYTHON_PACKAGES } from "./python.ts";
import { debianArchive, rustTarget, rustToolchain, sourceLink } from "./rust.ts";
import { setUp, STEPS_WITH_PROBE_RS } from "./set_up.ts";
import { SetupError } from "./step.ts";

const SYSROOT = "/rust/toolchains/stable-x";
const OK = { code: 0, stdout: "", stderr: "" };

/** A machine in memory, on which all is missing that `has` does not name. */
class FakeMachine implements SetupHost {
  readonly root = "/repo";
  readonly cache = "/cache";
  readonly deno = "/bin/deno";
  readonly env = () => undefined;
  isRoot = true;
  readonly said: string[] = [];
  readonly ran: string[] = [];
  readonly files = new Map<string, string>([
    ["/repo/rust-toolchain.toml", 'channel = "1.95.0"'],
    ["/repo/deno.lock", "{}"],
    ["/repo/Cargo.lock", ""],
    ["/etc/apt/sources.list.d/debian.sources", "URIs: http://mirror.test/debian\n"],
  ]);
  readonly links = new Map<string, string>();
  readonly installed = new Set<string>();
  hasToolchain = false;
  rustupWorks = true;
  probeRs = "";

  run(command: readonly string[]) {
    const line = command.join(" ");
    this.ran.push(line);
    return Promise.resolve(this.#answer(command, line));
  }

  #answer(command: readonly string[], line: string) {
    const [program] = command;
    const failed = { code: 1, stdout: "", stderr: "no server" };
    if (program === "dpkg-query") {
      return { ...OK, stdout: [...this.installed].map((name) => `${name} ii \n`).join("") };
    }
    if (line.startsWith("apt-get -q install")) {
      for (const name of Object.keys(DEBIAN_PACKAGES)) this.installed.add(name);
    }
    if (line === "rustc --print sysroot") {
      return this.hasToolchain ? { ...OK, stdout: `${SYSROOT}\n` } : failed;
    }
    if (line.startsWith("rustup toolchain install")) {
      if (!this.rustupWorks) return failed;
      this.hasToolchain = true;
    }
    if (line === "/cache/probe-rs/bin/probe-rs mi meta") {
      return this.probeRs ? { ...OK, stdout: `{"version":"${this.probeRs}"}` } : failed;
    }
    if (line.startsWith("cargo install probe-rs-tools")) this.probeRs = "0.32.0";
    if (line === "rustup toolchain list -v") return { ...OK, stdout: `stable-x ${SYSROOT}\n` };
    if (line === `${SYSROOT}/bin/rustc --version`) return { ...OK, stdout: "rustc 1.95.0 (x)\n" };
    if (line.startsWith("rustup target add")) {
      if (!this.rustupWorks) return failed;
      this.files.set(`${SYSROOT}/lib/rustlib/thumbv7em-none-eabihf/lib`, "");
    }
    if (program === "apt-cache") {
      return { ...OK, stdout: " rust-src | 1.96.1+dfsg1-1 | x\n rust-src | 1.95.0+dfsg1-2 | x\n" };
    }
    if (line.includes("download rust-src=")) {
      this.files.set("/cache/rust-src/fetch/rust-src_1.95.0.deb", "");
    }
    if (program === "dpkg") {
      this.files.set(
        "/cache/rust-src/fetch/unpacked/usr/src/rustc-1.95.0/library/core/src/lib.rs",
        "",
      );
    }
    return OK;
  }

  exists(path: string): boolean {
    const real = this.#follow(path);
    return [...this.files.keys()].some((file) => file === real || file.startsWith(`${real}/`));
  }
  #follow(path: string): string {
    for (const [link, target] of this.links) {
      if (path.startsWith(`${link}/`)) return target + path.slice(link.length);
    }
    return path;
  }
  readText(path: string) {
    return this.files.get(path);
  }
  writeText(path: string, text: string) {
    this.files.set(path, text);
  }
  list(path: string) {
    const below = [...this.files.keys()].filter((file) => file.startsWith(`${path}/`));
    return [...new Set(below.map((file) => file.slice(path.length + 1).split("/")[0]))];
  }
  link(target: string, path: string) {
    this.links.set(path, target);
    if (path.includes("toolchains/1.95.0")) this.hasToolchain = true;
  }
  move(from: string, to: string) {
    for (const [path, text] of [...this.files]) {
      if (!path.startsWith(`${from}/`)) continue;
      this.files.delete(path);
      this.files.set(to + path.slice(from.length), text);
    }
  }
  remove(path: string) {
    for (const file of [...this.files.keys()]) {
      if (file === path || file.startsWith(`${path}/`)) this.files.delete(file);
    }
  }
  makeFolder() {}
  say(line: string) {
    this.said.push(line);
  }
}

Deno.test("setUp() brings all that is missing, and nothing the second time", async () => {
  const machine = new FakeMachine();
  assert.equal(await setUp(machine), true);
  const installs = machine.ran.filter((line) => line.startsWith("apt-get -q install"));
  assert.equal(installs.length, 1, "one call for all Debian packages");
  for (const name of Object.keys(DEBIAN_PACKAGES)) assert.ok(installs[0].includes(` ${name}`));
  const said = machine.said.join("\n");
  for (
    const name of ["Debian packages", "Rust toolchain", "Rust target", "Python", "npm", "crates"]
  ) {
    assert.ok(said.includes(`setup: ${name}`), name);
  }
  const pip = machine.ran.find((line) => line.includes("-m pip install")) ?? "";
  for (const name of Object.keys(PYTHON_PACKAGES)) assert.ok(pip.includes(name), name);

  machine.said.length = machine.ran.length = 0;
  assert.equal(await setUp(machine), true);
  assert.deepEqual(machine.said, []);
  assert.deepEqual(machine.ran.filter((line) => !/^dpkg-query|^rustc --print/.test(line)), []);
});

Deno.test("setUp() says what and why before it does", async () => {
  const machine = new FakeMachine();
  const order: string[] = [];
  await setUp({
    ...bound(machine),
    say: (line) => void order.push(`say ${line}`),
    run: (command) => {
      order.push(`run ${command.join(" ")}`);
      return machine.run(command);
    },
  });
  const saying = order.findIndex((line) =>
    line.startsWith("say setup: Debian packages: compilers")
  );
  const doing = order.findIndex((line) => line.startsWith("run apt-get"));
  assert.ok(saying >= 0 && saying < doing);
});

Deno.test("setUp() without root prints one command and stops before anything else", async () => {
  const machine = new FakeMachine();
  machine.isRoot = false;
  assert.equal(await setUp(machine), false);
  const commands = machine.said.filter((line) => line.includes("sudo"));
  assert.equal(commands.length, 1);
  assert.match(commands[0], /sudo sh -c 'apt-get update && apt-get install -y .*libunicorn2/);
  assert.deepEqual(machine.ran.filter((line) => !line.startsWith("dpkg-query")), []);
});

Deno.test("setUp() names only the Debian packages that are missing", async () => {
  const machine = new FakeMachine();
  machine.isRoot = false;
  for (const name of Object.keys(DEBIAN_PACKAGES)) machine.installed.add(name);
  machine.installed.delete("libunicorn2");
  await setUp(machine);
  assert.match(machine.said.join("\n"), /--no-install-recommends libunicorn2'/);
});

Deno.test("rustToolchain links an installed toolchain of the same version if rustup has no server", async () => {
  const machine = new FakeMachine();
  machine.rustupWorks = false;
  await rustToolchain.bring(machine);
  assert.equal(machine.links.get("/rust/toolchains/1.95.0-x"), SYSROOT);
});

Deno.test("rustTarget takes core's source of exactly the pinned version if rustup has no server", async () => {
  const machine = new FakeMachine();
  machine.rustupWorks = false;
  machine.hasToolchain = true;
  assert.notEqual(await rustTarget.missing(machine), undefined);
  await rustTarget.bring(machine);
  assert.equal(machine.links.get(sourceLink(SYSROOT)), "/cache/rust-src/1.95.0/library");
  assert.equal(await rustTarget.missing(machine), undefined);
  const list = machine.ran.find((line) => line.includes("download rust-src=1.95.0+dfsg1-2"));
  assert.ok(
    list?.includes("Dir::Etc::SourceParts=/dev/null"),
    "the system's lists stay as they are",
  );
  assert.ok(!machine.exists("/cache/rust-src/fetch"), "nothing is left over");
});

Deno.test("setUp() compiles probe-rs only where it is wanted and not there in that version", async () => {
  const machine = new FakeMachine();
  const installs = () => machine.ran.filter((line) => line.startsWith("cargo install"));
  await setUp(machine);
  assert.deepEqual(installs(), []);
  assert.equal(await setUp(machine, STEPS_WITH_PROBE_RS), true);
  assert.deepEqual(installs(), [
    "cargo install probe-rs-tools --locked --version 0.32.0 --debug --features remote --root /cache/probe-rs --force",
  ]);
  assert.equal(await setUp(machine, STEPS_WITH_PROBE_RS), true);
  assert.equal(installs().length, 1, "nothing the second time");
  machine.probeRs = "0.31.0";
  await setUp(machine, STEPS_WITH_PROBE_RS);
  assert.equal(installs().length, 2, "another version is replaced");
});

Deno.test("debianArchive() reads both forms of apt's sources", () => {
  const machine = new FakeMachine();
  assert.equal(debianArchive(machine), "http://mirror.test/debian");
  machine.files.delete("/etc/apt/sources.list.d/debian.sources");
  assert.throws(() => debianArchive(machine), SetupError);
  machine.files.set(
    "/etc/apt/sources.list",
    "# x\ndeb [arch=amd64] http://a.test/debian bookworm main\n",
  );
  assert.equal(debianArchive(machine), "http://a.test/debian");
});

function bound(machine: FakeMachine): SetupHost {
  return {
    root: machine.root,
    cache: machine.cache,
    deno: machine.deno,
    env: () => undefined,
    isRoot: machine.isRoot,
    run: (command) => machine.run(command),
    exists: (path) => machine.exists(path),
    readText: (path) => machine.readText(path),
    writeText: (path, text) => machine.writeText(path, text),
    list: (path) => machine.list(path),
    link: (target, path) => machine.link(target, path),
    move: (from, to) => machine.move(from, to),
    remove: (path) => machine.remove(path),
    makeFolder: () => machine.makeFolder(),
    say: (line) => machine.say(line),
  };
}
