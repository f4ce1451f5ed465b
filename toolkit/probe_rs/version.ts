/** A version as three numbers; what follows a dash is left out. */
export type Version = readonly [number, number, number];

/** What differs between the versions of probe-rs that the project works with. */
export interface ProbeRsFeatures {
  /** `attach --scan-region RANGE`; before it `--rtt-scan-memory`, which wants a path too. */
  readonly scanRegion: boolean;
  /** `attach --no-catch-svc` and `--no-catch-hlt`. */
  readonly catchSvcAndHlt: boolean;
}

/** The oldest probe-rs whose chip files and debug sequences know this chip. */
export const MINIMUM_VERSION: Version = [0, 24, 0];

/** Reads a version out of `1.2.3` or `1.2.3-rc.1`; `undefined` if it is none. */
export function parseVersion(text: string): Version | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

/** Says whether `version` is `other` or newer. */
export function atLeast(version: Version, other: Version): boolean {
  for (let index = 0; index < 3; index++) {
    if (version[index] !== other[index]) return version[index] > other[index];
  }
  return true;
}

/** Tells what a version of probe-rs can do. */
export function featuresOf(version: Version): ProbeRsFeatures {
  return {
    scanRegion: atLeast(version, [0, 32, 0]),
    catchSvcAndHlt: atLeast(version, [0, 30, 0]),
  };
}
