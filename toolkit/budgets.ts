/**
 * What a release build of the image and a message may cost. A number here changes together with
 * its reason, in the same commit; tests compare what they measure with it.
 */
export const SIZE_BUDGETS = {
  /** Vectors and hot code, all of the ITCM. */
  ITCM: 192 * 1024,
  /** Stack, data and zeroed data, all of the DTCM. */
  DTCM: 63 * 1024,
  /** Code, constants and baked block, so that the script heap keeps 96 KB. */
  AXI: 200 * 1024,
  /** The minified script. */
  script: 48 * 1024,
  /** The loader in internal flash. */
  loader: 64 * 1024,
} as const;
