/** A version as three numbers; what follows a dash is left out. */
export type Version = readonly [number, number, number];

/** The oldest probe-rs that reads the chip file: since then access ports are written `!v1 N`. */
export const MINIMUM_VERSION: Version = [0, 27, 0];

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
