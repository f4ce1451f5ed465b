import { isAbsolute } from "node:path";
import { type Run, run as runProcess, type RunResult } from "../process.ts";
import { probeRsEnvironment } from "./environment.ts";
import { ChipFileError, InterruptedError } from "./errors.ts";
import { failureOf } from "./failure.ts";
import { FLASH_LOG, type FlashEvent, flashEvent } from "./flash_events.ts";
import { isListening } from "./socket_probe.ts";
import { attachArguments, type ScanRegion } from "./attach_options.ts";
import type { Version } from "./version.ts";

/** A probe-rs server. */
export interface Remote {
  /** `ws://HOST:PORT` or `socket:///PATH`. */
  readonly host: string;
  /** Its user's token. */
  readonly token?: string;
}

/** What a {@link ProbeRs} is made of. */
export interface ProbeRsOptions {
  /** The program. */
  readonly path: string;
  /** Its version. */
  readonly version: Version;
  /** Runs programs. */
  readonly run?: Run;
  /** Looks an environment variable up. */
  readonly env?: (name: string) => string | undefined;
  /** A server that has the probes. */
  readonly remote?: Remote;
}

/** One chip behind one probe. */
export interface Target {
  /** Full selector of the probe, as `VID:PID:SERIAL`. */
  readonly probe: string;
  /** Absolute path of the chip file. */
  readonly chipFile: string;
  /** Name of the chip in that file. */
  readonly chip: string;
  /** Speed of the wire in kHz; probe-rs's own if left out. */
  readonly speedKhz?: number;
}

/** How one call of probe-rs is to go. */
export interface CallOptions {
  /** Ends the call: SIGTERM, never SIGKILL before ten seconds. */
  readonly signal?: AbortSignal;
  /** Called with each line of standard error. */
  readonly onLine?: (line: string) => void;
  /** Called with each line of standard output. */
  readonly onOutLine?: (line: string) => void;
  /** Holds the chip in reset while it connects: for a core that does not answer. */
  readonly underReset?: boolean;
  /** What probe-rs is to log on standard error, as a filter; only errors if left out. */
  readonly log?: string;
}

/** A file to be written. */
export interface Download extends CallOptions {
  /** How the file is read. */
  readonly format: "bin" | "elf";
  /** Where a `bin` goes. */
  readonly baseAddress?: number;
  /** Whether probe-rs reads it back. */
  readonly verify?: boolean;
  /** Told of each sector and page; never where a server flashes, or for a version that words it otherwise. */
  readonly onEvent?: (event: FlashEvent) => void;
}

/** A log to be followed. */
export interface Attach extends CallOptions {
  /** Where the RTT control block is. */
  readonly scan: ScanRegion;
}

const hex = (value: number) => `0x${value.toString(16)}`;

/**
 * The stock probe-rs: makes its argument lists, runs it in a clean environment, and names its errors.
 *
 * It is never given a choice to make: each call names probe, chip and chip file, and its standard input
 * is empty. It runs in a session of its own, so that Ctrl-C at a terminal does not end it in the middle
 * of flashing, and it finds no terminal to prompt on.
 */
export class ProbeRs {
  /** The program. */
  readonly path: string;
  /** Its version. */
  readonly version: Version;
  /** A server that has the probes, if it is not this machine. */
  readonly remote?: Remote;
  readonly #run: Run;
  readonly #env: Record<string, string>;
  #attachHelp?: Promise<string>;

  constructor({ path, version, run = runProcess, env, remote }: ProbeRsOptions) {
    this.path = path;
    this.version = version;
    this.remote = remote;
    this.#run = run;
    this.#env = probeRsEnvironment(env);
    // Not as an argument, which every user of this machine could read.
    if (remote?.token !== undefined) this.#env.PROBE_RS_REMOTE_TOKEN = remote.token;
  }

  /** Makes a whole command line; `target` is left out for commands that need no probe. */
  command(subcommand: string, target: Target | undefined, args: readonly string[] = []): string[] {
    const line = [this.path, subcommand];
    if (this.remote) line.push("--host", this.remote.host);
    if (target) {
      line.push("--chip", target.chip, "--chip-description-path", target.chipFile);
      line.push("--protocol", "swd", "--probe", target.probe);
      if (target.speedKhz !== undefined) line.push("--speed", String(target.speedKhz));
    }
    return [...line, ...args];
  }

