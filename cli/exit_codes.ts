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
  AMBIGUOUS: { code: 8, meaning: "several boards could be meant" },
  ACCESS: { code: 9, meaning: "this user may not open the probe" },
  BUSY: { code: 10, meaning: "another command or program has the probe" },
  PROBE_RS: { code: 11, meaning: "probe-rs failed, or the chip behind the probe does not answer" },
  CHIP_FILE: { code: 12, meaning: "the chip file for probe-rs is missing or damaged" },
  NO_BOOT: {
    code: 13,
    meaning: "the board does not boot: no loader, another RAM split, or no word of the image",
  },
  REMOTE: { code: 14, meaning: "the probe-rs server does not answer, or refuses" },
  INTERRUPTED: { code: 130, meaning: "it was interrupted" },
} as const satisfies Record<string, { code: number; meaning: string }>;
