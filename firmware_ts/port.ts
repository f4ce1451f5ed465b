/**
 * The native seam: everything that the script and the native part know of each other.
 *
 * Native code makes one global object, `port`, runs the bundle once (strict scripts, piece by piece), and from then on
 * calls the handlers that the bundle gave to {@link Port.start}. All calls are made in thread mode, one
 * at a time: a handler is never entered while another one, or the bundle itself, is running.
 *
 * A call over the seam costs about 1,300 instructions and an object about 2,000, bytes cost next to
 * nothing. So the seam moves whole messages and whole transfers, and never creates an object.
 *
 * All numbers are binary64. All buffers are made once, before the bundle runs, and are valid for ever.
 *
 * @module
 */

/** The levels of {@link Port.log}, in the order in which they are printed. */
export const enum LogLevel {
  ERROR = 0,
  WARN = 1,
  INFO = 2,
  DEBUG = 3,
}

/** Octets of {@link Port.rx}, known here, as asking for them costs as much as the rest of an echo. */
export const RX_SIZE = 4352;

/** What {@link OnUsb} is told about the bus. */
export const enum UsbState {
  DETACHED = 0,
  CONFIGURED = 1,
  SUSPENDED = 2,
}

/**
 * Handles one complete MCTP message; called when the offload is on.
 *
 * Shape: the message body is `port.rx[0..length)`, or `port.large[0..length)` if that is longer than `rx`, which only a request (tag
 * owner 1) is; `length`
 * u32 of 1..65,536; octet 0 is the integrity
 * check bit (bit 7) and the message type. `destination` is the EID in the packets: 0, our own or 0xff.
 * `tag` holds the message tag in bits 2:0 and the tag owner in bit 3.
 *
 * Returns 0 for no reply; n > 0 for a reply of n bytes in `port.tx[0..n)`; n < 0 for a reply of -n bytes
 * in `port.rx[0..-n)`, in place. Native sends the reply to `source` with the same tag and tag owner 0,
 * from the EID that {@link Port.setEid} set last (which may have been during this very call), or 0.
 *
 * Ownership: the script may read and overwrite `port.rx` until it returns; then native reads the reply
 * out of `rx` or `tx` before it calls any handler again.
 *
 * Errors: an exception is logged with its place and counted, and the message is dropped.
 */
export type OnMessage = (
  source: number,
  destination: number,
  tag: number,
  length: number,
  nowMs: number,
) => number;

/**
 * Handles one USB bulk OUT transfer; called when the offload is off.
 *
 * Shape: the transfer is `port.rx[0..length)`, `length` u32 of 0..512, DSP0283 headers included.
 * Returns how many bytes of `port.tx[0..n)` native sends as one USB bulk IN transfer, 0 for none, at most
 * 512. Earlier transfers of the same answer go out by {@link Port.transmit}.
 *
 * Ownership: as with {@link OnMessage}.
 */
export type OnTransfer = (length: number, nowMs: number) => number;

/** Is called once when the deadline set by {@link Port.deadline} has come; the deadline is then unset. */
export type OnTimer = (nowMs: number) => void;

/** Is called when the bus changes its state; see {@link UsbState}. The own EID outlives a detach. */
export type OnUsb = (state: number, nowMs: number) => void;

/**
 * Is called when the queue has emptied after {@link Port.send} or {@link Port.transmit} returned false, and when what
 * {@link Port.sendLarge} sent is gone.
 */
export type OnRoom = (nowMs: number) => void;

/** Handles one line, without its line end, from the RTT down channel or the serial console. */
export type OnLine = (text: string, nowMs: number) => void;

/** The global object that native code provides. */
export interface Port {
  /** Holds the message or transfer handed in. Native owns it; see {@link OnMessage}. At least 4,352 bytes. */
  readonly rx: Uint8Array;
  /**
   * Is where the script builds what it sends. The script owns it except during a native call, and from
   * the return of a handler that replied out of it until the next handler is called. At least 4,352 bytes.
   */
  readonly tx: Uint8Array;
  /**
   * Holds a message longer than `rx`, 65,536 bytes, handed in and answered as in `rx`. Not while the bundle runs: until
   * {@link start} has returned and the bundle has ended, other things lie there.
   */
  readonly large: Uint8Array;
  /** Is the device's UUID, 16 bytes in RFC 4122 order. */
  readonly uuid: Uint8Array;
  /** Is the chip's unique ID, 12 bytes in memory order. */
  readonly uniqueId: Uint8Array;
  /** Lists the features that the image was built with, separated by commas; may be empty. */
  readonly features: string;
  /** Is the product's version, as in `0.1.0`. */
  readonly version: string;
  /** Is the source's revision, with `-dirty` where it applies. */
  readonly revision: string;
  /** Is how the last run ended, UTF-8 text, empty unless by a crash or the watchdog. The script reads only. */
  readonly crashRecord: Uint8Array;
  /** Tells whether native cuts and joins MCTP messages ({@link OnMessage}) or not ({@link OnTransfer}). */
  readonly offload: boolean;
  /**
   * Is native's view of its own drop counters, live, u32 each, in the order of `DROP_REASONS`
   * (`firmware_ts/mctp/counters.ts`). The script reads only.
   */
  readonly counters: Uint32Array;

