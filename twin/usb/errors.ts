/** How a transfer ended, if not well. */
export type UsbFault =
  | "stall"
  | "transaction"
  | "babble"
  | "short"
  | "cancelled"
  | "disconnected"
  | "timeout";

/** Base of all USB host errors. */
export class UsbError extends Error {
  /** Name of the class. */
  override name = "UsbError";
  /** What happened. */
  readonly fault: UsbFault;

  /** Takes a sentence that begins with what cannot be done. */
  constructor(fault: UsbFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** The device answered STALL. */
export class StallError extends UsbError {
  /** Name of the class. */
  override name = "StallError";
}

/** Three attempts brought no handshake. */
export class TransactionError extends UsbError {
  /** Name of the class. */
  override name = "TransactionError";
}

/** The device sent more than it may: over its packet size, or over what was asked for. */
export class BabbleError extends UsbError {
  /** Name of the class. */
  override name = "BabbleError";
}

/** Nothing came in the given virtual time. */
export class TimeoutError extends UsbError {
  /** Name of the class. */
  override name = "TimeoutError";
}

/** No device is attached, or it went away. */
export class DisconnectedError extends UsbError {
  /** Name of the class. */
  override name = "DisconnectedError";
}

/** A descriptor that cannot be read. */
export class DescriptorError extends Error {
  /** Name of the class. */
  override name = "DescriptorError";
}

const CLASSES: Partial<Record<UsbFault, typeof UsbError>> = {
  stall: StallError,
  transaction: TransactionError,
  babble: BabbleError,
  disconnected: DisconnectedError,
  timeout: TimeoutError,
};

const SENTENCES: Record<UsbFault, string> = {
  stall: "the device answered STALL",
  transaction: "no handshake came",
  babble: "the device sent too much",
  short: "the device sent less than was asked for",
  cancelled: "it was cancelled",
  disconnected: "the device is not attached",
  timeout: "nothing came in time",
};

/** Makes the error of a fault; `what` names the transfer, as in `read 0x81`. */
export function usbError(fault: UsbFault, what: string, detail?: string): UsbError {
  const Class = CLASSES[fault] ?? UsbError;
  return new Class(fault, `Cannot ${what}: ${detail ?? SENTENCES[fault]}`);
}
