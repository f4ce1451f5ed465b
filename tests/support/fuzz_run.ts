/** Boots a device on the twin and fuzzes it. */
import { Board } from "../../twin/board.ts";
import { buildOnce, buildVariant } from "./built.ts";
import { Fuzz, FUZZ_EID, FuzzFailure } from "./fuzz.ts";
import { TwinSession } from "./twin_session.ts";

/** Messages between two looks at the counters. */
const CHECK_EVERY = 1000;
/** Messages before the heap is looked at: what is made on first use is made by then. */
const WARM_UP = 3000;

/** What to do. */
export interface FuzzRun {
  /** Path of the device file. */
  readonly device: string;
  readonly seed: number;
  /** Asked before each message. */
  goesOn(steps: number): boolean;
  onProgress?(line: string): void;
}

/** What was done. */
export interface FuzzResult {
  readonly steps: number;
  readonly kinds: ReadonlyMap<string, number>;
  /** Script heap in use after the warm-up and at the end, in bytes. */
  readonly heapBefore: number;
  readonly heapAfter: number;
}

/** Runs until `goesOn` says no. @throws {FuzzFailure} At the first thing that is wrong. */
export async function runFuzz(run: FuzzRun): Promise<FuzzResult> {
  const { loader } = await buildOnce();
  const image = await buildVariant({ device: run.device });
  const board = Board.create({ loader, image: image.file, strict: true });
  try {
    const session = new TwinSession(board);
    session.ask(session.mctp.setEid(FUZZ_EID));
    const fuzz = new Fuzz(session, run.seed);
    const resets = board.resets.length;
    let heapBefore = 0;
    while (run.goesOn(fuzz.steps)) {
      fuzz.step();
      if (fuzz.steps === WARM_UP) heapBefore = heap(session);
      if (fuzz.steps % CHECK_EVERY === 0) fuzz.check();
      if (fuzz.steps % 20_000 === 0) run.onProgress?.(`${fuzz.steps} messages`);
      if (board.resets.length !== resets) {
        throw new FuzzFailure("the device reset", run.seed, fuzz.steps, []);
      }
    }
    fuzz.check();
    const heapAfter = heap(session);
    session.close();
    return { steps: fuzz.steps, kinds: fuzz.kinds, heapBefore, heapAfter };
  } finally {
    board.close();
  }
}

/** Gives the least of some looks, for garbage comes and goes. */
function heap(session: TwinSession): number {
  let least = Infinity;
  for (let look = 0; look < 30; look++) {
    const line = session.command("heap", " heap ");
    least = Math.min(least, Number(/heap (\d+)/.exec(line)?.[1]));
  }
  // The device has asked for PLDM meanwhile, and takes nothing while nobody reads that.
  while (session.tryReceive(1) !== undefined);
  return least;
}
