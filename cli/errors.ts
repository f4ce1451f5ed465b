/** A command line or a setting is wrong. */
export class UsageError extends Error {
  override name = "UsageError";
  /**
   * @param message What is wrong.
   * @param command The command whose help tells more, if it is known.
   */
  constructor(message: string, readonly command?: string) {
    super(message);
  }
}

/** A twin ended without running what it was given. */
export class NotStartedError extends Error {
  override name = "NotStartedError";
}