  /** Registers the handlers; `onRoom` may be left out. The bundle calls it once. A second call is a TypeError. */
  start(
    onMessage: OnMessage,
    onTransfer: OnTransfer,
    onTimer: OnTimer,
    onUsb: OnUsb,
    onLine: OnLine,
    onRoom?: OnRoom,
  ): void;
  /** Writes one line to the log. `level` is a {@link LogLevel}; `text` has no line end. Never blocks. */
  log(level: number, text: string): void;
  /** Sets the one deadline, absolute in ms of {@link now}; -1 means none. A past one fires at once. */
  deadline(ms: number): void;
  /** Sets the own EID, 0 (none) or 8..254, for the receive filter and as source of what is sent next. */
  setEid(eid: number): void;
  /**
   * Sends the message `body[0..length)`, at most 4,352 bytes, with `tag` (bit 3: tag owner); native cuts it into packets. Offload
   * on only. Native has copied the message when it returns. Returns false, and sends nothing, when the
   * queue is full or no host is configured.
   */
  send(destination: number, tag: number, length: number, body: Uint8Array): boolean;
  /**
   * Claims {@link large} for what the script sends (1), or gives it back (0). Returns false, and changes nothing, while
   * a message comes in or is answered there, or is being sent from there. While it is claimed, messages that need it
   * are dropped and counted (`largeBusy`). The handler of a message in `large` may claim it, and then returns 0.
   */
  claimLarge(claim: number): boolean;
  /**
   * Sends the message `large[0..length)` from where it lies; the script leaves it alone until {@link OnRoom}. Offload
   * on only. Returns false, and sends nothing, while one is under way, no host is configured, or it is not claimed.
   */
  sendLarge(destination: number, tag: number, length: number): boolean;
  /**
   * Sends `tx[0..length)` as one USB bulk IN transfer, `length` 1..512. Offload off only. Native has
   * copied it when it returns. Returns false when the queue is full or no host is configured.
   */
  transmit(length: number): boolean;
  /** Copies `length` bytes between two byte arrays, or inside one (regions may overlap). */
  copy(
    target: Uint8Array,
    targetOffset: number,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
  ): void;
  /** Writes `length` zeros at `target[offset]`. */
  clear(target: Uint8Array, offset: number, length: number): void;
  /** Computes CRC-32C (Castagnoli, reflected, initial value and final xor all ones); returns a u32. */
  crc32c(buffer: Uint8Array, offset: number, length: number): number;
  /**
   * Goes on computing CRC-32 (ISO-HDLC) with `buffer[offset..offset + length)`, behind octets whose CRC-32 is
   * `before`, a u32, 0 at the start; returns a u32.
   */
  crc32(buffer: Uint8Array, offset: number, length: number, before: number): number;
  /**
   * Computes SHA-256 of one thing at a time: step 0 begins, 1 adds `buffer[offset..offset + length)`, 2 writes the
   * 32 octets of the digest at `buffer[offset]`. Returns false where none was begun.
   */
  sha256(step: 0 | 1 | 2, buffer: Uint8Array, offset: number, length: number): boolean;
  /** Copies the newest whole lines of the log to `buffer[offset]`, at most 4,096 octets; returns how many. */
  logTail(buffer: Uint8Array, offset: number): number;
  /** Writes the CRC-32C of `buffer[0..length)` behind it, little-endian; returns `length` + 4. */
  seal(buffer: Uint8Array, length: number): number;
  /** Tells whether the four octets behind `buffer[0..length)` are its CRC-32C, little-endian. */
  isSealed(buffer: Uint8Array, length: number): boolean;
  /** Sets the packet payload, 64..247 bytes, towards one EID; the default is 247. */
  setMtu(eid: number, payloadBytes: number): void;
  /** Returns bytes of script heap: in use (0), in use at most since start (1), in all (2), free at least since start (3). */
  heap(which: 0 | 1 | 2 | 3): number;
  /** Returns 32 random bits as a u32. */
  random(): number;
  /** Returns the milliseconds since start. */
  now(): number;
  /** Resets the device; does not return. */
  reset(): void;
}

declare global {
  /** The native seam; see {@link Port}. */
  const port: Port;
}