  /**
   * Runs one command to its end and gives what it said, whatever its exit code.
   *
   * @throws {InterruptedError} If `signal` ended it.
   */
  async call(
    subcommand: string,
    target: Target | undefined,
    args: readonly string[] = [],
    { signal, onLine, onOutLine, underReset, log }: CallOptions = {},
  ): Promise<RunResult> {
    if (target && !isAbsolute(target.chipFile)) {
      throw new ChipFileError(`Cannot use "${target.chipFile}": it is no absolute path`, "", 0);
    }
    const command = this.command(subcommand, target, [
      ...underReset ? ["--connect-under-reset"] : [],
      ...args,
    ]);
    const result = await this.#run(command, {
      env: log === undefined ? this.#env : { ...this.#env, RUST_LOG: log },
      clearEnv: true,
      detached: true,
      signal,
      onLine,
      onOutLine,
    });
    if (signal?.aborted) throw new InterruptedError(`probe-rs ${subcommand}`);
    return result;
  }

  /**
   * Runs one command that has to succeed.
   *
   * @throws {ProbeRsError} A subclass that says what went wrong.
   */
  async must(
    subcommand: string,
    target: Target | undefined,
    args: readonly string[] = [],
    options: CallOptions = {},
  ): Promise<RunResult> {
    const result = await this.call(subcommand, target, args, options);
    // `verify` ends with 0 even when it has found a difference.
    const mismatch = /Verification failed/.test(result.stdout);
    if (result.code === 0 && !mismatch) return result;
    const probe = target?.probe ?? "any probe";
    const listening = this.remote ? undefined : await isListening(probe);
    throw failureOf(probe, result, listening);
  }

  /** Gives the arguments of `attach` that neither halt the chip nor leave a catch behind. */
  async attachArguments(scan: ScanRegion): Promise<string[]> {
    this.#attachHelp ??= this.#run([this.path, "attach", "--help"], {
      env: this.#env,
      clearEnv: true,
    }).then(({ stdout }) => stdout);
    return attachArguments(await this.#attachHelp, scan);
  }

  /**
   * Follows the log of a chip until `signal` ends it or probe-rs fails; each line goes to `onOutLine`.
   *
   * @throws {ProbeRsError} When it fails.
   */
  async attach(target: Target, options: Attach): Promise<void> {
    try {
      const args = await this.attachArguments(options.scan);
      await this.must("attach", target, args, options);
    } catch (error) {
      if (!(error instanceof InterruptedError)) throw error;
    }
  }

  /**
   * Loads an ELF file into RAM, starts it, and follows its log as {@link attach} does.
   *
   * @throws {ProbeRsError} When it fails.
   */
  async run(target: Target, file: string, options: Attach): Promise<void> {
    try {
      const args = await this.attachArguments(options.scan);
      const format = ["--binary-format", "elf", "--disable-progressbars"];
      await this.must("run", target, [...format, ...args, file], options);
    } catch (error) {
      if (!(error instanceof InterruptedError)) throw error;
    }
  }

  /** Writes a file into the chip's memories, by flash algorithm where they are flash. */
  async download(target: Target, file: string, options: Download): Promise<void> {
    const args = ["--binary-format", options.format, "--disable-progressbars"];
    if (options.baseAddress !== undefined) args.push("--base-address", hex(options.baseAddress));
    if (options.verify) args.push("--verify");
    const { onEvent } = options;
    const onLine = (line: string) => {
      const event = flashEvent(line);
      if (event) onEvent?.(event);
    };
    const listening = onEvent ? { log: FLASH_LOG, onLine } : {};
    await this.must("download", target, [...args, file], { ...options, ...listening });
  }

  /** Compares a binary file with memory. */
  async verify(
    target: Target,
    file: string,
    options: CallOptions & { readonly baseAddress: number },
  ): Promise<void> {
    const args = ["--binary-format", "bin", "--base-address", hex(options.baseAddress)];
    await this.must("verify", target, [...args, file], options);
  }

  /**
   * Reads words of 32 bits; never narrower, since parts of this chip answer other reads with a bus error.
   *
   * @param address Multiple of 4.
   */
  async read32(
    target: Target,
    address: number,
    count: number,
    options: CallOptions = {},
  ): Promise<Uint32Array> {
    const args = ["b32", hex(address), String(count)];
    const { stdout } = await this.must("read", target, args, options);
    // A line begins with its address where this version prints tables.
    const words = stdout.trim().split(/\s+/).filter((word) => !word.endsWith(":"))
      .map((word) => /^[0-9a-f]{8}$/i.test(word) ? parseInt(word, 16) : NaN);
    if (words.length !== count || words.some(Number.isNaN)) {
      throw failureOf(target.probe, {
        code: 0,
        stdout,
        stderr: "probe-rs read gave no such words",
      });
    }
    return Uint32Array.from(words);
  }

  /** Writes words of 32 bits to RAM or registers. */
  async write32(
    target: Target,
    address: number,
    words: readonly number[],
    options: CallOptions = {},
  ): Promise<void> {
    await this.must("write", target, ["b32", hex(address), ...words.map(hex)], options);
  }

  /** Resets the chip, and nothing else: see `boards/reset.ts` for what else it takes. */
  async reset(target: Target, options: CallOptions = {}): Promise<void> {
    await this.must("reset", target, [], options);
  }
}
