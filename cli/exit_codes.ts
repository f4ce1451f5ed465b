/** What an exit code of `usbnvme` means. */
export const EXIT_CODES = {
  OK: { code: 0, meaning: "all is well" },
  FAILED: { code: 1, meaning: "something else failed; the message says what" },
  USAGE: { code: 2, meaning: "an option, argument or setting is wrong" },
  NO_BOARD: { code: 3, meaning: "no board, or not the one that was asked for" },
  MISMATCH: { code: 4, meaning: "what was read back differs from what was written" },
  BUILD: { code: 5, meaning: "the image could not be built" },
  TOOL: { code: 6, meaning: "a program or library that is needed is missing" },
  IMAGE: { code: 7, meaning: "an image or loader is damaged or did not boot" },
} as const satisfies Record<string, { code: number; meaning: string }>;
