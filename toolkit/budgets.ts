/**
 * What a release build of the image and a message may cost. A number here changes together with
 * its reason, in the same commit; tests compare what they measure with it.
 */
export const SIZE_BUDGETS = {
  /** Vectors and hot code, all of the ITCM. */
  ITCM: 192 * 1024,
  /** Stack, data and zeroed data, all of the DTCM. */
  DTCM: 58 * 1024,
  /** Code, constants and baked block: 64 KB are left to start the script, which then gives its own memory back. */
  AXI: 264 * 1024,
  /** The minified script, all protocols and the largest device in it. */
  script: 100 * 1024,
  /** The loader in internal flash. */
  loader: 64 * 1024,
} as const;

/** Script heap that a started image leaves to messages, whatever its device: those of the cost table take 17 KB. */
export const MESSAGE_HEAP_BYTES = 24 * 1024;

/** One cost that the twin measures, and what it may be at most. */
export interface CostBudget {
  /** What is measured. */
  readonly what: string;
  /** Unit of the numbers. */
  readonly unit: string;
  /** The most that it may be. */
  readonly most: number;
}

/**
 * What boot and messages may cost on the twin, by name; one instruction is one cycle.
 *
 * The bounds stand somewhat above what was measured when they were set, so that a change that costs a
 * lot is seen, and one that costs nothing passes.
 */
export const COST_BUDGETS = {
  firstBootMs: { what: "first power-on to USB attach, RAM split set", unit: "ms", most: 100 },
  bootMs: { what: "power-on through the loader to USB attach", unit: "ms", most: 100 },
  loadMs: { what: "loader's share of that", unit: "ms", most: 60 },
  /** The engine's caches are empty then. */
  firstSetEid: {
    what: "first Set Endpoint ID after the start",
    unit: "instructions",
    most: 40_000,
  },
  control: { what: "dearest control reply after that", unit: "instructions", most: 40_000 },
  echo64: { what: "echo of 64 bytes", unit: "instructions", most: 8_000 },
  echo4096: { what: "echo of 4,096 bytes", unit: "instructions", most: 150_000 },
  firstHealth: {
    what: "first NVM Subsystem Health Status Poll",
    unit: "instructions",
    most: 50_000,
  },
  health: { what: "the same after that", unit: "instructions", most: 50_000 },
  identify: { what: "dearest Identify of 4,096 bytes", unit: "instructions", most: 240_000 },
  smart: { what: "SMART log of 512 bytes", unit: "instructions", most: 200_000 },
  filePartUs: { what: "PLDM file read, a part of 4,096 bytes", unit: "µs", most: 227.5 },
  heapGrowth: { what: "script heap after 10,000 echoes less before", unit: "bytes", most: 0 },
  /** Of some 150 KB, once the script's own text has been given back. */
  heapPeak: { what: "script heap in use at most", unit: "bytes", most: 136 * 1024 },
  heapInUse: { what: "script heap in use", unit: "bytes", most: 128 * 1024 },
} as const satisfies Record<string, CostBudget>;

/** One speed that the twin measures, and what it must be at least. */
export interface SpeedBudget {
  /** What is measured. */
  readonly what: string;
  /** 10^6 bytes a second of virtual time. */
  readonly least: number;
}

/** What the bench's sender must reach on the twin, by name; a bound needs a build with its feature. */
export const SPEED_BUDGETS = {
  bench: { what: "bench, messages of 3,951 bytes", least: 35 },
  benchSpanning: { what: "the same, packets spanning", least: 42 },
} as const satisfies Record<string, SpeedBudget>;
