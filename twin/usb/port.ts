/** Bus speed after a reset. */
export type UsbSpeed = "full" | "high";

/**
 * What ends a transaction: `timeout` means that no handshake came (wrong address, endpoint not
 * active, corrupt or too long packet, device gone).
 */
export type Handshake = "ack" | "nak" | "stall" | "timeout";

/** One transaction as a host puts it on the bus. */
export interface Transaction {
  /** Token. */
  readonly token: "setup" | "out" | "in";
  /** Device address, 0..127. */
  readonly address: number;
  /** Endpoint number, 0..15, without a direction bit. */
  readonly endpoint: number;
  /** DATA0 or DATA1 of the host's packet; unused with `in`. */
  readonly toggle?: 0 | 1;
  /** The host's packet, u8[0..1024]; unused with `in`. The device copies it. */
  readonly data?: Uint8Array;
  /** With `in`: false lets the host's ACK get lost, so that the device sends the packet again. */
  readonly acknowledge?: boolean;
}

/** What comes back. */
export interface Answer {
  /** Handshake; with `in`, `ack` means that `data` came. */
  readonly handshake: Handshake;
  /** With `in` and `ack`: the packet, u8[0..1024], owned by the caller. */
  readonly data?: Uint8Array;
  /** With `in` and `ack`: DATA0 or DATA1. */
  readonly toggle?: 0 | 1;
}

/** What a token would meet now. */
export interface Readiness {
  /** `ack`: a transaction would go through. */
  readonly handshake: Handshake;
  /** Bytes that an IN transaction would carry. */
  readonly sizeBytes: number;
}

/** What a port tells whoever watches it. */
export interface PortListener {
  /** The device's pull-up appeared or went away; see {@link UsbPort.attached}. */
  onAttachment?(): void;
  /** A suspended device signals resume (remote wakeup). */
  onWakeup?(): void;
  /** An endpoint (address with direction bit) that answered NAK may answer otherwise now. */
  onReady?(endpointAddress: number): void;
}

/**
 * A USB 2.0 device as a host sees it through a cable: the seam between device models and hosts.
 *
 * A host that meets NAK need not ask again: it waits for {@link PortListener.onReady}, which
 * stands for endless quick retries without their cost in events.
 */
export interface UsbPort {
  /** Whether a pull-up is seen. Reading it looks at clocks, power and VBUS as they are now. */
  readonly attached: boolean;
  /** Why the pull-up is not seen, in words; empty while attached. */
  readonly detachReason: string;
  /** Speed of the last reset. */
  readonly speed: UsbSpeed;
  /** Puts the cable in: VBUS and data lines. */
  plug(): void;
  /** Pulls the cable. */
  unplug(): void;
  /** Starts to drive reset. */
  beginReset(): void;
  /** Ends reset; gives the speed that the chirp settled on. */
  endReset(): UsbSpeed;
  /** Stops all traffic, start-of-frames too; the device notices after 3 ms. */
  suspend(): void;
  /** Drives resume and goes on with start-of-frames. */
  resume(): void;
  /**
   * Says what a token to an endpoint (address with direction bit) meets now: PING for OUT; for IN
   * what an IN token would bring. A NAK has the effects of a real one.
   */
  poll(address: number, endpointAddress: number): Readiness;
  /** Carries out one transaction at this instant. */
  transaction(transaction: Transaction): Answer;
  /** Adds a listener; the returned function takes it away. */
  watch(listener: PortListener): () => void;
}
