import type { Alarm, Clock } from "../../clock.ts";
import type {
  Answer,
  PortListener,
  Readiness,
  Transaction,
  UsbPort,
  UsbSpeed,
} from "../../usb/port.ts";
import { DCTL, GINT } from "./bits.ts";
import type { DeviceCore } from "./device_core.ts";
import { Frames } from "./frames.ts";
import { GCCFG } from "./registers.ts";
import { type OtgSurroundings, phyFault } from "./surroundings.ts";

/** Idle bus time after which a device counts as suspended. USB 2.0, 7.1.7.6. */
const SUSPEND_NS = 3_000_000;

/** What the port needs of the registers. */
export interface RegisterFace {
  /** Gives a register's stored value. */
  register(name: "GOTGCTL" | "GUSBCFG" | "GCCFG" | "DCFG" | "DCTL" | "PCGCCTL"): number;
  /** Latches bits of GINTSTS. */
  raise(bits: number): void;
  /** VBUS went away: GOTGINT.SEDET. */
  endSession(): void;
  /** Levels may have changed. */
  update(): void;
}

/** The bus side of the controller: cable, session, pull-up, reset, suspend, tokens. */
export class OtgPort implements UsbPort {
  /** Start-of-frames. */
  readonly frames: Frames;
  readonly #core: DeviceCore;
  readonly #clock: Clock;
  readonly #surroundings: OtgSurroundings;
  readonly #face: RegisterFace;
  readonly #listeners = new Set<PortListener>();
  #plugged = true;
  #attached = false;
  #session = false;
  #suspended = false;
  #speed: UsbSpeed = "high";
  #idle: Alarm | undefined;

  constructor(core: DeviceCore, clock: Clock, surroundings: OtgSurroundings, face: RegisterFace) {
    this.#core = core;
    this.#clock = clock;
    this.#surroundings = surroundings;
    this.#face = face;
    core.onReady = (endpoint) => {
      for (const listener of this.#listeners) listener.onReady?.(endpoint);
    };
    this.frames = new Frames(clock, (end) => end ? face.raise(GINT.EOPF) : face.update());
  }

  /** The core was reset. */
  reset(): void {
    this.#suspended = false;
    this.frames.stop();
    this.frames.wanted = false;
    this.#stopIdle();
    this.#session = this.#sessionValid();
    this.refresh();
  }

  /** Whether the session is valid: GOTGCTL.BSVLD. */
  get session(): boolean {
    return this.#session;
  }

  /** DSTS.SUSPSTS. */
  get suspended(): boolean {
    return this.#suspended;
  }

  get speed(): UsbSpeed {
    return this.#speed;
  }

  get attached(): boolean {
    this.refresh();
    return this.#attached;
  }

  get detachReason(): string {
    const face = this.#face;
    if (!this.#plugged) return "the cable is not plugged in";
    if (face.register("DCTL") & DCTL.SDIS) return "soft disconnect is on (DCTL.SDIS)";
    if (!this.#sessionValid()) return "no valid session (VBUS override or VBUS sensing)";
    const gusbcfg = face.register("GUSBCFG");
    if (gusbcfg & (1 << 29)) return "the controller is forced to host mode (GUSBCFG.FHMOD)";
    if (gusbcfg & (1 << 6)) return "GUSBCFG.PHYSEL selects a PHY that this port does not have";
    return phyFault(this.#surroundings);
  }

  #sessionValid(): boolean {
    const gotgctl = this.#face.register("GOTGCTL");
    const gccfg = this.#face.register("GCCFG");
    // Two overrides: the wrapper's of this chip, and the core's own BVALOEN.
    if (gccfg & GCCFG.VBVALOVEN) return (gccfg & GCCFG.VBVALOVAL) !== 0;
    if (gotgctl & (1 << 6)) return (gotgctl & (1 << 7)) !== 0;
    return this.#plugged && (gccfg & GCCFG.VBDEN) !== 0;
  }

  watch(listener: PortListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  plug(): void {
    this.#plugged = true;
    this.refresh();
  }

  unplug(): void {
    this.#plugged = false;
    this.refresh();
  }

  /** Looks at the gates of the pull-up again. */
  refresh(): void {
    const session = this.#sessionValid();
    if (session !== this.#session) {
      this.#session = session;
      if (session) this.#face.raise(GINT.SRQINT);
      else this.#face.endSession();
    }
    const attached = this.detachReason === "";
    if (attached === this.#attached) return;
    this.#attached = attached;
    this.frames.stop();
    // Idle until the host drives reset; and a device that overrides VBUS sees a pulled cable so.
    if (attached || !this.#plugged) this.#startIdle();
    for (const listener of this.#listeners) listener.onAttachment?.();
  }

  beginReset(): void {
    if (!this.attached) return;
    this.#stopIdle();
    this.frames.stop();
    this.#suspended = false;
    this.#core.busReset();
    this.#face.raise(GINT.USBRST | GINT.RSTDET);
  }

  endReset(): UsbSpeed {
    this.#speed = (this.#face.register("DCFG") & 3) === 0 ? "high" : "full";
    if (!this.attached) return this.#speed;
    this.#startFrames();
    this.#face.raise(GINT.ENUMDNE);
    return this.#speed;
  }

  #startFrames(): void {
    this.frames.start(this.#speed === "high" ? 125_000 : 1_000_000);
  }

  suspend(): void {
    this.frames.stop();
    this.#startIdle();
  }

  resume(): void {
    this.#stopIdle();
    if (!this.attached) return;
    this.#startFrames();
    if (!this.#suspended) return;
    this.#suspended = false;
    this.#face.raise(GINT.WKUPINT);
  }

  /** DCTL.RWUSIG was set. */
  signalWakeup(): void {
    if (!this.#suspended) return;
    for (const listener of this.#listeners) listener.onWakeup?.();
  }

  #startIdle(): void {
    this.#stopIdle();
    this.#idle = this.#clock.after(SUSPEND_NS, () => {
      if (this.#suspended) return;
      this.#suspended = true;
      this.#face.raise(GINT.USBSUSP | GINT.ESUSP);
    });
  }

  #stopIdle(): void {
    this.#idle?.cancel();
    this.#idle = undefined;
  }

  get #answering(): boolean {
    return this.#attached && !this.#suspended && (this.#face.register("PCGCCTL") & 1) === 0;
  }

  poll(address: number, endpointAddress: number): Readiness {
    if (!this.#answering) return { handshake: "timeout", sizeBytes: 0 };
    const readiness = this.#core.poll(address, endpointAddress);
    this.#face.update();
    return readiness;
  }

  transaction(transaction: Transaction): Answer {
    if (!this.#answering) return { handshake: "timeout" };
    const answer = this.#core.transaction(transaction);
    this.#face.update();
    return answer;
  }
}
