/**
 * Boards as a library: find, flash, reset, identify and listen to them through the stock probe-rs.
 *
 * @example Flash every board there is, and print who runs
 * ```ts ignore
 * import { boards, build, loader } from "usbnvme";
 *
 * const context = { root: "/path/to/usbnvme" };
 * const image = await build({}, context);
 * const probeRs = await boards.findProbeRs();
 * const chipFile = await boards.cachedChipFile();
 * for (const probe of await boards.selectProbes([], { all: true })) {
 *   const board = boards.boardOf(probe, { probeRs, chipFile });
 *   using _lock = boards.lockBoard(board, "my test");
 *   console.log((await boards.flashBoard(board, { image: image.file })).uuid);
 *   for await (const { message } of boards.followLog(board)) {
 *     if (message.startsWith("mctp usb waiting")) break;
 *   }
 * }
 * ```
 *
 * @module
 */
export { type Board, boardName, boardOf, type BoardOptions, lockBoard } from "./board.ts";
export { type Boot, NotBootedError } from "./boot.ts";
export { cachedChipFile } from "./chip_file_cache.ts";
export {
  flashBoard,
  type Flashed,
  type FlashOptions,
  type FlashPhase,
  type FlashProgress,
  NoLoaderError,
} from "./flash.ts";
export {
  AmbiguousProbeError,
  type Candidate,
  NoProbeError,
  ProbeLockedError,
  SelectorError,
} from "./errors.ts";
export { type Identity, identityOf, readIdentity } from "./identity.ts";
export { type BoardEntry, type BoardList, listBoards, type ListOptions } from "./list.ts";
export { type ProbeLock } from "./lock.ts";
export { type LogLevel, type LogLine } from "./log_line.ts";
export { followLog, type LogOptions } from "./logs.ts";
export { listProbes, type Probe, type SelectOptions, selectProbes } from "./probe.ts";
export { haltBoard, resetBoard } from "./reset.ts";
export { RamSplitError, runImage, type RunOptions } from "./run.ts";
export { type FindOptions, findProbeRs } from "../probe_rs/find.ts";
export { type ProbeRs } from "../probe_rs/probe_rs.ts";
export {
  ChipFileError,
  FlashError,
  InterruptedError,
  LockupError,
  NotProbeRsError,
  ProbeBusyError,
  ProbeInaccessibleError,
  ProbeNotFoundError,
  ProbeRsError,
  ProbeRsKilledError,
  ProbeRsMissingError,
  ProbeRsVersionError,
  RemoteError,
  TargetError,
  VerifyMismatchError,
} from "../probe_rs/errors.ts";
